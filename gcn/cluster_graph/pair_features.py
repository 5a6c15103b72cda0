"""What is known about two clusters that may be one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..runtime.parallel import for_slices, row_slices
from .cluster_similarity import ClusterSimilarity, both_sides
from .cross_edges import CrossEdges
from .kernels import rank_pairs

Float32 = NDArray[np.float32]
Floats = NDArray[np.floating]
Int64 = NDArray[np.int64]


class PairFeature(IntEnum):
    """Columns of `pair_features`, for which a checkpoint holds weights in this order.

    `LEAST` and `MOST` are what the two clusters see of each other, the smaller first; `Z` marks the
    unit of `Moments.z`, `ORIGINAL` the embeddings as they came, before they were rescaled.
    """

    SIMILARITY_Z = 0  # mean over pairs of images, one of each cluster
    SIMILARITY = 1
    CENTROID_COSINE = 2
    BEYOND_OWN_LEAST = 3  # similarity beyond that inside a cluster, in deviations of random pairs
    BEYOND_OWN_MOST = 4
    LARGEST = 5  # affinity of the edges between the two
    LARGEST_THREE = 6
    MEAN = 7
    LOG_EDGES = 8
    COVERED = 9  # share of all possible edges between them, weighted by affinity
    ROOT_COVERED = 10
    EDGE_SHARE = 11  # the same, not weighted
    FLOW_LEAST = 12  # share of all edges of a cluster, weighted by affinity
    FLOW_MOST = 13
    OUTFLOW_LEAST = 14  # share of the edges that leave a cluster, weighted by affinity
    OUTFLOW_MOST = 15
    COVERED_RANK_LEAST = 16  # among all pairs of a cluster, compressed, 0 for the first
    COVERED_RANK_MOST = 17
    SIMILARITY_RANK_LEAST = 18
    SIMILARITY_RANK_MOST = 19
    LOG_SIZE_LEAST = 20
    LOG_SIZE_MOST = 21
    DEPTH_LEAST = 22  # mean affinity of the images of a cluster
    DEPTH_MOST = 23
    ORIGINAL_SIMILARITY_Z = 24
    ORIGINAL_SIMILARITY = 25
    ORIGINAL_CENTROID_COSINE = 26
    ORIGINAL_BEYOND_OWN_LEAST = 27
    ORIGINAL_BEYOND_OWN_MOST = 28


NUM_PAIR_FEATURES = len(PairFeature)

COMPRESSED_PAIR_COLUMNS = (PairFeature.SIMILARITY_Z, PairFeature.ORIGINAL_SIMILARITY_Z)
"""Pair features in the unit of `Moments.z`."""
RAW_PAIR_COLUMNS = (
    PairFeature.SIMILARITY,
    PairFeature.CENTROID_COSINE,
    PairFeature.ORIGINAL_SIMILARITY,
    PairFeature.ORIGINAL_CENTROID_COSINE,
)
"""Pair features that are cosines."""

_RANKED_COLUMNS = (
    (PairFeature.COVERED, PairFeature.COVERED_RANK_LEAST),
    (PairFeature.SIMILARITY, PairFeature.SIMILARITY_RANK_LEAST),
)
"""Pair features that are also ranked, and where the first of their two ranks goes."""
_RANK_SCALE = np.float32(1.0 / np.log(81.0))
_BLOCK_PAIRS = 8192


class PairColumns:
    """Computes the features of some pairs at a time; all at once would take gigabytes.

    Args:
        sizes: Members per cluster, shape (M,).
        k: Neighbors per node of the kNN graph.
        cross: Its edges between clusters.
        spaces: Similarities in the refined space and in that of the embeddings as they came.
        depth: Mean node affinity of each cluster, shape (M,).
    """

    def __init__(
        self,
        sizes: Int64,
        k: int,
        cross: CrossEdges,
        spaces: Sequence[ClusterSimilarity],
        depth: Float32,
    ) -> None:
        self._k = k
        self._n = sizes.astype(np.float32)
        self._cross, self._keys = cross, cross.pairs @ np.array([len(sizes), 1])
        self._outside = cross.outside
        self._flow = cross.inside + cross.outside + np.float32(1e-3)
        self._refined, self._original = spaces
        self._depth = depth

    def __call__(self, pairs: Int64) -> list[Floats]:
        """All columns of `pairs`, in the order of `PairFeature`; those of ranks are left zero."""
        p, q = pairs[:, 0], pairs[:, 1]
        n, flow, outside, depth = self._n, self._flow, self._outside, self._depth
        count, total, largest, top3 = self._align(pairs)
        possible = n[p] * np.minimum(self._k, n[q]) + n[q] * np.minimum(self._k, n[p])
        covered = total / possible
        zeros = np.zeros(len(pairs), np.float32)
        return [
            *self._refined.of_pairs(pairs),
            largest,
            top3,
            total / np.maximum(count, 1),
            np.log1p(count),
            covered,
            np.sqrt(covered),
            count / possible,
            *both_sides(total / flow[p], total / flow[q]),
            *both_sides(total / (outside[p] + 1e-3), total / (outside[q] + 1e-3)),
            *(zeros for _ in range(2 * len(_RANKED_COLUMNS))),
            *both_sides(np.log(n[p]), np.log(n[q])),
            *both_sides(depth[p], depth[q]),
            *self._original.of_pairs(pairs),
        ]

    def _align(self, pairs: Int64) -> list[Floats]:
        """Looks up the gathered edges of each pair; pairs without any get zeros."""
        cross, keys = self._cross, self._keys
        if not len(keys):
            return [np.zeros(len(pairs), np.float32) for _ in range(4)]
        wanted = pairs @ np.array([len(self._n), 1])
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = keys[at] == wanted
        columns = (cross.number, cross.total, cross.largest, cross.top3)
        return [np.where(found, column[at], np.float32(0)) for column in columns]


def pair_features(pairs: Int64, columns: PairColumns, num: int) -> Float32:
    """All features of cluster pairs.

    Args:
        pairs: Pairs P < Q, each once, shape (E, 2).
        columns: Computes them.
        num: Number of clusters.

    Returns:
        Shape (E, NUM_PAIR_FEATURES); symmetric in P and Q.
    """
    features = np.empty((len(pairs), NUM_PAIR_FEATURES), np.float32)

    def fill(block: slice) -> None:
        for at, column in enumerate(columns(pairs[block])):
            features[block, at] = column

    for_slices(fill, row_slices(len(pairs), _BLOCK_PAIRS))
    for ranked, place in _RANKED_COLUMNS:
        ranks = _ranks(pairs, features[:, ranked].copy(), num)
        features[:, place], features[:, place + 1] = both_sides(ranks[:, 0], ranks[:, 1])
    return features


def _ranks(pairs: Int64, value: Float32, num: int) -> Float32:
    """Compressed rank of each pair among the pairs of either side, 0 for the largest value."""
    starts = np.zeros(num + 1, np.int64)
    np.cumsum(np.bincount(pairs.reshape(-1), minlength=num), out=starts[1:])
    ranks = np.empty(pairs.shape, np.float32)
    rank_pairs(pairs, value, starts, starts[:-1].copy(), ranks)
    np.log1p(ranks, out=ranks)
    ranks *= _RANK_SCALE
    return ranks
