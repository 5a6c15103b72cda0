"""How many edges of the kNN graph lie between two clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..runtime.parallel import cached_slices, results_in_order

Int64 = NDArray[np.int64]


def edges_between(neighbors: NDArray[np.integer], clusters: Int64, pairs: Int64) -> Int64:
    """Counts the edges, in both directions, between the clusters of some pairs.

    Args:
        neighbors: The kNN graph, shape (N, k).
        clusters: Cluster of each image, from 0 without gaps, shape (N,).
        pairs: Pairs of clusters P < Q, each once, in order, shape (E, 2).

    Returns:
        Shape (E,), int64.
    """
    total = np.zeros(len(pairs), np.int64)
    if not len(pairs):
        return total
    num = int(clusters.max()) + 1
    base = np.array([num, 1])
    keys = pairs @ base
    asked = np.zeros(num, bool)
    asked[pairs] = True
    rows = np.flatnonzero(asked[clusters])

    def count(block: slice) -> Int64:
        own = rows[block]
        ends = clusters[neighbors[own]]  # (R, k)
        one, other = np.nonzero(asked[ends])
        found = np.stack([clusters[own[one]], ends[one, other]], 1)
        found.sort(1)
        wanted = found @ base
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.bincount(at[keys[at] == wanted], minlength=len(keys))

    for counts in results_in_order(count, cached_slices(len(rows), neighbors.shape[1])):
        total += counts
    return total
