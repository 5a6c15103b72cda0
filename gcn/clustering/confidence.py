"""How sure it is that an image belongs where it is: by its affinities, and by its whole cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..runtime.parallel import cached_slices, for_slices

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


def image_confidence(state: NodeState, labels: Int64) -> Float32:
    """How sure it is that each image belongs to its cluster.

    The mean affinity to those neighbors that share its cluster, weighted by affinity's own
    graph weights; for an image without any, the probability that no neighbor is of its class,
    taken from the likeliest one.

    Args:
        state: Result of stage 1.
        labels: Cluster of each image, shape (N,).

    Returns:
        In [0, 1], shape (N,), float32.
    """
    confidence = np.empty(len(labels), np.float32)

    def fill(block: slice) -> None:
        affinity = state.affinity[block]
        together = labels[state.graph.neighbors[block]] == labels[block, None]
        count = together.sum(1)
        inside = np.where(together, affinity, 0).sum(1) / np.maximum(count, 1)
        alone = 1.0 - affinity.max(1)
        confidence[block] = np.clip(np.where(count > 0, inside, alone), 0.0, 1.0)

    for_slices(fill, cached_slices(*state.affinity.shape))
    return confidence


def neighbors_inside(neighbors: NDArray[np.integer], labels: Int64) -> Float32:
    """Share of each image's neighbors that are in its cluster.

    Args:
        neighbors: The kNN graph, shape (N, k).
        labels: Cluster of each image, shape (N,).

    Returns:
        Shape (N,), float32.
    """
    inside = np.empty(len(labels), np.float32)

    def fill(block: slice) -> None:
        inside[block] = (labels[neighbors[block]] == labels[block, None]).mean(1)

    for_slices(fill, cached_slices(*neighbors.shape))
    return inside


def held_by_cluster(inside: Float32, labels: Int64) -> Float32:
    """How far an image's neighbors, and those of its whole cluster, keep to the cluster.

    In a class of thousands without inner structure no affinity is high: an image has no more to do
    with its nearest neighbor than with any other of its class. That nearly all neighbors of nearly
    all of them are of the cluster still says where they belong.

    Source: this project.

    Args:
        inside: From `neighbors_inside`, shape (N,).
        labels: Cluster of each image, from 0 without gaps, shape (N,).

    Returns:
        The product of both shares, each from 0 where it is what chance gives to 1 where it is all
        of them; 0 in a cluster of all images; shape (N,), float32.
    """
    sizes = np.bincount(labels)
    chance = sizes / len(labels)
    room = np.maximum(1.0 - chance, 1e-9)
    of_cluster = np.clip((np.bincount(labels, inside) / sizes - chance) / room, 0.0, 1.0)
    own = np.clip((inside - chance[labels]) / room[labels], 0.0, 1.0)
    return (own * of_cluster[labels]).astype(np.float32)


def modularity(inside: Float32, labels: Int64) -> float:
    """How many more edges of the kNN graph lie inside clusters than by chance, below 1.

    Source: Newman & Girvan, "Finding and evaluating community structure in networks", Physical
    Review E 69, 2004, with as many edges for each image. They take 0.3 and more for structure.

    Args:
        inside: From `neighbors_inside`, shape (N,).
        labels: Cluster of each image, from 0 without gaps, shape (N,).
    """
    return float(inside.mean() - np.square(np.bincount(labels) / len(labels)).sum())
