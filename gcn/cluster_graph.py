"""The graph of clusters: which clusters may be one, and what is known about each such pair."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .cluster_graph_kernels import merge_edges, sort_edges, sum_edges
from .cluster_similarity import Similarities, both_sides, cluster_similarities
from .graph import KNNGraph
from .knn import nearest_neighbors
from .moments import Moments

Float32 = NDArray[np.float32]
Floats = NDArray[np.floating]
Int64 = NDArray[np.int64]

NUM_CLUSTER_FEATURES = 13
NUM_PAIR_FEATURES = 29

COMPRESSED_CLUSTER_COLUMNS = (1, 10)
"""Cluster features in the unit of `Moments.z`."""
RAW_CLUSTER_COLUMNS = (2, 3, 11, 12)
"""Cluster features that are cosines."""
COMPRESSED_PAIR_COLUMNS = (0, 24)
"""Pair features in the unit of `Moments.z`."""
RAW_PAIR_COLUMNS = (1, 2, 25, 26)
"""Pair features that are cosines."""

_NEAREST_CENTROIDS = 8
_NEGLIGIBLE = 0.02
_RANK_SCALE = np.float32(1.0 / np.log(81.0))


class NodeState(NamedTuple):
    """What stage 1 knows about the N nodes; it stays the same on every level.

    Attributes:
        x: Unit rows, shape (N, D), float32.
        graph: The first kNN graph.
        moments: Random-pair statistics of `x`.
        affinity: Symmetric affinity p̃, shape (N, k), float32.
        depth: Node affinity ĉ, shape (N,), float32.
        low_density: Nodes that GCN-V evaluated, shape (N,), bool.
        identical: Edges between images that are the same, shape (N, k), bool.
        original: Unit rows before they were refined, shape (N, D'); None where `x` never was.
        original_moments: Random-pair statistics of those.
    """

    x: Float32
    graph: KNNGraph
    moments: Moments
    affinity: Float32
    depth: Float32
    low_density: NDArray[np.bool_]
    identical: NDArray[np.bool_]
    original: Float32 | None = None
    original_moments: Moments | None = None


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


class _Cross(NamedTuple):
    """Edges of the kNN graph between two clusters, gathered by cluster pair."""

    pairs: Int64
    number: Floats
    total: Floats
    largest: Floats
    top3: Floats


def cluster_graph(state: NodeState, parts: Int64, min_affinity: float) -> ClusterGraph:
    """Builds the graph of the clusters `parts`.

    Two clusters are joined if some kNN edge between them has an affinity of at least
    `min_affinity`, or one is among the 8 nearest centroids of the other.

    Source: patent application CN115331039A, claims 3 and 7; the relation graph there.

    Args:
        state: Result of stage 1, N nodes.
        parts: Cluster id per node, 0..M-1 without gaps, shape (N,).
        min_affinity: The second threshold τ2.

    Returns:
        The graph and its feature matrices.
    """
    sizes = np.bincount(parts)
    num = len(sizes)
    members = csr_array(
        (np.ones(len(parts), np.float32), (parts, np.arange(len(parts)))), (num, len(parts))
    )
    sums = members @ state.x  # (M, D)
    cross, inside, outside = _gather(state, parts, sizes)
    near = _nearest_centroids(sums)
    strong = cross.pairs[cross.largest >= min_affinity]
    keys = np.unique(np.concatenate([strong, near]) @ np.array([num, 1]))
    pairs = np.stack([keys // num, keys % num], 1)
    usual = float(state.graph.similarity.mean())
    refined = cluster_similarities(state.moments, sums, sizes, pairs, usual)
    original, moments = state.original, state.original_moments
    if original is not None and moments is not None:
        sums = members @ original
    else:
        moments = state.moments
    as_they_came = cluster_similarities(moments, sums, sizes, pairs, moments.mean)
    columns = _cluster_features(state, members, sizes, inside, outside, refined)
    cluster_features = np.concatenate([columns, as_they_came.of_clusters], 1)
    columns, weights = _pair_features(
        state, sizes, pairs, cross, inside, outside, refined, cluster_features
    )
    pair_features = np.concatenate([columns, as_they_came.of_pairs], 1)
    return ClusterGraph(sizes, pairs, cluster_features, pair_features, weights)


def _gather(state: NodeState, parts: Int64, sizes: Int64) -> tuple[_Cross, Floats, Floats]:
    """Sums affinities inside clusters, out of clusters, and over each pair of clusters."""
    num = len(sizes)
    inside, outside = np.zeros(num), np.zeros(num)
    starts = np.zeros(num + 1, np.int64)
    edges = (state.graph.neighbors, state.affinity, parts.astype(np.int32), _NEGLIGIBLE)
    sum_edges(*edges, inside, outside, starts)
    np.cumsum(starts, out=starts)
    larger, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    sort_edges(*edges, starts[:-1].copy(), larger, values)
    # Pages that no pair is written to take no memory.
    pairs, sums = np.empty((starts[-1], 2), np.int32), np.empty((starts[-1], 4), np.float32)
    found = merge_edges(starts, larger, values, pairs, sums)
    number, total, largest, top3 = sums[:found].T
    cross = _Cross(pairs[:found].astype(np.int64), number, total, largest, top3)
    return cross, inside.astype(np.float32), outside.astype(np.float32)


def _nearest_centroids(sums: Floats) -> Int64:
    if len(sums) < 2:
        return np.empty((0, 2), np.int64)
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    centroids = np.ascontiguousarray(sums / lengths, np.float32)
    count = min(_NEAREST_CENTROIDS, len(sums) - 1)
    b = nearest_neighbors(centroids, count).ids.reshape(-1)
    a = np.repeat(np.arange(len(sums)), count)
    return np.stack([np.minimum(a, b), np.maximum(a, b)], 1).astype(np.int64)


def _cluster_features(
    state: NodeState,
    members: Any,
    sizes: Int64,
    inside: Floats,
    outside: Floats,
    similarities: Similarities,
) -> Float32:
    n = sizes.astype(np.float32)
    best = state.affinity.max(1)
    mass = np.minimum(n - 1, state.affinity.shape[1]) * n
    columns = [
        np.log(n),
        *similarities.of_clusters.T,
        (members @ state.depth) / n,
        (members @ state.low_density.astype(np.float32)) / n,
        inside / np.maximum(mass, 1),
        np.log1p(outside / n),
        outside / (inside + outside + 1e-3),
        (members @ best) / n,
    ]
    return np.stack(columns, 1).astype(np.float32)


def _pair_features(
    state: NodeState,
    sizes: Int64,
    pairs: Int64,
    cross: _Cross,
    inside: Floats,
    outside: Floats,
    similarities: Similarities,
    cluster_features: Float32,
) -> tuple[Float32, Float32]:
    num, k = len(sizes), state.affinity.shape[1]
    p, q = pairs[:, 0], pairs[:, 1]
    n = sizes.astype(np.float32)
    count, total, largest, top3 = _align(pairs, cross, num)
    possible = n[p] * np.minimum(k, n[q]) + n[q] * np.minimum(k, n[p])
    covered = total / possible
    flow = inside + outside + np.float32(1e-3)
    columns = [
        *similarities.of_pairs.T,
        largest,
        top3,
        total / np.maximum(count, 1),
        np.log1p(count),
        covered,
        np.sqrt(covered),
        count / possible,
        *both_sides(total / flow[p], total / flow[q]),
        *both_sides(total / (outside[p] + 1e-3), total / (outside[q] + 1e-3)),
        *both_sides(*_ranks(pairs, covered, num)),
        *both_sides(*_ranks(pairs, similarities.of_pairs[:, 1], num)),
        *both_sides(np.log(n[p]), np.log(n[q])),
        *both_sides(cluster_features[p, 4], cluster_features[q, 4]),
    ]
    return np.stack(columns, 1).astype(np.float32), covered.astype(np.float32)


def _align(pairs: Int64, cross: _Cross, num: int) -> list[Floats]:
    """Looks up the gathered edges of each pair; pairs without any get zeros."""
    if not len(cross.pairs):
        return [np.zeros(len(pairs), np.float32) for _ in range(4)]
    keys = cross.pairs @ np.array([num, 1])
    wanted = pairs @ np.array([num, 1])
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = keys[at] == wanted
    columns = (cross.number, cross.total, cross.largest, cross.top3)
    return [np.where(found, column[at], np.float32(0)) for column in columns]


def _ranks(pairs: Int64, value: Floats, num: int) -> tuple[Float32, Float32]:
    """Compressed rank of each pair among the pairs of either side, 0 for the largest value."""
    ends = pairs.T.reshape(-1)
    both = np.concatenate([value, value])
    order = np.lexsort((-both, ends))
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=num))])
    # Equal values of one cluster share the first of their ranks.
    ordered = np.stack([ends[order], both[order]])
    fresh = np.ones(len(ends), bool)
    fresh[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(0)
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(ends)), 0))
    rank = np.empty(len(ends), np.float32)
    rank[order] = first - starts[ends[order]]
    rank = np.log1p(rank) * _RANK_SCALE
    return rank[: len(pairs)], rank[len(pairs) :]
