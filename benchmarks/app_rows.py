"""The rows of the table that `benchmarks.app` prints."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CORRECTION, PAGE = 300.0, 1_000.0
"""Budgets in milliseconds."""
SENT = 100.0
"""Budget in kB of what the browser sends with an event."""
_WIDTH = 56


@dataclass(frozen=True)
class Row:
    """One thing that was measured."""

    what: str
    """What."""
    values: list[float]
    """What it took, each time."""
    budget: float | None = None
    """What the median may be at most; None if there is no budget."""
    unit: str = "ms"
    """Of values and budget: milliseconds, "kB", or "x" for a ratio to a limit named in `what`."""
    sent: float | None = None
    """Most kB that an event sent: state, view and selection; None for what is no event."""
    received: float | None = None
    """Most kB of its answer: the page with its pictures."""

    @property
    def median(self) -> float:
        """The median of the values."""
        return float(np.median(self.values))

    @property
    def is_missed(self) -> bool:
        """Whether a budget is not kept."""
        is_slow = self.budget is not None and self.median > self.budget
        return is_slow or (self.sent is not None and self.sent > SENT)


def timed(action: Callable[[], Any]) -> float:
    """Takes the time of one call.

    Args:
        action: What is called.

    Returns:
        Milliseconds.
    """
    begun = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - begun)


def against(what: str, ours: list[float], limit: list[float], budget: float) -> Row:
    """Compares times with the limit that they are measured against.

    Args:
        what: What both did.
        ours: Milliseconds of each round.
        limit: Milliseconds of the limit in the same rounds.
        budget: The ratio that is allowed.

    Returns:
        A row of ratios.
    """
    return Row(what, [own / least for own, least in zip(ours, limit, strict=True)], budget, "x")


def table(rows: Sequence[Row]) -> str:
    """Lays out the rows.

    Args:
        rows: What was measured.

    Returns:
        One line each, with median, worst, budget, kB sent and received, and whether it holds.
    """
    columns = ("median", "worst", "budget", "sent", "received")
    lines = [f"{'what':<{_WIDTH}}" + "".join(f"{name:>11}" for name in columns)]
    for row in rows:
        cells = [
            _cell(row.median, row.unit),
            _cell(max(row.values), row.unit),
            _cell(row.budget, row.unit),
            _cell(row.sent, "kB"),
            _cell(row.received, "kB"),
        ]
        is_free = row.budget is None and row.sent is None
        verdict = "" if is_free else "  missed" if row.is_missed else "  holds"
        lines.append(f"{row.what:<{_WIDTH}}" + "".join(f"{cell:>11}" for cell in cells) + verdict)
    return "\n".join(lines)


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.2f} x" if unit == "x" else f"{value:,.0f} {unit}"
