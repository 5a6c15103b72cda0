"""The rows of the table that `benchmarks.app` prints."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CORRECTION, PAGE = 300.0, 1_000.0
"""Budgets in milliseconds."""
_WIDTH = 50


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
    """Of values and budget: milliseconds, or "x" for a ratio to a limit that `what` names."""

    @property
    def median(self) -> float:
        """The median of the values."""
        return float(np.median(self.values))

    @property
    def is_missed(self) -> bool:
        """Whether the budget is not kept."""
        return self.budget is not None and self.median > self.budget


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
        One line each, with median, worst and budget.
    """
    lines = [f"{'what':<{_WIDTH}}{'median':>11}{'worst':>11}{'budget':>11}"]
    for row in rows:
        budget = "" if row.budget is None else _cell(row.budget, row.unit)
        cells = f"{_cell(row.median, row.unit):>11}{_cell(max(row.values), row.unit):>11}"
        lines.append(
            f"{row.what:<{_WIDTH}}{cells}{budget:>11}{'  missed' if row.is_missed else ''}"
        )
    return "\n".join(lines)


def _cell(value: float, unit: str) -> str:
    return f"{value:,.0f} ms" if unit == "ms" else f"{value:.2f} {unit}"
