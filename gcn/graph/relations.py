"""What GCN-V reads: relations between nodes that mean the same for every embedding.

Nothing here depends on D. Similarities are put in units of the set's own spread, and the rest
counts ranks and shared neighbors, so one checkpoint serves any embedding network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runtime.fixed_point import Int16, Rows, fixed, floats
from ..runtime.parallel import cached_slices, for_row_blocks, for_slices
from ..runtime.progress import Progress, share, tell
from .diffusion import diffused_similarity, transition_roots
from .edge_cosines import edge_cosines
from .knn_graph import KNNGraph, in_degrees
from .moments import Moments, random_pair_moments
from .relation_features import NUM_EDGE_FEATURES, NUM_NODE_FEATURES, NodeFeature
from .relations_kernels import (
    NUM_SHARED,
    EdgeTables,
    edge_feature_rows,
    shared_neighbor_rows,
)
from .set_units import SetUnits, row_scale

Float32 = NDArray[np.float32]

_EPS = 1e-6


@dataclass(frozen=True)
class Relations:
    """Per-node and per-edge relations of one kNN graph of N nodes and out-degree k.

    Attributes:
        graph: The kNN graph.
        moments: Random-pair statistics of the embeddings.
        diffused_moments: Random-pair statistics of the embeddings averaged over their neighbors.
        scale: Mean deviation of similarity along a row: the set's local unit.
        broad_root: Square roots of `transition`, in fixed point, shape (N, k).
        sharp_factor: What turns the fourth power of `broad_root` into the roots of a transition of
            a quarter of the width, shape (N,).
        diffused, sharp_diffused: Cosine of embeddings averaged over their neighbors with each
            of the two widths, in fixed point, shape (N, k); 0 in rows that were left out.
        row_mean, diffused_mean: Row means of `similarity` and `diffused`, shape (N,), float32.
        embeddings: Unit rows as they came, before they were refined, in fixed point, (N, D').
        original: Their cosine, in fixed point, shape (N, k).
        original_top, original_mean: Largest and mean of each row of it, shape (N,), float32.
        original_scale: Mean deviation of it along a row.
        original_moments: Random-pair statistics of the embeddings as they came.
        in_degree: How many lists a node stands in, shape (N,), float32.
        node_features: Shape (N, NUM_NODE_FEATURES), float32.
    """

    graph: KNNGraph
    moments: Moments
    diffused_moments: Moments
    scale: float
    broad_root: Int16
    sharp_factor: Float32
    diffused: Int16
    sharp_diffused: Int16
    row_mean: Float32
    diffused_mean: Float32
    embeddings: Int16
    original: Int16
    original_top: Float32
    original_mean: Float32
    original_scale: float
    original_moments: Moments
    in_degree: Float32
    node_features: Float32

    @property
    def z(self) -> Float32:
        """Similarity in random-pair units, compressed, shape (N, k)."""
        return self.moments.z(self.graph.similarity)

    @property
    def transition(self) -> Float32:
        """Edge weights of the graph convolution, shape (N, k); rows sum to 1."""
        return np.square(floats(self.broad_root))


def relations_of(
    x: Rows,
    graph: KNNGraph,
    *,
    moments: Moments | None = None,
    low_density: NDArray[np.bool_] | None = None,
    order: NDArray[np.integer] | None = None,
    progress: Progress | None = None,
    original: Rows | None = None,
    units: SetUnits | None = None,
) -> Relations:
    """Computes everything that GCN-V needs to know about a set, once.

    Args:
        x: Unit rows, shape (N, D); in fixed point they take no memory again.
        graph: Their kNN graph.
        moments: Random-pair statistics of `x`, if they are known.
        low_density: Nodes whose edges GCN-V will be asked about, shape (N,); all if left out.
        order: Nodes with those that share neighbors close together, shape (N,): the order in
            which memory is read; it does not change the result.
        progress: Called with the share done; may raise to cancel.
        original: Unit rows before they were refined, shape (N, D'), likewise; `x` if left out.
        units: Of the set that `x` is a part of; its own if left out.

    Returns:
        The relations; peak memory is one copy of `x` and a few arrays of shape (N, k).
    """
    x = fixed(x)
    order = np.arange(len(x)) if order is None else order
    tell(progress, 0.0, "Relations")
    scale = units.scale if units else row_scale(graph.similarity)
    moments = units.moments if units else moments or random_pair_moments(x)
    broad_root, sharp_factor = transition_roots(graph.similarity, scale)
    asked = np.ones(len(x), bool) if low_density is None else low_density
    diffused, sharp_diffused, diffused_moments = diffused_similarity(
        x, graph, (broad_root, sharp_factor), asked, order, share(progress, 0.1, 0.95)
    )
    in_degree = in_degrees(graph.neighbors).astype(np.float32)
    embeddings = x if original is None else fixed(original)
    as_they_came = edge_cosines(embeddings, graph, order, share(progress, 0.95, 1.0))
    original_moments = moments
    if original is not None:
        original_moments = units.original_moments if units else random_pair_moments(embeddings)
    tops_and_means = _tops_and_means(as_they_came)
    node_features = _node_features(graph, moments, broad_root, in_degree, scale)
    _add_original(node_features, original_moments, tops_and_means)
    return Relations(
        graph=graph,
        moments=moments,
        diffused_moments=units.diffused_moments if units else diffused_moments,
        scale=scale,
        broad_root=broad_root,
        sharp_factor=sharp_factor,
        diffused=diffused,
        sharp_diffused=sharp_diffused,
        row_mean=_tops_and_means(graph.similarity)[1],
        diffused_mean=_tops_and_means(diffused)[1],
        embeddings=embeddings,
        original=as_they_came,
        original_top=tops_and_means[0],
        original_mean=tops_and_means[1],
        original_scale=units.original_scale if units else row_scale(as_they_came),
        original_moments=original_moments,
        in_degree=in_degree,
        node_features=node_features,
    )


def shared_neighbors(relations: Relations, rows: NDArray[np.int64]) -> Float32:
    """Compares the neighbor lists of both ends of each edge that leaves `rows`.

    Args:
        relations: Of the whole set.
        rows: Node ids, shape (R,).

    Returns:
        Shape (R, k, len(SHARED_AT) + 4), float32; `relations_kernels.shared_neighbor_rows` says
        what stands in each column.
    """
    k = relations.graph.neighbors.shape[1]
    counts = np.empty((len(rows), k, NUM_SHARED), np.float32)
    for_row_blocks(shared_neighbor_rows, len(rows), rows, edge_tables(relations), counts)
    return counts


def edge_features(relations: Relations, rows: NDArray[np.int64]) -> Float32:
    """Relational features of the edges that leave `rows`.

    Args:
        relations: Of the whole set.
        rows: Node ids, shape (R,).

    Returns:
        Shape (R, k, NUM_EDGE_FEATURES), float32.
    """
    k = relations.graph.neighbors.shape[1]
    features = np.empty((len(rows), k, NUM_EDGE_FEATURES), np.float32)
    for_row_blocks(edge_feature_rows, len(rows), rows, edge_tables(relations), features)
    return features


def edge_tables(relations: Relations) -> EdgeTables:
    """The arrays that the compiled loops read, for callers with threads of their own."""
    numbers = [1.0 / relations.scale]
    for moments in (relations.moments, relations.diffused_moments, relations.original_moments):
        numbers += [moments.mean, 1.0 / moments.std]
    numbers.append(1.0 / relations.original_scale)
    nodes = [
        relations.graph.similarity[:, 0],
        relations.row_mean,
        relations.diffused_mean,
        relations.original_top,
        relations.original_mean,
        np.log1p(relations.in_degree),
        relations.sharp_factor,
        1.0 / np.log(2.0 + relations.in_degree),
    ]
    return EdgeTables(
        neighbors=relations.graph.neighbors,
        similarity=relations.graph.similarity,
        broad_root=relations.broad_root,
        diffused=relations.diffused,
        sharp_diffused=relations.sharp_diffused,
        original=relations.original,
        nodes=np.stack(nodes, 1).astype(np.float32),
        numbers=np.array(numbers, np.float32),
    )


def _tops_and_means(similarity: Rows) -> Float32:
    """Largest and mean of each row, shape (2, N)."""
    found = np.empty((2, len(similarity)), np.float32)

    def fill(block: slice) -> None:
        rows = floats(similarity[block])
        found[0, block], found[1, block] = rows.max(1), rows.mean(1)

    for_slices(fill, cached_slices(*similarity.shape))
    return found


def _node_features(
    graph: KNNGraph, moments: Moments, broad_root: Int16, in_degree: Float32, scale: float
) -> Float32:
    """All but those of the embeddings as they came, whose columns are left empty."""
    features = np.empty((len(in_degree), NUM_NODE_FEATURES), np.float32)
    degree, tops = np.log1p(in_degree), graph.similarity[:, 0].copy()

    def fill(block: slice) -> None:
        similarity, neighbors = graph.similarity[block], graph.neighbors[block]
        transition = np.square(floats(broad_root[block]))
        k = similarity.shape[1]
        entropy = -(transition * np.log(transition + _EPS)).sum(1) / max(np.log(k), 1.0)
        # Maximum-likelihood estimate of the local intrinsic dimension.
        distance = 1.0 - similarity + 1e-4
        inverse_dimension = -np.log(distance / distance[:, -1:]).mean(1)
        columns = [
            *(moments.z(similarity[:, min(rank, k - 1)]) for rank in (0, 4, 9, 19, 39)),
            moments.z(similarity[:, -1]),
            tops[block],
            similarity.mean(1),
            (tops[block] - similarity[:, -1]) / scale,
            entropy,
            np.log1p(1.0 / np.maximum(inverse_dimension, 1e-3)),
            degree[block],
            degree[block] - (transition * degree[neighbors]).sum(1),
            (tops[block] - (transition * tops[neighbors]).sum(1)) / scale,
        ]
        features[block, : len(columns)] = np.stack(columns, 1)

    for_slices(fill, cached_slices(*graph.neighbors.shape))
    return features


def _add_original(features: Float32, moments: Moments, tops_and_means: Float32) -> None:
    """Fills the columns of the embeddings as they came."""
    first, mean = tops_and_means
    features[:, NodeFeature.ORIGINAL_FIRST_Z] = moments.z(first)
    features[:, NodeFeature.ORIGINAL_MEAN_Z] = moments.z(mean)
    features[:, NodeFeature.ORIGINAL_FIRST] = first
    features[:, NodeFeature.ORIGINAL_MEAN] = mean
