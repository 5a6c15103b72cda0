"""Compiled loops behind `cluster_graph`: edges of the kNN graph, gathered by pair of clusters."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..runtime.compiled import compiled


@compiled(nogil=True)
def sum_edges(
    neighbors: Any, affinity: Any, parts: Any, floor: Any, inside: Any, outside: Any, starts: Any
) -> None:
    """Sums affinities inside and out of each cluster, and counts the edges between clusters.

    Args:
        neighbors: Shape (N, k).
        affinity: Shape (N, k); entries below `floor` are left out.
        parts: Cluster of each node, shape (N,).
        floor: Least affinity that counts.
        inside: Changed in place, shape (M,).
        outside: Changed in place; an edge counts half for each of its clusters, shape (M,).
        starts: Changed in place; at p + 1 the edges whose smaller cluster is p, shape (M + 1,).
    """
    for i in range(neighbors.shape[0]):
        for r in range(neighbors.shape[1]):
            p = affinity[i, r]
            if p < floor:
                continue
            a, b = parts[i], parts[neighbors[i, r]]
            if a == b:
                inside[a] += p
            else:
                outside[a] += 0.5 * p
                outside[b] += 0.5 * p
                starts[min(a, b) + 1] += 1


@compiled(nogil=True)
def sort_edges(
    neighbors: Any, affinity: Any, parts: Any, floor: Any, place: Any, larger: Any, values: Any
) -> None:
    """Sorts the edges between clusters by their smaller cluster.

    Args:
        neighbors: Shape (N, k).
        affinity: Shape (N, k).
        parts: Shape (N,).
        floor: Least affinity that counts.
        place: Where the edges of each smaller cluster go, shape (M,); changed in place.
        larger: Filled in place with the larger cluster, shape (E,).
        values: Filled in place with the affinity, shape (E,).
    """
    for i in range(neighbors.shape[0]):
        for r in range(neighbors.shape[1]):
            p = affinity[i, r]
            if p < floor:
                continue
            a, b = parts[i], parts[neighbors[i, r]]
            if a != b:
                at = place[min(a, b)]
                place[min(a, b)] += 1
                larger[at] = max(a, b)
                values[at] = p


@compiled(nogil=True)
def merge_edges(starts: Any, larger: Any, values: Any, pairs: Any, sums: Any) -> int:
    """Sums up the edges of each pair of clusters.

    Args:
        starts: Where the edges of each smaller cluster begin, shape (M + 1,).
        larger: Larger cluster of each edge, shape (E,).
        values: Affinity of each edge, shape (E,).
        pairs: Filled in place, each pair once, in order, shape (E, 2).
        sums: Filled in place: number, sum, largest, and mean of the three largest, shape (E, 4).

    Returns:
        The number of pairs.
    """
    num = len(starts) - 1
    totals = np.zeros((num, 5))  # number, sum, and the three largest
    found = 0
    for a in range(num):
        first = found
        for e in range(starts[a], starts[a + 1]):
            b = larger[e]
            if totals[b, 0] == 0:
                pairs[found, 0], pairs[found, 1] = a, b
                found += 1
            _add(totals[b], values[e])
        pairs[first:found, 1].sort()
        for at in range(first, found):
            row = totals[pairs[at, 1]]
            sums[at, 0], sums[at, 1], sums[at, 2] = row[0], row[1], row[2]
            sums[at, 3] = (row[2] + row[3] + row[4]) / min(row[0], 3.0)
            row[:] = 0
    return found


@compiled(nogil=True, inline="always")
def _add(row: Any, value: Any) -> None:
    row[0] += 1
    row[1] += value
    if value > row[2]:
        row[4], row[3], row[2] = row[3], row[2], value
    elif value > row[3]:
        row[4], row[3] = row[3], value
    elif value > row[4]:
        row[4] = value


@compiled(nogil=True)
def rank_pairs(pairs: Any, value: Any, starts: Any, place: Any, ranks: Any) -> None:
    """Ranks each pair among the pairs of either of its clusters by falling value.

    Equal values share the first of their ranks.

    Args:
        pairs: Cluster pairs, shape (E, 2).
        value: Shape (E,).
        starts: Where the pairs of each cluster begin when sorted by cluster, shape (M + 1,).
        place: The starts without the last, shape (M,); changed in place.
        ranks: Filled in place from 0, for the first and the second cluster, shape (E, 2).
    """
    ends = np.empty(2 * len(pairs), np.int32)
    for e in range(len(pairs)):
        for side in range(2):
            ends[place[pairs[e, side]]] = 2 * e + side
            place[pairs[e, side]] += 1
    for cluster in range(len(starts) - 1):
        own = ends[starts[cluster] : starts[cluster + 1]]
        own = own[np.argsort(-value[own // 2])]
        rank = 0
        for at in range(len(own)):
            e, side = own[at] // 2, own[at] % 2
            if at == 0 or value[e] != value[own[at - 1] // 2]:
                rank = at
            ranks[e, side] = rank
