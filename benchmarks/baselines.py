"""Merge trees of the methods that ours is measured against."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from gcn.graph.knn_graph import KNNGraph

from .merge_tree import MergeTree


def connected_components_tree(graph: KNNGraph) -> MergeTree:
    """Joins images in the order of their edges: single linkage on the kNN graph.

    The merges at and above a similarity give the connected components of the
    edges at and above it, since a maximum spanning forest has the same ones.

    Args:
        graph: The kNN graph of N images.

    Returns:
        At most N - 1 merges, starting from single images.
    """
    num_nodes, k = graph.neighbors.shape
    source = np.repeat(np.arange(num_nodes), k)
    target = graph.neighbors.ravel().astype(np.int64)
    similarity = graph.similarity.ravel().astype(np.float64)
    order = np.lexsort((-similarity, np.maximum(source, target), np.minimum(source, target)))
    low = np.minimum(source, target)[order]
    high = np.maximum(source, target)[order]
    first = np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1]))
    # A spanning tree of least length needs lengths above zero; cosines end at 1.
    length = 2.0 - similarity[order][first]
    edges = coo_matrix((length, (low[first], high[first])), shape=(num_nodes, num_nodes))
    forest = minimum_spanning_tree(edges.tocsr()).tocoo()
    strongest = np.argsort(forest.data, kind="stable")
    pairs = np.stack([forest.row, forest.col], axis=1)[strongest].astype(np.int64)
    return MergeTree(np.arange(num_nodes), pairs, 2.0 - forest.data[strongest])


def centroid_linkage_tree(embeddings: NDArray[np.float32], parts: NDArray[np.int64]) -> MergeTree:
    """Joins clusters by average linkage of the cosines of their centroids.

    Two clusters start with the cosine of their centroids; a merged cluster's
    cosines are its halves', averaged with their numbers of images as weights.

    Args:
        embeddings: Unit-length rows, shape (N, D).
        parts: Cluster of each image, shape (N,), int64, 0..P-1. The P x P
            cosines are held in memory.

    Returns:
        P - 1 merges, starting from `parts`.
    """
    sizes = np.bincount(parts).astype(np.float64)
    centroids = np.zeros((len(sizes), embeddings.shape[1]), np.float32)
    np.add.at(centroids, parts, embeddings)
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
    pairs, similarity = _average_linkage(centroids @ centroids.T, sizes)
    strongest = np.argsort(-similarity, kind="stable")
    return MergeTree(parts, pairs[strongest], similarity[strongest])


@numba.njit(cache=True)
def _average_linkage(
    cosines: NDArray[np.float32], sizes: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Follows chains of nearest neighbors; changes both arguments.

    Source: Murtagh, "A survey of recent advances in hierarchical clustering
    algorithms", The Computer Journal 26, 1983, Sec. 3.
    """
    num_clusters = len(sizes)
    pairs = np.empty((num_clusters - 1, 2), np.int64)
    strengths = np.empty(num_clusters - 1, np.float64)
    alive = np.ones(num_clusters, np.bool_)
    chain = np.empty(num_clusters, np.int64)
    length, lowest = 0, 0
    for step in range(num_clusters - 1):
        while True:
            if length == 0:
                while not alive[lowest]:
                    lowest += 1
                chain[0], length = lowest, 1
            tip = chain[length - 1]
            # The one before the tip wins a tie, so that the chain cannot run in a circle.
            nearest = chain[length - 2] if length > 1 else -1
            strength = cosines[tip, nearest] if length > 1 else -np.inf
            for other in range(num_clusters):
                if alive[other] and other != tip and cosines[tip, other] > strength:
                    nearest, strength = other, cosines[tip, other]
            if length > 1 and nearest == chain[length - 2]:
                break
            chain[length], length = nearest, length + 1
        length -= 2
        pairs[step, 0], pairs[step, 1], strengths[step] = nearest, tip, strength
        share = sizes[tip] / (sizes[tip] + sizes[nearest])
        mixed = share * cosines[tip] + (1.0 - share) * cosines[nearest]
        cosines[nearest] = mixed
        cosines[:, nearest] = mixed
        sizes[nearest] += sizes[tip]
        alive[tip] = False
    return pairs, strengths
