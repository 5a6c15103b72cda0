"""Similarity inside and between clusters, from the sums of their rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .moments import Moments

Float32 = NDArray[np.float32]
Floats = NDArray[np.floating]
Int64 = NDArray[np.int64]

_BLOCK_NUMBERS = 8_000_000


class Similarities(NamedTuple):
    """What GCN-C reads of the similarities in one space of embeddings.

    Attributes:
        of_clusters: Mean similarity of two members, compressed and as a cosine, and length of the
            mean row, shape (M, 3), float32.
        of_pairs: Mean similarity across, compressed and as a cosine, cosine of the mean rows, and
            what the mean falls short of either side's own, shape (E, 5), float32.
    """

    of_clusters: Float32
    of_pairs: Float32


def cluster_similarities(
    moments: Moments, sums: Floats, sizes: Int64, pairs: Int64, usual: float
) -> Similarities:
    """Computes similarities inside clusters and across pairs of them.

    Args:
        moments: Random-pair statistics of the embeddings.
        sums: Sum of the unit rows of each cluster, shape (M, D).
        sizes: Members per cluster, shape (M,).
        pairs: Cluster pairs, shape (E, 2).
        usual: Lent to single images, which have no spread of their own, where all are single.

    Returns:
        The features.
    """
    n = sizes.astype(np.float32)
    p, q = pairs[:, 0], pairs[:, 1]
    inner, length = _spread(sums, sizes, usual)
    average = _pair_dots(sums, p, q) / (n[p] * n[q])
    unit = np.float32(1.0 / moments.std)
    of_clusters = [moments.z(inner), inner, length]
    of_pairs = [
        moments.z(average),
        average,
        average / (length[p] * length[q]),
        *both_sides((average - inner[p]) * unit, (average - inner[q]) * unit),
    ]
    return Similarities(
        np.stack(of_clusters, 1).astype(np.float32), np.stack(of_pairs, 1).astype(np.float32)
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
    step = max(1, _BLOCK_NUMBERS // sums.shape[1])
    for start in range(0, len(p), step):
        block = slice(start, start + step)
        dots[block] = np.einsum("ij,ij->i", sums[p[block]], sums[q[block]])
    return dots
