"""Similarity inside and between clusters, from the sums of their rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..graph.moments import Moments
from ..runtime.parallel import cached_slices

Float32 = NDArray[np.float32]
Floats = NDArray[np.floating]
Int64 = NDArray[np.int64]


class ClusterSimilarity:
    """Similarity inside clusters and across pairs of them, in one space of embeddings.

    Args:
        moments: Random-pair statistics of the embeddings.
        sums: Sum of the unit rows of each cluster, shape (M, D).
        sizes: Members per cluster, shape (M,).
        usual: Lent to single images, which have no spread of their own, where all are single.
    """

    def __init__(self, moments: Moments, sums: Floats, sizes: Int64, usual: float) -> None:
        self._moments, self._sums = moments, sums
        self._n = sizes.astype(np.float32)
        self._inner, self._length = _spread(sums, sizes, usual)

    def of_clusters(self) -> Float32:
        """Mean similarity of two members, compressed and as a cosine, and length of the mean row.

        Returns:
            Shape (M, 3).
        """
        inner = self._inner
        return np.stack([self._moments.z(inner), inner, self._length], 1).astype(np.float32)

    def of_pairs(self, pairs: Int64) -> tuple[Floats, ...]:
        """Similarities across pairs of clusters.

        Args:
            pairs: Cluster pairs, shape (E, 2).

        Returns:
            Five columns of shape (E,): the mean, compressed and as a cosine; the cosine of the
            mean rows; what the mean falls short of either side's own.
        """
        p, q = pairs[:, 0], pairs[:, 1]
        average = _pair_dots(self._sums, p, q) / (self._n[p] * self._n[q])
        unit = np.float32(1.0 / self._moments.std)
        return (
            self._moments.z(average),
            average,
            average / (self._length[p] * self._length[q]),
            *both_sides((average - self._inner[p]) * unit, (average - self._inner[q]) * unit),
        )


def both_sides(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Smaller and larger of the two sides' views: what a pair has irrespective of its order."""
    return np.minimum(a, b), np.maximum(a, b)


def _spread(sums: Floats, sizes: Int64, usual: float) -> tuple[Float32, Float32]:
    """Mean similarity inside each cluster, and length of its mean row; both of shape (M,)."""
    n = sizes.astype(np.float32)
    squared = np.einsum("ij,ij->i", sums, sums)
    single = sizes < 2
    inner = (squared - n) / np.maximum(n * (n - 1), 1)
    # A single image has no spread of its own: it is lent the usual one of the set.
    inner[single] = np.median(inner[~single]) if (~single).any() else usual
    length = np.maximum(np.sqrt(squared) / n, 1e-6)
    return inner.astype(np.float32), length.astype(np.float32)


def _pair_dots(sums: Floats, p: Int64, q: Int64) -> Float32:
    dots = np.empty(len(p), np.float32)
    for block in cached_slices(len(p), sums.shape[1]):
        dots[block] = np.einsum("ij,ij->i", sums[p[block]], sums[q[block]])
    return dots
