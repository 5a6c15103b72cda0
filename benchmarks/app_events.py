"""Rows of events: what they took, and what they sent and received."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.app_browser import Exchange
from benchmarks.app_rows import Row


def row_of(what: str, exchanges: Sequence[Exchange], budget: float | None) -> Row:
    """Sums up events of one kind.

    Args:
        what: What they do.
        exchanges: What each took.
        budget: Milliseconds that the median may be at most.

    Returns:
        The row.
    """
    return Row(
        what,
        [exchange.milliseconds for exchange in exchanges],
        budget,
        sent=max(exchange.sent for exchange in exchanges) / 1000,
        received=max(exchange.received for exchange in exchanges) / 1000,
    )
