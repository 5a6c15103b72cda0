"""Density of the nodes of a kNN graph, and which of them are sparse enough to need a network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..runtime.parallel import cached_slices, for_slices


def density(
    similarity: NDArray[np.float32], min_similarity: float = -np.inf
) -> NDArray[np.float32]:
    """Mean similarity of each node to its neighbors, counting only the similar ones.

    Source: patent application CN115331039A, claim 1; `min_similarity` is r there.

    Args:
        similarity: Similarity to the k neighbors, shape (N, k).
        min_similarity: Entries below it count as 0.

    Returns:
        Density d, shape (N,), float32, in the unit of `similarity`.
    """
    counted = np.where(similarity >= min_similarity, similarity, np.float32(0))
    return counted.mean(1, dtype=np.float32)


def node_density(
    similarity: NDArray[np.float32],
    unit: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    min_similarity: float,
) -> NDArray[np.float32]:
    """Density of all nodes of a large graph, a block of them at a time.

    Args:
        similarity: Cosine to the k neighbors, shape (N, k).
        unit: Brings cosines to the unit of `min_similarity`, as `Moments.z` does.
        min_similarity: r.

    Returns:
        Shape (N,).
    """
    found = np.empty(len(similarity), np.float32)

    def fill(block: slice) -> None:
        found[block] = density(unit(similarity[block]), min_similarity)

    for_slices(fill, cached_slices(*similarity.shape))
    return found


def low_density_nodes(node_density: NDArray[np.float32], quantile: float) -> NDArray[np.bool_]:
    """Marks the nodes whose density is below the empirical value.

    Source: patent application CN115331039A, claims 1 and 6; the empirical value is the
    `quantile` of the densities of the set itself, so that it means the same for any embedding.

    Args:
        node_density: Shape (N,).
        quantile: Share of nodes to mark, in [0, 1]; 1 marks all. Nodes of density 0, which have
            no similar neighbor at all, are always marked.

    Returns:
        True for low-density nodes, shape (N,).
    """
    if quantile >= 1.0:
        return np.ones(len(node_density), bool)
    return (node_density < np.quantile(node_density, quantile)) | (node_density <= 0)
