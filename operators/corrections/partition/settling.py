"""How the decisions of an earlier review find their clusters again in a new clustering."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from .links import different_pairs
from .state import DIFFERENT, NOISE, OUTSIDE, Bool, Float32, Int64, Pair, ReviewState, ordered

DOUBT = 0.5
"""Confidence below which the model would rather not have an image where a person put it."""

Rows = Mapping[int, Int64]


@dataclasses.dataclass(frozen=True, eq=False)
class Settled:
    """A new clustering with what carries over from an earlier review.

    Attributes:
        labels: Cluster of each row, shape (N,), int64.
        confirmed: Whether it is confirmed, shape (N,), bool.
        names: Names by cluster.
        verdicts: `DIFFERENT` by cluster pair.
        verdicts_lost: Number of those that are about no two clusters any more.
    """

    labels: Int64
    confirmed: Bool
    names: dict[int, str]
    verdicts: dict[Pair, str]
    verdicts_lost: int


def settle(labels: Int64, state: ReviewState) -> Settled:
    """Lets names, confirmations and answers carry over to a new clustering.

    Confirmed rows are put together and apart where the clustering did not, and so are clusters
    that were called different; this leaves the rest of it alone.

    Args:
        labels: The new clustering, shape (N,), -1 for noise, `OUTSIDE` for rows that took no part
            in it: they go where the others of their cluster are.
        state: The earlier review of the same rows.

    Returns:
        The clustering with what carries over.
    """
    labels = labels.copy()
    noise = state.confirmed & (state.clusters == NOISE)
    labels[noise] = NOISE
    confirmed = state.confirmed & (state.clusters != OUTSIDE)
    old = _rows_by_cluster(state.clusters)
    homes: dict[int, int] = {}
    taken: dict[int, int] = {}
    sizes = dict(_counted(state.clusters[confirmed & ~noise]))
    voters = dict(_counted(state.clusters[confirmed & ~noise & (labels != OUTSIDE)]))
    top = int(labels.max(initial=-1)) + 1
    for cluster in sorted(sizes, key=lambda c: (-voters.get(c, 0), -sizes[c], c)):
        home = _voted_home(labels, state, cluster, old[cluster])
        if home < 0 or (home in taken and not _is_one_name(state, cluster, taken[home])):
            home, top = top, top + 1
        taken.setdefault(home, cluster)
        homes[cluster] = home
        labels[old[cluster][confirmed[old[cluster]]]] = home
    _place_rest(labels, old)
    homes |= _kept_apart(labels, state, homes, old)
    names = _carried_names(labels, state, homes, old)
    verdicts, n_lost = _carried_verdicts(labels, state, homes, old)
    return Settled(labels, confirmed, names, verdicts, n_lost)


def _rows_by_cluster(clusters: Int64) -> dict[int, Int64]:
    order = np.argsort(clusters, kind="stable")
    numbers, starts = np.unique(clusters[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True))


def _voted_home(labels: Int64, state: ReviewState, cluster: int, rows: Int64) -> int:
    """New cluster for the confirmed rows of an old one; negative if they need one of their own."""
    home = _most_frequent(labels[rows[state.confirmed[rows]]])
    if home != OUTSIDE:
        return home
    # None of them took part. Others of their cluster may have stayed together, but one that joined
    # another cluster must not draw confirmed ones along.
    home = _most_frequent(labels[rows])
    is_theirs = home >= 0 and _most_frequent(state.clusters[labels == home]) == cluster
    return home if is_theirs else NOISE


def _place_rest(labels: Int64, old: Rows) -> None:
    """Places unconfirmed rows that took no part."""
    for cluster, rows in old.items():
        rest = rows[labels[rows] == OUTSIDE]
        if not len(rest):
            continue
        home = _most_frequent(labels[rows]) if cluster >= 0 else NOISE
        is_alone = home < 0 <= cluster
        labels[rest] = int(labels.max()) + 1 if is_alone else home


def _kept_apart(
    labels: Int64, state: ReviewState, homes: Mapping[int, int], old: Rows
) -> dict[int, int]:
    """Divides new clusters that hold most of two which were called different.

    Returns:
        New homes of the clusters that had to leave.
    """
    found: dict[int, int] = {}
    for pair in different_pairs(state):
        ends = [_home_of(labels, cluster, {**homes, **found}, old) for cluster in pair]
        free = [cluster for cluster in pair if cluster not in homes]
        if ends[0] != ends[1] or ends[0] < 0 or not free:
            continue
        shares = {cluster: old[cluster][labels[old[cluster]] == ends[0]] for cluster in free}
        # What is confirmed stays, or else what there is more of.
        leaving = min(free, key=lambda cluster: len(shares[cluster]))
        found[leaving] = int(labels.max()) + 1
        labels[shares[leaving]] = found[leaving]
    return found


def _is_one_name(state: ReviewState, first: int, second: int) -> bool:
    return first in state.names and state.names[first] == state.names.get(second)


def _counted(values: Int64) -> list[tuple[int, int]]:
    numbers, counts = np.unique(values, return_counts=True)
    return list(zip(numbers.tolist(), counts.tolist(), strict=True))


def _most_frequent(values: Int64) -> int:
    """The cluster that most rows are in; `OUTSIDE` only if all are."""
    counted = _counted(values[values != OUTSIDE])
    return max(counted, key=lambda pair: pair[1], default=(OUTSIDE, 0))[0]


def _home_of(labels: Int64, cluster: int, homes: Mapping[int, int], old: Rows) -> int:
    """New cluster that holds most of an old one; -1 if none does."""
    if cluster in homes:
        return homes[cluster]
    return _most_frequent(labels[old[cluster]]) if cluster in old else NOISE


def _carried_names(
    labels: Int64, state: ReviewState, homes: Mapping[int, int], old: Rows
) -> dict[int, str]:
    """Confirmed clusters choose first, then large ones; a new cluster takes one name."""
    sizes = {cluster: len(rows) for cluster, rows in old.items()}
    order = sorted(state.names, key=lambda c: (c not in homes, -sizes.get(c, 0), c))
    names: dict[int, str] = {}
    for cluster in order:
        home = _home_of(labels, cluster, homes, old)
        if home >= 0:
            names.setdefault(home, state.names[cluster])
    return names


def _carried_verdicts(
    labels: Int64, state: ReviewState, homes: Mapping[int, int], old: Rows
) -> tuple[dict[Pair, str], int]:
    """Gives the answers that carry over, and the number of those that cannot."""
    verdicts: dict[Pair, str] = {}
    n_lost = 0
    for pair in different_pairs(state):
        ends = [_home_of(labels, cluster, homes, old) for cluster in pair]
        if min(ends) < 0 or ends[0] == ends[1]:
            n_lost += 1
        else:
            verdicts[ordered(*ends)] = DIFFERENT
    return verdicts, n_lost


def changed_rows(labels: Int64, state: ReviewState) -> Bool:
    """Marks the rows that are elsewhere than most of the cluster that they were in.

    Args:
        labels: The new clustering, shape (N,).
        state: The earlier review of the same rows.

    Returns:
        Shape (N,), bool; rows that had no cluster are not marked.
    """
    moved = np.zeros(len(labels), bool)
    for cluster, rows in _rows_by_cluster(state.clusters).items():
        if cluster >= NOISE:
            moved[rows] = labels[rows] != _most_frequent(labels[rows])
    return moved


def doubted_clusters(settled: Settled, confidence: Float32) -> dict[int, int]:
    """Finds the confirmed decisions that the model disagrees with.

    Args:
        settled: The new clustering.
        confidence: What the model thinks of each row, shape (N,).

    Returns:
        Number of confirmed rows that it would not have put there, by cluster.
    """
    doubted = settled.confirmed & (settled.labels >= 0) & (confidence < DOUBT)
    return dict(_counted(settled.labels[doubted]))
