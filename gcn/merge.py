"""Merging clusters by connection strength."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


class _Links(NamedTuple):
    """Undirected links between the clusters of one round, each pair once."""

    pairs: Int64
    weighted: Float64
    weight: Float64
    forbidden: NDArray[np.bool_]


def merge_clusters(
    sizes: Int64,
    pairs: Int64,
    strength: NDArray[np.float32],
    min_strength: float,
    unseen_weight: float = 1.0,
    forbidden: Int64 | None = None,
) -> Int64:
    """Merges the strongest pair until no pair is strong enough, recombining strengths.

    The strength of two merged clusters to a third is the mean over all pairs of their images
    (average linkage). Pairs of clusters that were never scored count as strength 0 with
    `unseen_weight` per pair of images. Mutually strongest pairs merge in one round: average
    linkage is reducible, so that gives the same clusters as one merge at a time.

    Source: average linkage by reciprocal nearest neighbors, Murtagh, "A Survey of Recent Advances
    in Hierarchical Clustering Algorithms", The Computer Journal 26(4), 1983.

    Args:
        sizes: Images per cluster, shape (M,).
        pairs: Scored cluster pairs, each once, shape (E, 2).
        strength: Their connection strength in [0, 1], shape (E,).
        min_strength: The third threshold τ3, above 0.
        unseen_weight: In [0, 1]; 0 averages over scored pairs only.
        forbidden: Cluster pairs that must stay apart, shape (L, 2).

    Returns:
        New cluster id of each cluster, 0.. without gaps, shape (M,).
    """
    labels = np.arange(len(sizes))
    images = sizes.astype(np.float64)
    links = _links(images, pairs, strength, forbidden)
    while True:
        total = images[links.pairs[:, 0]] * images[links.pairs[:, 1]]
        mean = links.weighted / np.maximum(
            links.weight + unseen_weight * (total - links.weight), 1e-12
        )
        able = (mean >= min_strength) & ~links.forbidden
        merged = _mutual_best(len(images), links.pairs[able], mean[able])
        if not len(merged):
            return labels
        target = np.arange(len(images))
        target[merged[:, 1]] = merged[:, 0]
        target = np.unique(target, return_inverse=True)[1]
        labels = target[labels]
        images = np.bincount(target, images)
        links = _contract(links, target)


def _links(
    sizes: Float64, pairs: Int64, strength: NDArray[np.float32], forbidden: Int64 | None
) -> _Links:
    weight = sizes[pairs[:, 0]] * sizes[pairs[:, 1]]
    links = _Links(pairs, strength * weight, weight, np.zeros(len(pairs), bool))
    if forbidden is None or not len(forbidden):
        return links
    none = np.zeros(len(forbidden))
    joined = _Links(
        np.concatenate([pairs, np.sort(forbidden, 1)]),
        np.concatenate([links.weighted, none]),
        np.concatenate([weight, none]),
        np.concatenate([links.forbidden, none == 0]),
    )
    return _contract(joined, np.arange(len(sizes)))


def _mutual_best(num: int, pairs: Int64, strength: Float64) -> Int64:
    """Pairs that are each other's strongest; ties go to the pair that is listed first."""
    order = np.argsort(-strength, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(num, len(order))
    np.minimum.at(best, pairs[:, 0], rank)
    np.minimum.at(best, pairs[:, 1], rank)
    return pairs[(best[pairs[:, 0]] == rank) & (best[pairs[:, 1]] == rank)]


def _contract(links: _Links, target: Int64) -> _Links:
    """Renames the clusters of all links and adds up those that now join the same two."""
    num = int(target.max()) + 1
    ends = np.sort(target[links.pairs], 1)
    keep = ends[:, 0] != ends[:, 1]
    keys, inverse = np.unique(ends[keep] @ np.array([num, 1]), return_inverse=True)
    return _Links(
        np.stack([keys // num, keys % num], 1),
        _sum(inverse, links.weighted[keep], len(keys)),
        _sum(inverse, links.weight[keep], len(keys)),
        _sum(inverse, links.forbidden[keep], len(keys)) > 0,
    )


def _sum(groups: Int64, values: NDArray[np.generic], num_groups: int) -> Float64:
    return np.bincount(groups, values.astype(np.float64), num_groups).astype(np.float64)
