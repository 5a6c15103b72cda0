"""Merging clusters by connection strength."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .local_moving import move_nodes

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

_PASSES = 2


class _Level(NamedTuple):
    """A graph of nodes that stand for images, coarser from level to level.

    Attributes:
        adjacency: Symmetric; strength times pairs of images, summed, shape (n, n).
        sizes: Images per node, shape (n,).
        free: Nodes that may move, shape (n,).
    """

    adjacency: csr_array
    sizes: Float64
    free: NDArray[np.bool_]


def merge_clusters(
    sizes: Int64,
    pairs: Int64,
    strength: Float32,
    min_strength: float,
    unseen_weight: float = 1.0,
    forbidden: Int64 | None = None,
    anchor: Int64 | None = None,
) -> Int64:
    """Merges clusters so that inside the merged ones strength is above the threshold.

    Maximizes the constant Potts objective: the sum of strength - τ3 over all pairs of images
    that end in one cluster. Pairs of clusters that were never scored count as strength 0 with
    `unseen_weight`, so a chain of strong links between clusters that are otherwise unrelated
    does not join them. Local moving, coarsening, and local moving again on the way back, twice.

    Source: Traag, Van Dooren & Nesterov, "Narrow scope for resolution-limit-free community
    detection", Physical Review E 84, 2011; multi-level refinement of Rotta & Noack, "Multilevel
    local search algorithms for modularity clustering", ACM JEA 16, 2011.

    Args:
        sizes: Images per cluster, shape (M,).
        pairs: Scored cluster pairs, each once, shape (E, 2).
        strength: Their connection strength in [0, 1], shape (E,).
        min_strength: The third threshold τ3, above 0.
        unseen_weight: In [0, 1]; 0 leaves pairs that were not scored out of account.
        forbidden: Cluster pairs that must stay apart, shape (L, 2).
        anchor: Where each cluster is and stays, from 0 without gaps, or -1 for one that may go
            anywhere, shape (M,); clusters of different anchors never meet. All are free if left
            out.

    Returns:
        New cluster id of each cluster, 0.. without gaps, shape (M,).
    """
    images = sizes.astype(np.float64)
    # What scored pairs fall short of τ3 beyond the toll that every pair pays in `move_nodes`.
    excess = strength - (1.0 - unseen_weight) * min_strength
    # Clusters are numbered anew by what is known of them: ties and queues follow the numbers, and
    # the order in which clusters come in must not change the result.
    weight = excess * images[pairs[:, 0]] * images[pairs[:, 1]]
    order = _order(images, _degree(weight, pairs, len(images)))
    rank = np.argsort(order)
    apart = None if forbidden is None else rank[forbidden]
    images = images[order]
    labels, free = _start(None if anchor is None else anchor[order], len(images))
    finest = _Level(_adjacency(len(images), rank[pairs], weight, apart), images, free)
    for _ in range(_PASSES):
        improved = _improve(finest, labels, unseen_weight * min_strength)
        if np.array_equal(improved, labels):
            break
        labels = improved
    return labels[rank]


def potts_objective(
    sizes: Int64,
    pairs: Int64,
    strength: Float32,
    labels: Int64,
    min_strength: float,
    unseen_weight: float = 1.0,
) -> float:
    """The objective that `merge_clusters` maximizes; 0 where nothing is merged.

    Args:
        sizes: Images per cluster, shape (M,).
        pairs: Scored cluster pairs, each once, shape (E, 2).
        strength: Their connection strength, shape (E,).
        labels: Merged cluster of each cluster, shape (M,).
        min_strength: τ3.
        unseen_weight: Weight of pairs that were not scored.
    """
    images = sizes.astype(np.float64)
    inside = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    weight = images[pairs[inside, 0]] * images[pairs[inside, 1]]
    total = np.bincount(labels, images)
    possible = 0.5 * (np.square(total).sum() - np.square(images).sum())
    unseen = unseen_weight * (possible - weight.sum())
    return float(((strength[inside] - min_strength) * weight).sum() - min_strength * unseen)


def _degree(weight: Float64, pairs: Int64, num: int) -> Float64:
    return np.bincount(pairs.reshape(-1), np.repeat(weight, 2), num).astype(np.float64)


def _order(sizes: Float64, degree: Float64) -> Int64:
    """Nodes by falling size, then by falling degree."""
    return np.lexsort((np.arange(len(sizes)), -np.round(degree, 6), -sizes))


def _start(anchor: Int64 | None, num: int) -> tuple[Int64, NDArray[np.bool_]]:
    """Labels to begin with, the anchors' first, and which of the clusters may leave them."""
    if anchor is None:
        return np.arange(num), np.ones(num, bool)
    free = anchor < 0
    labels = anchor.copy()
    labels[free] = int(anchor.max()) + 1 + np.arange(int(free.sum()))
    return labels, free


def _adjacency(num: int, pairs: Int64, weight: Float64, forbidden: Int64 | None) -> Any:
    ends = pairs
    if forbidden is not None and len(forbidden):
        # One such pair outweighs all that speaks for any cluster.
        ends = np.concatenate([pairs, forbidden])
        weight = np.concatenate([weight, np.full(len(forbidden), -1.0 - np.abs(weight).sum())])
    a, b = ends[:, 0], ends[:, 1]
    both = (np.concatenate([a, b]), np.concatenate([b, a]))
    return csr_array((np.concatenate([weight, weight]), both), shape=(num, num))


def _improve(finest: _Level, labels: Int64, resolution: float) -> Int64:
    """One pass: coarsens while something moves, then refines level by level."""
    levels: list[_Level] = []
    maps: list[Int64] = []
    level, start = finest, labels
    while True:
        moved = _moved(level, start, resolution)
        num = int(moved.max()) + 1
        if num == len(level.sizes):
            break
        levels.append(level)
        maps.append(moved)
        level, start = _coarsened(level, moved), np.arange(num)
    found = np.arange(len(level.sizes))
    for fine, coarse in zip(reversed(levels), reversed(maps), strict=True):
        found = _moved(fine, found[coarse], resolution)
    return found


def _moved(level: _Level, start: Int64, resolution: float) -> Int64:
    labels = start.astype(np.int64)
    adjacency = level.adjacency
    order = _order(level.sizes, adjacency.sum(1))
    order = order[level.free[order]]
    before = np.full_like(labels, -1)
    # A queue alone misses nodes for which only a community without a link to them has changed.
    while not np.array_equal(before, labels):
        before[:] = labels
        move_nodes(
            adjacency.indptr,
            adjacency.indices,
            adjacency.data,
            level.sizes,
            order,
            labels,
            resolution,
        )
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _coarsened(level: _Level, labels: Int64) -> _Level:
    num = int(labels.max()) + 1
    member = csr_array((np.ones(len(labels)), (np.arange(len(labels)), labels)), (len(labels), num))
    adjacency = (member.T @ level.adjacency @ member).tocsr()
    free = np.ones(num, bool)
    free[labels[~level.free]] = False
    return _Level(adjacency, np.bincount(labels, level.sizes, num).astype(np.float64), free)
