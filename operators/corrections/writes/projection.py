"""Writes the state of a review into the dataset: the fields follow, they never lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import numpy as np

from ...data.cluster_updates import ClusterUpdate, find_items, update_clusters
from ...data.clusters import DECIMALS, Cluster, part_names, write_clusters
from ...data.fields import BATCH
from ...data.items import Items
from ...data.stored_values import write_stored
from ...data.targets import Target
from ..documents.ids import ids_of, object_ids, rows_of, texts_of
from ..documents.members import Loaded
from ..partition.delta import Delta, written_rows
from ..partition.state import OUTSIDE, Int64, cluster_key


def write_fields(
    target: Target,
    name: str,
    loaded: Loaded,
    delta: Delta,
    now: datetime,
    alive: Callable[[], None] = lambda: None,
) -> Int64:
    """Writes what a correction changed.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        loaded: The state after, with all rows of the clusters that changed.
        delta: What changed.
        now: The time that the images keep as that of their last change.
        alive: Called between batches.

    Returns:
        Rows whose items are gone, shape (M,), int64.
    """
    state = loaded.state
    changed = np.zeros(len(state.clusters), bool)
    changed[written_rows(state, delta)] = True
    is_new = np.zeros(len(state.clusters), bool)
    is_new[delta.rows] = (delta.before == OUTSIDE) & (delta.after != OUTSIDE)
    is_out = state.clusters == OUTSIDE
    _clear(target, name, loaded, np.flatnonzero(changed & is_out))
    fill(target, name, loaded, np.flatnonzero(is_new & ~is_out), alive)
    rows = np.flatnonzero(changed & ~is_new & ~is_out)
    found = update_clusters(target, name, list(_updates(loaded, rows)), now) if len(rows) else 0
    if target.root is None and found == len(rows) and not is_new.any():
        return np.empty(0, np.int64)
    return _find_lost(target, name, loaded, np.flatnonzero(changed & ~is_out))


def write_again(target: Target, name: str, loaded: Loaded, rows: Int64) -> None:
    """Writes clusters into a field that has others there, without looking what became of them.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        loaded: The state.
        rows: The rows to write; items that are gone are passed over.
    """
    update_clusters(target, name, list(_updates(loaded, rows)), datetime.now(timezone.utc))


def _updates(loaded: Loaded, rows: Int64) -> Iterator[ClusterUpdate]:
    state = loaded.state
    keys = np.stack([state.clusters[rows], state.confirmed[rows].astype(np.int64)], 1)
    groups, inverse = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    stops = np.cumsum(np.bincount(inverse.ravel(), minlength=len(groups)))
    for (cluster, confirmed), part in zip(
        groups.tolist(), np.split(rows[order], stops[:-1]), strict=True
    ):
        items = object_ids(loaded.items[part])
        is_image = loaded.samples is loaded.items
        yield ClusterUpdate(
            items,
            items if is_image else object_ids(loaded.samples[part]),
            state.label(cluster),
            cluster_key(cluster, state.width),
            bool(confirmed),
        )


def _find_lost(target: Target, name: str, loaded: Loaded, rows: Int64) -> Int64:
    """Fills in items whose field somebody emptied, and gives those that are gone."""
    gone, empty = look_for(target, name, loaded, rows)
    if len(empty):
        fill(target, name, loaded, empty)
    return gone


def look_for(target: Target, name: str, loaded: Loaded, rows: Int64) -> tuple[Int64, Int64]:
    """Looks which rows are still in the dataset.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        loaded: The state.
        rows: The rows to look for, shape (M,).

    Returns:
        Those that are gone, and those that are there without a cluster.
    """
    ids = object_ids(loaded.items[rows]), object_ids(loaded.samples[rows])
    filled, empty = find_items(target, name, *ids)
    there = np.isin(loaded.items[rows], ids_of(filled | empty))
    return rows[~there], rows_of(loaded.items, ids_of(empty))


def fill(
    target: Target,
    name: str,
    loaded: Loaded,
    rows: Int64,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Writes clusters with all that belongs to them, where there may be none.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        loaded: The state.
        rows: The rows to write.
        alive: Called between batches.
    """
    state = loaded.state
    for start in range(0, len(rows), BATCH):
        alive()
        part = rows[start : start + BATCH]
        found = [
            Cluster(
                state.label(cluster),
                round(float(state.confidence[row]), DECIMALS),
                cluster_key(cluster, state.width),
                bool(state.confirmed[row]),
            )
            for row, cluster in zip(part.tolist(), state.clusters[part].tolist(), strict=True)
        ]
        write_clusters(target, _items(loaded, part), name, found)


def _clear(target: Target, name: str, loaded: Loaded, rows: Int64) -> None:
    for start in range(0, len(rows), BATCH):
        items = _items(loaded, rows[start : start + BATCH])
        nothing = dict.fromkeys(part_names(target, name))
        write_stored(target, items, [nothing] * len(items))


def _items(loaded: Loaded, rows: Int64) -> Items:
    return Items(tuple(texts_of(loaded.items[rows])), tuple(texts_of(loaded.samples[rows])))
