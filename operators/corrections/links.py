"""What an earlier review asks of a new clustering, and how its names find their clusters again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from .state import DIFFERENT, NOISE, OUTSIDE, Bool, Float32, Int64, Pair, ReviewState, ordered

MOST_PAIRS = 500_000
"""Pairs of confirmed clusters that are all kept apart in advance; beyond, afterwards."""
DOUBT = 0.5
"""Confidence below which the model would rather not have an image where a person put it."""


@dataclasses.dataclass(frozen=True, eq=False)
class Links:
    """Constraints on rows, as `gcn.cluster` takes them.

    Attributes:
        must_link: Rows that belong together, shape (M, 2), int64.
        cannot_link: Rows that stay apart, shape (L, 2), int64.
    """

    must_link: Int64
    cannot_link: Int64


@dataclasses.dataclass(frozen=True, eq=False)
class Settled:
    """A new clustering with what carries over from an earlier review.

    Attributes:
        labels: Cluster of each row, shape (N,), int64.
        confirmed: Whether it is confirmed, shape (N,), bool.
        names: Names by cluster.
        verdicts: `DIFFERENT` by cluster pair.
    """

    labels: Int64
    confirmed: Bool
    names: dict[int, str]
    verdicts: dict[Pair, str]


def links_of(state: ReviewState) -> Links:
    """Turns confirmations and answers into constraints.

    Confirmed rows of one cluster must link; one row stands for each confirmed cluster, and two of
    them cannot link unless both clusters have the same name. Clusters that were called different
    are kept apart by their surest rows.

    Args:
        state: The earlier review, with one row per row of the new clustering.

    Returns:
        The constraints.
    """
    rows = np.flatnonzero(state.confirmed & (state.clusters >= 0))
    rows = rows[np.argsort(state.clusters[rows], kind="stable")]
    clusters = state.clusters[rows]
    is_same = clusters[1:] == clusters[:-1]
    must = np.stack([rows[:-1][is_same], rows[1:][is_same]], 1)
    numbers, first = np.unique(clusters, return_index=True)
    cannot = [np.empty((0, 2), np.int64)]
    if len(numbers) * (len(numbers) - 1) // 2 <= MOST_PAIRS:
        cannot.append(_all_pairs(state, numbers, rows[first]))
    apart = [pair for pair, verdict in state.verdicts.items() if verdict == DIFFERENT]
    surest = _surest_rows(state, {cluster for pair in apart for cluster in pair})
    known = [[surest[a], surest[b]] for a, b in apart if a in surest and b in surest]
    cannot.append(np.array(known, np.int64).reshape(-1, 2))
    return Links(must, np.unique(np.concatenate(cannot), axis=0))


def _all_pairs(state: ReviewState, clusters: Int64, rows: Int64) -> Int64:
    one, two = np.triu_indices(len(clusters), 1)
    names = np.array([state.names.get(cluster, "") for cluster in clusters.tolist()], object)
    is_one_name = (names[one] == names[two]) & (names[one] != "")
    return np.stack([rows[one], rows[two]], 1)[~is_one_name.astype(bool)]


def _surest_rows(state: ReviewState, clusters: set[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for cluster in clusters:
        rows = state.members(cluster)
        if len(rows):
            # A confirmed row is bound to all other confirmed ones, so it speaks for more.
            found[cluster] = int(rows[np.argmax(state.confirmed[rows] + state.confidence[rows])])
    return found


def settle(labels: Int64, state: ReviewState) -> Settled:
    """Lets names, confirmations and answers carry over to a new clustering.

    Confirmed rows are put together and apart where the clustering did not; this leaves the rest
    of it alone.

    Args:
        labels: The new clustering, shape (N,), -1 for noise, `OUTSIDE` for confirmed rows that
            took no part in it: they go where the others of their cluster are.
        state: The earlier review of the same rows.

    Returns:
        The clustering with what carries over.
    """
    labels = labels.copy()
    noise = state.confirmed & (state.clusters == NOISE)
    labels[noise] = NOISE
    confirmed = state.confirmed & (state.clusters != OUTSIDE)
    homes: dict[int, int] = {}
    taken: dict[int, int] = {}
    sizes = dict(_counted(state.clusters[confirmed & ~noise]))
    voters = dict(_counted(state.clusters[confirmed & ~noise & (labels != OUTSIDE)]))
    top = int(labels.max(initial=-1)) + 1
    for cluster in sorted(sizes, key=lambda c: (-voters.get(c, 0), -sizes[c], c)):
        rows = np.flatnonzero(confirmed & (state.clusters == cluster))
        home = _voted_home(labels, state, cluster, rows)
        if home < 0 or (home in taken and not _is_one_name(state, cluster, taken[home])):
            home, top = top, top + 1
        taken.setdefault(home, cluster)
        homes[cluster] = home
        labels[rows] = home
    names = _carried_names(labels, state, homes)
    verdicts = _carried_verdicts(labels, state, homes)
    return Settled(labels, confirmed, names, verdicts)


def _voted_home(labels: Int64, state: ReviewState, cluster: int, rows: Int64) -> int:
    """New cluster for the confirmed rows of an old one; negative if they need one of their own."""
    home = _most_frequent(labels[rows])
    if home != OUTSIDE:
        return home
    # None of them took part. Others of their cluster may have stayed together, but one that joined
    # another cluster must not draw confirmed ones along.
    home = _most_frequent(labels[state.members(cluster)])
    is_theirs = home >= 0 and _most_frequent(state.clusters[labels == home]) == cluster
    return home if is_theirs else NOISE


def _is_one_name(state: ReviewState, first: int, second: int) -> bool:
    return first in state.names and state.names[first] == state.names.get(second)


def _counted(values: Int64) -> list[tuple[int, int]]:
    numbers, counts = np.unique(values, return_counts=True)
    return list(zip(numbers.tolist(), counts.tolist(), strict=True))


def _most_frequent(values: Int64) -> int:
    """The cluster that most rows are in; `OUTSIDE` only if all are."""
    counted = _counted(values[values != OUTSIDE])
    return max(counted, key=lambda pair: pair[1], default=(OUTSIDE, 0))[0]


def _home_of(labels: Int64, state: ReviewState, cluster: int, homes: Mapping[int, int]) -> int:
    """New cluster that holds most of an old one; -1 if none does."""
    if cluster in homes:
        return homes[cluster]
    rows = state.members(cluster)
    return _most_frequent(labels[rows]) if len(rows) else NOISE


def _carried_names(labels: Int64, state: ReviewState, homes: Mapping[int, int]) -> dict[int, str]:
    """Confirmed clusters choose first, then large ones; a new cluster takes one name."""
    sizes = dict(_counted(state.clusters))
    order = sorted(state.names, key=lambda c: (c not in homes, -sizes.get(c, 0), c))
    names: dict[int, str] = {}
    for cluster in order:
        home = _home_of(labels, state, cluster, homes)
        if home >= 0:
            names.setdefault(home, state.names[cluster])
    return names


def _carried_verdicts(
    labels: Int64, state: ReviewState, homes: Mapping[int, int]
) -> dict[Pair, str]:
    verdicts: dict[Pair, str] = {}
    for (first, second), verdict in state.verdicts.items():
        ends = [_home_of(labels, state, cluster, homes) for cluster in (first, second)]
        if verdict == DIFFERENT and min(ends) >= 0 and ends[0] != ends[1]:
            verdicts[ordered(*ends)] = verdict
    return verdicts


def changed_rows(labels: Int64, state: ReviewState) -> Bool:
    """Marks the rows that are elsewhere than most of the cluster that they were in.

    Args:
        labels: The new clustering, shape (N,).
        state: The earlier review of the same rows.

    Returns:
        Shape (N,), bool; rows that had no cluster are not marked.
    """
    moved = np.zeros(len(labels), bool)
    order = np.argsort(state.clusters, kind="stable")
    numbers, starts = np.unique(state.clusters[order], return_index=True)
    for cluster, rows in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
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
