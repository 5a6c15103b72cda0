"""Times the stages of a clustering and reports how far it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..runtime.progress import Progress, share, tell

SHIFT = "log_odds_shift"
"""Among thresholds: by which the log-odds of connection strengths were raised."""


@dataclass(frozen=True)
class Stage:
    """What one stage did.

    Attributes:
        name: In a person's words.
        seconds: Wall time.
        counts: What went in and came out.
        thresholds: What decided, and for the nearest neighbors the recall that was measured.
    """

    name: str
    seconds: float
    counts: dict[str, int] = field(default_factory=dict[str, int])
    thresholds: dict[str, float] = field(default_factory=dict[str, float])


class StageTimer:
    """Times stages and reports them.

    Args:
        progress: Called with the share done of the whole and what is happening.
    """

    def __init__(self, progress: Progress | None) -> None:
        self.stages: list[Stage] = []
        self._progress = progress
        self._name = ""
        self._begun = 0.0

    def start(self, name: str, done: float) -> None:
        """Begins a stage, `done` of the whole being behind it."""
        tell(self._progress, done, name)
        self._name, self._begun = name, time.perf_counter()

    def within(self, start: float, stop: float) -> Progress | None:
        """For a stage that reports by itself: its 0..1 is start..stop of the whole."""
        return share(self._progress, start, stop)

    def stop(
        self, counts: Mapping[str, int], thresholds: Mapping[str, float] | None = None
    ) -> None:
        """Ends the stage that was begun last."""
        seconds = time.perf_counter() - self._begun
        self.stages.append(Stage(self._name, seconds, dict(counts), dict(thresholds or {})))

    def finish(self) -> None:
        """Reports that all is done."""
        tell(self._progress, 1.0, "Clustered")
