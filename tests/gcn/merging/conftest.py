"""What tests of merging share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]


class DrawnGraph(NamedTuple):
    """A kNN graph at random, its clusters, some pairs of these, and its edges one way, (N, N)."""

    neighbors: NDArray[np.int32]
    clusters: Int64
    pairs: Int64
    edges: Int64


def draw_graph(seed: int, num: int, k: int, num_clusters: int) -> DrawnGraph:
    """Draws neighbors and clusters independently of each other."""
    rng = np.random.default_rng(seed)
    clusters = np.r_[np.arange(num_clusters), rng.integers(0, num_clusters, num - num_clusters)]
    others = [np.delete(np.arange(num), i) for i in range(num)]
    neighbors = np.stack([rng.choice(each, k, replace=False) for each in others])
    edges = np.zeros((num, num), np.int64)
    np.put_along_axis(edges, neighbors, 1, 1)
    pairs = np.argwhere(np.triu(rng.random((num_clusters, num_clusters)) < 0.6, 1))
    return DrawnGraph(neighbors.astype(np.int32), clusters, pairs, edges)
