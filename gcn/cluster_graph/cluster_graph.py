"""The graph of clusters: which clusters may be one, and what is known about each such pair."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..knn.search import nearest_neighbors
from ..runtime.distinct import distinct
from ..runtime.parallel import cached_slices, for_slices
from ..runtime.progress import Progress, named, share, tell
from .cluster_similarity import ClusterSimilarity
from .cross_edges import CrossEdges, cross_edges
from .membership import member_matrix, sums_of_members
from .pair_features import PairColumns, PairFeature, pair_features

Float32 = NDArray[np.float32]
Floats = NDArray[np.floating]
Int64 = NDArray[np.int64]


class ClusterFeature(IntEnum):
    """Columns of `ClusterGraph.cluster_features`, for which a checkpoint holds weights.

    `Z` marks the unit of `Moments.z`, `ORIGINAL` the embeddings as they came.
    """

    LOG_SIZE = 0
    SIMILARITY_Z = 1  # mean over pairs of its images
    SIMILARITY = 2
    LENGTH = 3  # of the mean of its unit rows
    DEPTH = 4  # mean node affinity
    LOW_DENSITY = 5  # share of its images
    INSIDE = 6  # share of all possible edges inside, weighted by affinity
    LOG_OUTSIDE = 7  # affinity that leaves it, per image
    OUTSIDE_SHARE = 8
    BEST = 9  # mean over its images of the largest affinity
    ORIGINAL_SIMILARITY_Z = 10
    ORIGINAL_SIMILARITY = 11
    ORIGINAL_LENGTH = 12


NUM_CLUSTER_FEATURES = len(ClusterFeature)

COMPRESSED_CLUSTER_COLUMNS = (ClusterFeature.SIMILARITY_Z, ClusterFeature.ORIGINAL_SIMILARITY_Z)
"""Cluster features in the unit of `Moments.z`."""
RAW_CLUSTER_COLUMNS = (
    ClusterFeature.SIMILARITY,
    ClusterFeature.LENGTH,
    ClusterFeature.ORIGINAL_SIMILARITY,
    ClusterFeature.ORIGINAL_LENGTH,
)
"""Cluster features that are cosines."""

_NAME = "Cluster graph"
_NEAREST_CENTROIDS = 8


class ClusterGraph(NamedTuple):
    """Clusters as nodes, possible merges as undirected edges.

    Attributes:
        sizes: Members per cluster, shape (M,), int64.
        pairs: Cluster pairs P < Q, each once, shape (E, 2), int64.
        cluster_features: Shape (M, NUM_CLUSTER_FEATURES), float32.
        pair_features: Symmetric in P and Q, shape (E, NUM_PAIR_FEATURES), float32.
        weights: Share of all possible cross edges, weighted by affinity, shape (E,), float32.
    """

    sizes: Int64
    pairs: Int64
    cluster_features: Float32
    pair_features: Float32
    weights: Float32


def cluster_graph(
    state: NodeState, parts: Int64, min_affinity: float, progress: Progress | None = None
) -> ClusterGraph:
    """Builds the graph of the clusters `parts`.

    Two clusters are joined if some kNN edge between them has an affinity of at least
    `min_affinity`, or one is among the 8 nearest centroids of the other.

    Source: patent application CN115331039A, claims 3 and 7; the relation graph there.

    Args:
        state: Result of stage 1, N nodes.
        parts: Cluster id per node, 0..M-1 without gaps, shape (N,).
        min_affinity: The second threshold τ2.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The graph and its feature matrices.
    """
    sizes = np.bincount(parts)
    num = len(sizes)
    members = member_matrix(parts)
    sums = sums_of_members(members, state.x)  # (M, D)
    tell(progress, 0.1, _NAME)
    cross = cross_edges(state.graph.neighbors, state.affinity, parts, num)
    near = _nearest_centroids(sums, share(progress, 0.3, 0.8))
    tell(progress, 0.8, _NAME)
    strong = cross.pairs[cross.largest >= min_affinity]
    keys = distinct(np.concatenate([strong, near]) @ np.array([num, 1]))
    pairs = np.stack([keys // num, keys % num], 1)
    usual = state.usual_similarity
    spaces = [ClusterSimilarity(state.moments, sums, sizes, usual)]
    original, moments = state.original, state.original_moments
    if original is None or moments is None:
        spaces.append(ClusterSimilarity(state.moments, sums, sizes, state.moments.mean))
    else:
        of_original = sums_of_members(members, original)
        spaces.append(ClusterSimilarity(moments, of_original, sizes, moments.mean))
    cluster_features = _cluster_features(state, members, sizes, cross, spaces)
    k, depth = state.affinity.shape[1], cluster_features[:, ClusterFeature.DEPTH]
    of_pairs = pair_features(pairs, PairColumns(sizes, k, cross, spaces, depth), num)
    weights = of_pairs[:, PairFeature.COVERED].copy()
    return ClusterGraph(sizes, pairs, cluster_features, of_pairs, weights)


def _nearest_centroids(sums: Floats, progress: Progress | None) -> Int64:
    if len(sums) < 2:
        return np.empty((0, 2), np.int64)
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    centroids = np.ascontiguousarray(sums / lengths, np.float32)
    count = min(_NEAREST_CENTROIDS, len(sums) - 1)
    b = nearest_neighbors(centroids, count, named(progress, _NAME)).ids.reshape(-1)
    a = np.repeat(np.arange(len(sums)), count)
    return np.stack([np.minimum(a, b), np.maximum(a, b)], 1).astype(np.int64)


def _cluster_features(
    state: NodeState,
    members: Any,
    sizes: Int64,
    cross: CrossEdges,
    spaces: Sequence[ClusterSimilarity],
) -> Float32:
    """In the order of `ClusterFeature`."""
    n = sizes.astype(np.float32)
    best = np.empty(len(state.affinity), np.float32)
    rows = cached_slices(*state.affinity.shape)
    for_slices(lambda block: state.affinity[block].max(1, out=best[block]), rows)
    mass = np.minimum(n - 1, state.affinity.shape[1]) * n
    refined, original = (space.of_clusters().T for space in spaces)
    inside, outside = cross.inside, cross.outside
    columns = [
        np.log(n),
        *refined,
        (members @ state.depth) / n,
        (members @ state.low_density.astype(np.float32)) / n,
        inside / np.maximum(mass, 1),
        np.log1p(outside / n),
        outside / (inside + outside + 1e-3),
        (members @ best) / n,
        *original,
    ]
    return np.stack(columns, 1).astype(np.float32)
