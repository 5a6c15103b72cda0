"""Takes over what was changed in a cluster field by other means, such as the App's sidebar.

A clone of a dataset has the fields of the original but not its log; this is how it keeps its
corrections, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...data.clusters import value_name
from ...data.fields import existing, read_columns
from ...data.targets import Target
from ..documents.ids import DTYPE, Ids, ids_of, rows_of
from ..partition.delta import Delta
from ..partition.draft import Draft
from ..partition.name_rules import by_spelling, checked_name, spelled
from ..partition.state import NOISE, OUTSIDE, Bool, Int64, ReviewState, cluster_number


class FieldContents(NamedTuple):
    """What a cluster field holds.

    Attributes:
        labels: Label of each item; None if it has no cluster.
        keys: Its `cluster_id`.
        confirmed: Whether it is confirmed, shape (N,), bool.
        is_there: Whether the item is still in the dataset, shape (N,), bool.
    """

    labels: list[str | None]
    keys: list[str | None]
    confirmed: Bool
    is_there: Bool

    def without(self, rows: Int64) -> FieldContents:
        """Takes rows away.

        Args:
            rows: The rows that go.

        Returns:
            The contents of the others.
        """
        kept = np.setdiff1d(np.arange(len(self.labels)), rows)
        labels, keys = ([column[row] for row in kept] for column in (self.labels, self.keys))
        return FieldContents(labels, keys, self.confirmed[kept], self.is_there[kept])


def read_field(target: Target, name: str, items: Ids) -> FieldContents:
    """Reads a cluster field of the whole dataset.

    Args:
        target: What was clustered.
        name: Name of the field; of a part that somebody deleted, no item has a value.
        items: The items to read, shape (N,).

    Returns:
        The contents by row.
    """
    names = [value_name(target, name, part) for part in ("label", "cluster_id", "confirmed")]
    known = existing(target, names)
    texts, *columns = read_columns(target, known)
    ids = ids_of(texts) if texts else np.empty(0, DTYPE)
    rows = rows_of(ids, items)
    is_there = rows >= 0
    found = {
        part: [column[row] if row >= 0 else None for row in rows.tolist()]
        for part, column in zip(known, columns, strict=True)
    }
    labels, keys, confirmed = (found.get(part, [None] * len(items)) for part in names)
    return FieldContents(labels, keys, np.array([bool(c) for c in confirmed], bool), is_there)


def adopt(state: ReviewState, contents: FieldContents) -> Delta:
    """Works out what was changed outside of the review.

    Args:
        state: The state according to run and log.
        contents: What the field holds, by row.

    Returns:
        The change that leads to the field.
    """
    draft = Draft(state)
    clusters = np.array(
        [_number(key, label, base) for key, label, base in _triples(state, contents)], np.int64
    )
    for cluster in np.unique(clusters).tolist():
        rows = np.flatnonzero(clusters == cluster)
        for flag in (False, True):
            draft.move(rows[contents.confirmed[rows] == flag], cluster, flag)
    _adopt_names(draft, state, clusters, contents)
    return draft.delta()


def _triples(state: ReviewState, contents: FieldContents):
    return zip(contents.keys, contents.labels, state.clusters.tolist(), strict=True)


def _number(key: str | None, label: str | None, base: int) -> int:
    if label is None:
        return OUTSIDE
    number = cluster_number(key or "")
    return base if number is None else number


def _adopt_names(
    draft: Draft, state: ReviewState, clusters: Int64, contents: FieldContents
) -> None:
    defaults = {c: state.label(c) for c in np.unique(clusters).tolist()}
    odd: dict[int, list[int]] = {}
    for row, (cluster, label) in enumerate(zip(clusters.tolist(), contents.labels, strict=True)):
        if label is not None and label != defaults[cluster]:
            odd.setdefault(cluster, []).append(row)
    names = dict(state.names)
    strays: list[int] = []
    for cluster, rows in odd.items():
        labels = Counter(contents.labels[row] for row in rows)
        label, count = labels.most_common(1)[0]
        is_most = cluster != NOISE and 2 * count > int((clusters == cluster).sum())
        if is_most and spelled(label or "") is not None:
            names[cluster] = str(checked_name(label))
            draft.name(cluster, names[cluster])
        strays += [row for row in rows if not is_most or contents.labels[row] != label]
    _place_strays(draft, strays, contents, by_spelling(names))


def _place_strays(
    draft: Draft, rows: Sequence[int], contents: FieldContents, known: dict[str | None, int]
) -> None:
    """Puts rows that were relabeled one by one where their label says."""
    for row in rows:
        label = contents.labels[row] or ""
        number, name = cluster_number(label), spelled(label)
        if number is None and name is None:
            continue
        if number is None and name not in known:
            known[name] = draft.new_cluster(checked_name(label))
        target = known[name] if number is None else number
        draft.move(np.array([row]), target, bool(contents.confirmed[row]))
