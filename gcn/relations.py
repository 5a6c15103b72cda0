"""What GCN-V reads: relations between nodes that mean the same for every embedding.

Nothing here depends on D. Similarities are put in units of the set's own spread, and the rest
counts ranks and shared neighbors, so one checkpoint serves any embedding network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import KNNGraph
from .moments import Moments, random_pair_moments
from .parallel import for_row_blocks
from .relations_kernels import SHARED_AT, diffuse_rows, edge_dots, shared_neighbor_rows

Float32 = NDArray[np.float32]

NUM_NODE_FEATURES = 14
NUM_EDGE_FEATURES = 22 + len(SHARED_AT)

COMPRESSED_NODE_COLUMNS = (0, 1, 2, 3, 4, 5)
"""Node features in the unit of `Moments.z`."""
RAW_NODE_COLUMNS = (6, 7)
"""Node features that are cosines."""
COMPRESSED_EDGE_COLUMNS = (1, 3, 16)
"""Edge features in the unit of `Moments.z`."""
RAW_EDGE_COLUMNS = (0, 2, 17, 18)
"""Edge features that are cosines."""

_EPS = 1e-6
_MIN_SCALE = 1e-3
_RANK_SCALE = np.float32(1.0 / np.log(81.0))
_BROAD, _SHARP = 1.0, 0.25


@dataclass(frozen=True)
class Relations:
    """Per-node and per-edge relations of one kNN graph of N nodes and out-degree k.

    Attributes:
        graph: The kNN graph.
        moments: Random-pair statistics of the embeddings.
        scale: Mean deviation of similarity along a row: the set's local unit.
        z: Similarity in random-pair units, compressed, shape (N, k), float32.
        original: Cosine of the embeddings as they came, shape (N, k), float32.
        original_z: The same in its own random-pair units, compressed, shape (N, k).
        transition: Edge weights of the graph convolution, shape (N, k), float32, rows sum to 1.
        broad_root, sharp_root: Square roots of transition rows of two widths, shape (N, k).
        diffused, sharp_diffused: Cosine of embeddings averaged over their neighbors with each
            of the two widths, shape (N, k), float32.
        diffused_z: `diffused` in its own random-pair units, compressed, shape (N, k).
        row_mean, diffused_mean: Row means of `similarity` and `diffused`, shape (N,), float32.
        in_degree: How many lists a node stands in, shape (N,), float32.
        node_features: Shape (N, NUM_NODE_FEATURES), float32.
    """

    graph: KNNGraph
    moments: Moments
    scale: float
    z: Float32
    original: Float32
    original_z: Float32
    transition: Float32
    broad_root: Float32
    sharp_root: Float32
    diffused: Float32
    sharp_diffused: Float32
    diffused_z: Float32
    row_mean: Float32
    diffused_mean: Float32
    in_degree: Float32
    node_features: Float32


def relations_of(x: Float32, graph: KNNGraph, original: Float32 | None = None) -> Relations:
    """Computes everything that GCN-V needs to know about a set, once.

    Args:
        x: Unit rows, shape (N, D), float32.
        graph: Their kNN graph.
        original: Unit rows before they were refined, shape (N, D'); `x` if left out.

    Returns:
        The relations; peak memory is one copy of `x` and a few arrays of shape (N, k).
    """
    similarity = graph.similarity
    scale = max(float(similarity.std(1).mean()), _MIN_SCALE)
    moments = random_pair_moments(x)
    broad, sharp = (_transition(similarity, scale * width) for width in (_BROAD, _SHARP))
    diffused, diffused_moments = _diffused_similarity(x, graph, broad)
    sharp_diffused, _ = _diffused_similarity(x, graph, sharp)
    in_degree = np.bincount(graph.neighbors.ravel(), minlength=len(x)).astype(np.float32)
    z = moments.z(similarity)
    raw, raw_z = similarity, z
    if original is not None:
        raw = edge_cosines(original, graph)
        raw_z = random_pair_moments(original).z(raw)
    return Relations(
        graph=graph,
        moments=moments,
        scale=scale,
        z=z,
        original=raw,
        original_z=raw_z,
        transition=broad,
        broad_root=np.sqrt(broad),
        sharp_root=np.sqrt(sharp),
        diffused=diffused,
        sharp_diffused=sharp_diffused,
        diffused_z=diffused_moments.z(diffused),
        row_mean=similarity.mean(1),
        diffused_mean=diffused.mean(1),
        in_degree=in_degree,
        node_features=_node_features(graph, z, broad, in_degree, scale),
    )


def diffuse(x: Float32, neighbors: NDArray[np.int32], transition: Float32) -> Float32:
    """Averages each row with its neighbors' rows, half and half: a parameter-free convolution.

    Args:
        x: Unit rows, shape (N, D).
        neighbors: Shape (N, k).
        transition: Weights of the neighbors, shape (N, k), rows sum to 1.

    Returns:
        Unit rows, shape (N, D), float32.
    """
    smoothed = np.empty_like(x)
    for_row_blocks(diffuse_rows, len(x), x, neighbors, transition, smoothed)
    return smoothed


def edge_cosines(x: Float32, graph: KNNGraph) -> Float32:
    """Inner products of the unit rows `x` along the edges of a graph, shape (N, k), float32."""
    dots = np.empty_like(graph.similarity)
    for_row_blocks(edge_dots, len(x), x, graph.neighbors, dots)
    return dots


def shared_neighbors(relations: Relations, rows: NDArray[np.int64]) -> Float32:
    """Compares the neighbor lists of both ends of each edge that leaves `rows`.

    Args:
        relations: Of the whole set.
        rows: Node ids, shape (R,).

    Returns:
        Shape (R, k, len(SHARED_AT) + 4), float32; `relations_kernels.shared_neighbor_rows` says
        what stands in each column.
    """
    graph = relations.graph
    counts = np.empty((len(rows), graph.neighbors.shape[1], len(SHARED_AT) + 4), np.float32)
    rare_weight = (1.0 / np.log(2.0 + relations.in_degree)).astype(np.float32)
    for_row_blocks(
        shared_neighbor_rows,
        len(rows),
        rows,
        graph.neighbors,
        relations.broad_root,
        relations.sharp_root,
        rare_weight,
        counts,
    )
    return counts


def edge_features(relations: Relations, rows: NDArray[np.int64]) -> Float32:
    """Relational features of the edges that leave `rows`.

    Args:
        relations: Of the whole set.
        rows: Node ids, shape (R,).

    Returns:
        Shape (R, k, NUM_EDGE_FEATURES), float32.
    """
    counts = shared_neighbors(relations, rows)
    graph = relations.graph
    neighbors = graph.neighbors[rows]  # (R, k)
    s = graph.similarity[rows]
    k = s.shape[1]
    unit = np.float32(1.0 / relations.scale)
    means, diffused_means = relations.row_mean, relations.diffused_mean
    tops = graph.similarity[:, 0]
    reverse_rank = counts[..., -1]
    broad_overlap, sharp_overlap, rare = (counts[..., c] for c in (-4, -3, -2))
    diffused = relations.diffused[rows]
    log_degree = np.log1p(relations.in_degree)
    ranks = np.broadcast_to(np.arange(k, dtype=np.float32), s.shape)
    columns = [
        s,
        relations.z[rows],
        relations.original[rows],
        relations.original_z[rows],
        (s - tops[rows, None]) * unit,
        (s - tops[neighbors]) * unit,
        (s - means[rows, None]) * unit,
        (s - means[neighbors]) * unit,
        np.log1p(ranks) * _RANK_SCALE,
        np.log1p(reverse_rank) * _RANK_SCALE,
        (reverse_rank < k).astype(np.float32),
        broad_overlap,
        sharp_overlap,
        broad_overlap - broad_overlap.mean(1, keepdims=True),
        sharp_overlap - sharp_overlap.mean(1, keepdims=True),
        rare,
        relations.diffused_z[rows],
        relations.sharp_diffused[rows],
        diffused,
        (diffused - diffused_means[rows, None]) * unit,
        (diffused - diffused_means[neighbors]) * unit,
        log_degree[neighbors] - log_degree[rows, None],
    ]
    return np.concatenate([np.stack(columns, -1), counts[..., : len(SHARED_AT)]], -1)


def _transition(similarity: Float32, width: float) -> Float32:
    weights = np.exp((similarity - similarity[:, :1]) / np.float32(width))
    return weights / weights.sum(1, keepdims=True)


def _diffused_similarity(
    x: Float32, graph: KNNGraph, transition: Float32
) -> tuple[Float32, Moments]:
    smoothed = diffuse(x, graph.neighbors, transition)
    return edge_cosines(smoothed, graph), random_pair_moments(smoothed)


def _node_features(
    graph: KNNGraph, z: Float32, transition: Float32, in_degree: Float32, scale: float
) -> Float32:
    similarity = graph.similarity
    k = similarity.shape[1]
    entropy = -(transition * np.log(transition + _EPS)).sum(1) / max(np.log(k), 1.0)
    # Maximum-likelihood estimate of the local intrinsic dimension.
    distance = 1.0 - similarity + 1e-4
    inverse_dimension = -np.log(distance / distance[:, -1:]).mean(1)
    tops = similarity[:, 0]
    degree = np.log1p(in_degree)
    columns = [
        *(z[:, min(rank, k - 1)] for rank in (0, 4, 9, 19, 39)),
        z[:, -1],
        tops,
        similarity.mean(1),
        (tops - similarity[:, -1]) / scale,
        entropy,
        np.log1p(1.0 / np.maximum(inverse_dimension, 1e-3)),
        degree,
        degree - (transition * degree[graph.neighbors]).sum(1),
        (tops - (transition * tops[graph.neighbors]).sum(1)) / scale,
    ]
    return np.stack(columns, 1).astype(np.float32)
