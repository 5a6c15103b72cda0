"""What a correction changes: the only thing that is ever applied to a state, and its inverse."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from .state import Bool, Int64, Pair, ReviewState

NameChange = tuple[int, str | None, str | None]
VerdictChange = tuple[Pair, str | None, str | None]
K = TypeVar("K", int, Pair)


@dataclasses.dataclass(frozen=True, eq=False)
class Delta:
    """The difference between two states of the same rows.

    Attributes:
        rows: The rows that changed, ascending, shape (M,), int64.
        before: Their cluster before, shape (M,), int64.
        after: Their cluster after, shape (M,), int64.
        confirmed_before: Whether they were confirmed, shape (M,), bool.
        confirmed_after: Whether they are, shape (M,), bool.
        names: Cluster, name before, name after; None stands for the default name.
        verdicts: Cluster pair, verdict before, verdict after; None stands for none.
    """

    rows: Int64
    before: Int64
    after: Int64
    confirmed_before: Bool
    confirmed_after: Bool
    names: tuple[NameChange, ...] = ()
    verdicts: tuple[VerdictChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (len(self.rows) or self.names or self.verdicts)

    @property
    def moves(self) -> bool:
        """Whether any row goes to another cluster."""
        return bool((self.before != self.after).any())

    def touched(self) -> list[int]:
        """Clusters that the change is about.

        Returns:
            Their numbers, ascending, noise included.
        """
        numbers = set(np.union1d(self.before, self.after).tolist())
        numbers |= {cluster for cluster, _, _ in self.names}
        numbers |= {cluster for pair, _, _ in self.verdicts for cluster in pair}
        return sorted(numbers)

    def rewritten(self) -> list[int]:
        """Clusters whose rows or names change; a verdict alone rewrites nothing.

        Returns:
            Their numbers, ascending.
        """
        numbers = set(np.union1d(self.before, self.after).tolist())
        return sorted(numbers | {cluster for cluster, _, _ in self.names})


def written_rows(state: ReviewState, delta: Delta) -> Int64:
    """Lists the rows whose label a change writes: those that move, and those of renamed clusters.

    Args:
        state: The state, before or after the change.
        delta: The change.

    Returns:
        The rows, ascending, shape (M,), int64.
    """
    renamed = [cluster for cluster, _, _ in delta.names]
    return np.union1d(delta.rows, np.flatnonzero(np.isin(state.clusters, renamed)))


def apply_delta(state: ReviewState, delta: Delta) -> ReviewState:
    """Carries out a change.

    Args:
        state: The state before.
        delta: The change.

    Returns:
        The state after.
    """
    clusters, confirmed = state.clusters.copy(), state.confirmed.copy()
    clusters[delta.rows] = delta.after
    confirmed[delta.rows] = delta.confirmed_after
    numbers = [cluster for cluster, _, _ in delta.names]
    top = max(int(delta.after.max(initial=-1)), *numbers, -1)
    return dataclasses.replace(
        state,
        clusters=clusters,
        confirmed=confirmed,
        names=_changed(dict(state.names), delta.names),
        verdicts=_changed(dict(state.verdicts), delta.verdicts),
        next_id=max(state.next_id, top + 1),
    )


def _changed(
    values: dict[K, str], changes: Iterable[tuple[K, str | None, str | None]]
) -> dict[K, str]:
    for key, _, after in changes:
        if after is None:
            values.pop(key, None)
        else:
            values[key] = after
    return values


def invert(delta: Delta) -> Delta:
    """Turns a change around.

    Args:
        delta: The change.

    Returns:
        What takes it back.
    """
    return Delta(
        delta.rows,
        delta.after,
        delta.before,
        delta.confirmed_after,
        delta.confirmed_before,
        tuple((key, after, before) for key, before, after in delta.names),
        tuple((key, after, before) for key, before, after in delta.verdicts),
    )


def difference(before: ReviewState, after: ReviewState) -> Delta:
    """Finds the change between two states.

    Args:
        before: A state.
        after: Another one of the same rows.

    Returns:
        What leads from one to the other.
    """
    is_changed = (before.clusters != after.clusters) | (before.confirmed != after.confirmed)
    rows = np.flatnonzero(is_changed)
    return Delta(
        rows,
        before.clusters[rows],
        after.clusters[rows],
        before.confirmed[rows],
        after.confirmed[rows],
        _changes(dict(before.names), dict(after.names)),
        _changes(dict(before.verdicts), dict(after.verdicts)),
    )


def _changes(
    before: dict[K, str], after: dict[K, str]
) -> tuple[tuple[K, str | None, str | None], ...]:
    return tuple(
        (key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )


def compose(deltas: Iterable[Delta]) -> Delta:
    """Joins changes that follow each other into one.

    Args:
        deltas: Changes of the same rows, the first one first.

    Returns:
        The change that does all of them at once.
    """
    listed = list(deltas)
    rows = np.concatenate([np.empty(0, np.int64), *(delta.rows for delta in listed)])
    _, first = np.unique(rows, return_index=True)
    unique, last = np.unique(rows[::-1], return_index=True)
    last = len(rows) - 1 - last
    before, after = _column(listed, "before", np.int64), _column(listed, "after", np.int64)
    was, now = (_column(listed, f"confirmed_{when}", np.bool_) for when in ("before", "after"))
    is_changed = (before[first] != after[last]) | (was[first] != now[last])
    first, last = first[is_changed], last[is_changed]
    return Delta(
        unique[is_changed],
        before[first],
        after[last],
        was[first],
        now[last],
        _composed(change for delta in listed for change in delta.names),
        _composed(change for delta in listed for change in delta.verdicts),
    )


def _column(deltas: list[Delta], name: str, dtype: type) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype), *(getattr(delta, name) for delta in deltas)])


def _composed(
    changes: Iterable[tuple[K, str | None, str | None]],
) -> tuple[tuple[K, str | None, str | None], ...]:
    ends: dict[K, tuple[str | None, str | None]] = {}
    for key, before, after in changes:
        ends[key] = (ends[key][0] if key in ends else before, after)
    return tuple((key, b, a) for key, (b, a) in sorted(ends.items()) if b != a)
