"""Connection strengths between clusters, whoever made them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from operators.corrections.partition.pairs import ScoredPairs

from .effort_clusterings import Clustering

Int64 = NDArray[np.int64]

NEAREST = 8
_ROWS = 2_000


def strengths_of(clustering: Clustering, embeddings: np.ndarray) -> ScoredPairs:
    """Takes the strengths that GCN-C gave, or else the similarity of centroids.

    Args:
        clustering: The clusters.
        embeddings: Of their images, shape (N, D).

    Returns:
        Pairs of its clusters.
    """
    if clustering.relations is None:
        return _of_centroids(clustering.labels, embeddings)
    pairs, strength = clustering.relations
    return ScoredPairs(np.sort(np.asarray(pairs, np.int64), 1), np.asarray(strength, np.float32))


def _of_centroids(labels: Int64, embeddings: np.ndarray) -> ScoredPairs:
    kept = labels >= 0
    numbers, inverse = np.unique(labels[kept], return_inverse=True)
    rows = embeddings[kept] / np.linalg.norm(embeddings[kept], axis=1, keepdims=True)
    centroids = np.zeros((len(numbers), embeddings.shape[1]), np.float32)
    np.add.at(centroids, inverse, rows)
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
    count = min(NEAREST, len(numbers) - 1)
    if count < 1:
        return ScoredPairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))
    found: list[np.ndarray] = []
    for start in range(0, len(numbers), _ROWS):
        similarity = centroids[start : start + _ROWS] @ centroids.T
        own = np.arange(len(similarity))
        similarity[own, start + own] = -np.inf
        near = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(similarity, near, axis=1)
        first = np.repeat(start + own, count)
        found.append(np.stack([first, near.ravel(), values.ravel()], 1))
    table = np.concatenate(found)
    ends = np.sort(table[:, :2].astype(np.int64), 1)
    _, unique = np.unique(ends, axis=0, return_index=True)
    strength = np.clip(table[unique, 2], 0.0, 1.0).astype(np.float32)
    return ScoredPairs(numbers[ends[unique]], strength)
