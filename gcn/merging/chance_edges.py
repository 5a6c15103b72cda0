"""Which clusters the kNN graph holds apart, whatever a network says of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .edges_between import edges_between

Int64 = NDArray[np.int64]


def fewer_edges_than_chance(
    neighbors: NDArray[np.integer], clusters: Int64, pairs: Int64
) -> NDArray[np.bool_]:
    """Finds pairs of clusters that share fewer edges than if neighbors were drawn at random.

    N images that each draw k neighbors from all others lay 2 k n_P n_Q / (N - 1) edges between two
    clusters of n_P and n_Q images. Joining two clusters of fewer edges lowers modularity.

    Source: this project, after Newman & Girvan, "Finding and evaluating community structure in
    networks", Physical Review E 69, 2004.

    Args:
        neighbors: The kNN graph, shape (N, k).
        clusters: Cluster of each image, from 0 without gaps, shape (N,).
        pairs: Pairs of clusters P < Q, each once, in order, shape (E, 2).

    Returns:
        Shape (E,).
    """
    if not len(pairs):
        return np.empty(0, bool)
    num_images, k = neighbors.shape
    sizes = np.bincount(clusters)
    expected = 2.0 * k * sizes[pairs].astype(np.float64).prod(1) / (num_images - 1)
    return edges_between(neighbors, clusters, pairs) < expected
