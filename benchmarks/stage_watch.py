"""Looks at this process from a thread of its own while something is clustered."""

from __future__ import annotations

import threading
from typing import TypeVar

_Watch = TypeVar("_Watch", bound="StageWatch")


class StageWatch:
    """Calls `look` again and again between entering and leaving, and knows the stage.

    Args:
        every_seconds: Time between two looks.
    """

    def __init__(self, every_seconds: float) -> None:
        self.stage = ""
        self._every_seconds = every_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self: _Watch) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def report(self, done: float, stage: str) -> None:
        """Takes part as the progress callback of the clustering."""
        self.stage = stage.split(":")[0]

    def look(self) -> None:
        """Takes one look; what it sees belongs to `stage`."""
        raise NotImplementedError

    def _watch(self) -> None:
        while not self._ended.wait(self._every_seconds):
            self.look()
