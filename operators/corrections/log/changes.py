"""What a correction did in terms of items, not rows: what the log keeps of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from ..documents.ids import Ids, rows_of
from ..documents.members import Loaded, with_rows
from ..partition.delta import Delta

COLUMNS = {
    "before": "<i4",
    "after": "<i4",
    "was_confirmed": "?",
    "is_confirmed": "?",
    "confidence": "<f4",
    "parts": "<i4",
    "origins": "<i4",
}
"""What is kept of each item, and how."""


@dataclasses.dataclass(frozen=True, eq=False)
class Change:
    """What a correction did, in terms of items instead of rows: what the log keeps.

    It holds all that is known about its items, so that a row can be restored from it.

    Attributes:
        items: The items that changed, shape (M,).
        samples: Their samples, shape (M,).
        columns: `before` and `after` (clusters), `was_confirmed` and `is_confirmed`, `confidence`,
            `parts` and `origins` of each.
        names: Cluster, name before, name after.
        verdicts: Cluster pair, verdict before, verdict after.
    """

    items: Ids
    samples: Ids
    columns: Mapping[str, np.ndarray]
    names: tuple[tuple[int, str | None, str | None], ...]
    verdicts: tuple[tuple[tuple[int, int], str | None, str | None], ...]


def change_of(loaded: Loaded, delta: Delta) -> Change:
    """Words a change for the log.

    Args:
        loaded: The state before, with all rows that change.
        delta: The change.

    Returns:
        The same by items.
    """
    rows, state = delta.rows, loaded.state
    columns = {
        "before": delta.before,
        "after": delta.after,
        "was_confirmed": delta.confirmed_before,
        "is_confirmed": delta.confirmed_after,
        "confidence": state.confidence[rows],
        "parts": state.parts[rows],
        "origins": state.origins[rows],
    }
    items = loaded.items[rows]
    samples = items if loaded.samples is loaded.items else loaded.samples[rows]
    return Change(items, samples, columns, delta.names, delta.verdicts)


def delta_of(loaded: Loaded, change: Change) -> tuple[Loaded, Delta]:
    """Words a change of the log for some rows.

    Args:
        loaded: All clusters that the change is about.
        change: The change.

    Returns:
        The rows, with those added that no cluster had any more, and the change of them.
    """
    columns = change.columns
    rows = rows_of(loaded.items, change.items)
    lost = np.flatnonzero(rows < 0)
    if len(lost):
        added = {
            "clusters": columns["before"][lost].astype(np.int64),
            "confirmed": columns["was_confirmed"][lost],
            "confidence": columns["confidence"][lost],
            "parts": columns["parts"][lost].astype(np.int64),
            "origins": columns["origins"][lost].astype(np.int64),
        }
        rows[lost] = len(loaded.items) + np.arange(len(lost))
        loaded = with_rows(loaded, change.items[lost], change.samples[lost], added)
    order = np.argsort(rows)
    delta = Delta(
        rows[order],
        columns["before"][order].astype(np.int64),
        columns["after"][order].astype(np.int64),
        columns["was_confirmed"][order],
        columns["is_confirmed"][order],
        change.names,
        change.verdicts,
    )
    return loaded, delta
