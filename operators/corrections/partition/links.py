"""What an earlier review asks of a new clustering."""

from __future__ import annotations

import dataclasses

import numpy as np

from .state import DIFFERENT, Int64, Pair, ReviewState

MOST_PAIRS = 500_000
"""Pairs of confirmed clusters that are all kept apart in advance; beyond, afterwards."""


@dataclasses.dataclass(frozen=True, eq=False)
class Links:
    """Constraints on rows, as `gcn.cluster` takes them.

    Attributes:
        must_link: Rows that belong together, shape (M, 2), int64.
        cannot_link: Rows that stay apart, shape (L, 2), int64.
    """

    must_link: Int64
    cannot_link: Int64


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
    apart = different_pairs(state)
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


def different_pairs(state: ReviewState) -> list[Pair]:
    """Lists the clusters that were called different.

    Args:
        state: A review.

    Returns:
        Pairs of them, the smaller number first.
    """
    return [pair for pair, verdict in state.verdicts.items() if verdict == DIFFERENT]
