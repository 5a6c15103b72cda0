"""Edges of the kNN graph inside clusters, out of them, and across each pair of clusters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import merge_edges, sort_edges, sum_edges

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

_NEGLIGIBLE = 0.02


class CrossEdges(NamedTuple):
    """Affinities of the edges, gathered by cluster and by pair of clusters.

    Attributes:
        inside: Sum inside each cluster, shape (M,).
        outside: Sum out of each cluster; an edge counts half for either end, shape (M,).
        pairs: Pairs of clusters with an edge between them, P < Q, in order, shape (E, 2).
        number: Edges of each pair, shape (E,).
        total: Their sum, shape (E,).
        largest: The largest of them, shape (E,).
        top3: Mean of the three largest, shape (E,).
    """

    inside: Float32
    outside: Float32
    pairs: Int64
    number: Float32
    total: Float32
    largest: Float32
    top3: Float32


def cross_edges(
    neighbors: NDArray[np.integer], affinity: Float32, parts: Int64, num: int
) -> CrossEdges:
    """Gathers the edges; those of affinity below 0.02 are left out.

    Args:
        neighbors: kNN graph, shape (N, k).
        affinity: Of its edges, shape (N, k).
        parts: Cluster of each node, shape (N,).
        num: Number of clusters M.
    """
    inside, outside = np.zeros(num), np.zeros(num)
    starts = np.zeros(num + 1, np.int64)
    edges = (neighbors, affinity, parts.astype(np.int32), _NEGLIGIBLE)
    sum_edges(*edges, inside, outside, starts)
    np.cumsum(starts, out=starts)
    larger, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    sort_edges(*edges, starts[:-1].copy(), larger, values)
    # Pages that no pair is written to take no memory.
    pairs, sums = np.empty((starts[-1], 2), np.int32), np.empty((starts[-1], 4), np.float32)
    found = merge_edges(starts, larger, values, pairs, sums)
    return CrossEdges(
        inside.astype(np.float32),
        outside.astype(np.float32),
        pairs[:found].astype(np.int64),
        *sums[:found].T,
    )
