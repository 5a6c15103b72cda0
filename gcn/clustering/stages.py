"""The two stages between a kNN graph and clusters, as training and clustering both run them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.cluster_graph import ClusterGraph, NodeState, cluster_graph
from ..cluster_graph.pair_features import PairFeature
from ..graph.edge_cosines import identical_edges
from ..graph.knn_graph import KNNGraph
from ..graph.moments import Moments
from ..graph.relations import Relations
from ..merging.cluster_flow import cluster_flow
from ..merging.merge import merge_clusters
from ..networks.gcn_c import GCNC, predict_connection
from ..networks.gcn_v import GCNV
from ..networks.gcn_v_inference import predict_affinity
from ..networks.settings import Settings
from ..pruning.affinity import copy_reverse_edges, node_affinity, symmetric_affinity
from ..pruning.dense_part import MANY_ROWS, find_dense_part
from ..pruning.density import low_density_nodes, node_density
from ..pruning.pruning import density_forest, edge_pairs, prune_edges, pure_clusters
from ..runtime.fixed_point import Rows
from ..runtime.parallel import cached_slices, for_slices
from ..runtime.progress import Progress, share

Int64 = NDArray[np.int64]

MERGING = "GCN-C and merging"
"""What the second stage is called."""

NO_PAIRS: Int64 = np.empty((0, 2), np.int64)


class ScoredClusters(NamedTuple):
    """Clusters with what GCN-C says of their related pairs.

    Attributes:
        clusters: Cluster ids from 0 without gaps, shape (N,), int64.
        pairs: Pairs P < Q, each once, in order, shape (E, 2), int64.
        strength: Connection strength in [0, 1], shape (E,), float32.
    """

    clusters: Int64
    pairs: Int64
    strength: NDArray[np.float32]


def low_density(graph: KNNGraph, moments: Moments, settings: Settings) -> NDArray[np.bool_]:
    """Marks the nodes that GCN-V evaluates.

    Args:
        graph: The kNN graph of N nodes.
        moments: Random-pair statistics of its embeddings.
        settings: r and the quantile of density.

    Returns:
        True for low-density nodes, shape (N,).
    """
    if settings.density_quantile >= 1.0:
        return np.ones(len(graph.similarity), bool)
    d = node_density(graph.similarity, moments.z, settings.min_similarity)
    return low_density_nodes(d, settings.density_quantile)


def node_state(
    x: Rows,
    relations: Relations,
    network: GCNV,
    settings: Settings,
    order: NDArray[np.integer] | None = None,
    progress: Progress | None = None,
) -> NodeState:
    """Stage 1: affinities of all edges and nodes.

    Low-density nodes go through GCN-V; an edge between two dense nodes gets the calibrated
    probability of its similarity. Where the settings call all nodes of low density, a large set
    is looked at for an empirical value of its own.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
        relations: Of their kNN graph.
        network: GCN-V in evaluation mode.
        settings: Calibrations, r and the quantile of density.
        order: All nodes in the order in which memory is read, shape (N,); it does not change
            the result.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The state of all nodes.
    """
    graph = relations.graph
    low = low_density(graph, relations.moments, settings)
    scored, probability = _probability(network, relations, settings, low, order, progress)
    affinity = symmetric_affinity(probability, graph.neighbors, order, in_place=True)
    identical = identical_edges(
        relations.embeddings, graph.neighbors, relations.original, relations.original_moments.mean
    )
    depth = np.empty(len(low), np.float32)

    def settle(block: slice) -> None:
        part, similarity = affinity[block], graph.similarity[block]
        part[relations.moments.z(similarity) < settings.min_pair_similarity] = 0.0
        part[identical[block]] = 1.0
        depth[block] = node_affinity(part, similarity)

    for_slices(settle, cached_slices(*graph.similarity.shape))
    return NodeState(
        x,
        graph,
        relations.moments,
        affinity,
        depth,
        low,
        scored,
        identical,
        relations.embeddings,
        relations.original_moments,
    )


def _probability(
    network: GCNV,
    relations: Relations,
    settings: Settings,
    low: NDArray[np.bool_],
    order: NDArray[np.integer] | None,
    progress: Progress | None,
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which nodes GCN-V scored, and of each edge how likely both ends are of one class."""
    graph, scored, dense_affinity = relations.graph, low, settings.dense_affinity
    probability = np.empty_like(graph.similarity)
    if low.all() and len(low) >= MANY_ROWS:
        part = find_dense_part(network, relations, settings, probability)
        if part is not None:
            scored, dense_affinity = part.low_density, part.affinity
    rows = np.flatnonzero(scored) if order is None else order[scored[order]]
    predict_affinity(network, relations, rows, probability, progress)

    def calibrate(block: slice) -> None:
        here, logits = scored[block], probability[block]
        logits[here] = settings.affinity.probability(logits[here])
        if not here.all():
            z = relations.moments.z(graph.similarity[block][~here])
            logits[~here] = dense_affinity.probability(z)

    for_slices(calibrate, cached_slices(*graph.similarity.shape))
    if not scored.all():
        copy_reverse_edges(probability, graph.neighbors, ~scored, scored)
    return scored, probability


def node_clusters(
    state: NodeState,
    settings: Settings,
    must_link: Int64 = NO_PAIRS,
    cannot_link: Int64 = NO_PAIRS,
) -> Int64:
    """Prunes the graph at τ1 and numbers the pure clusters that remain.

    Args:
        state: Result of `node_state`.
        settings: τ1.
        must_link: Row pairs that belong together, shape (M, 2).
        cannot_link: Row pairs that stay apart, shape (L, 2).

    Returns:
        Pure cluster of each node, from 0 without gaps, shape (N,), int64.
    """
    kept = prune_edges(state.affinity, settings.min_affinity)
    forest = density_forest(state.graph, state.affinity, kept, state.depth)
    return pure_clusters(edge_pairs(state.graph, state.identical), forest, must_link, cannot_link)


def connection_strength(
    graph: ClusterGraph, network: GCNC, settings: Settings, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Connection strength q of each cluster pair, calibrated, shape (E,), in [0, 1].

    Pairs less similar than the settings ask for have none.
    """
    logits = predict_connection(network, graph, progress)
    strength = settings.strength.probability(logits)
    similarity = graph.pair_features[:, PairFeature.SIMILARITY_Z]
    strength[similarity < settings.min_pair_similarity] = 0.0
    return strength


def first_level(
    state: NodeState,
    parts: Int64,
    network: GCNC,
    settings: Settings,
    cannot_link: Int64 = NO_PAIRS,
    progress: Progress | None = None,
) -> Int64:
    """Scores the pairs of the cluster graph and merges along those above τ3, once.

    Args:
        state: Result of `node_state`.
        parts: Pure clusters, shape (N,).
        network: GCN-C in evaluation mode.
        settings: τ2 and τ3.
        cannot_link: Row pairs that stay apart, shape (L, 2).
        progress: Called with the share done; may raise to cancel.

    Returns:
        Cluster ids from 0 without gaps, shape (N,), int64.
    """
    scored = scored_clusters(state, parts, network, settings, share(progress, 0.0, 0.7))
    return merged(state, scored, settings, cannot_link, progress=share(progress, 0.7, 1.0))


def scored_clusters(
    state: NodeState,
    clusters: Int64,
    network: GCNC,
    settings: Settings,
    progress: Progress | None = None,
) -> ScoredClusters:
    """Clusters together with what `score_pairs` gives for them."""
    return ScoredClusters(clusters, *score_pairs(state, clusters, network, settings, progress))


def merged(
    state: NodeState,
    scored: ScoredClusters,
    settings: Settings,
    cannot_link: Int64 = NO_PAIRS,
    anchor: Int64 | None = None,
    progress: Progress | None = None,
) -> Int64:
    """Merges scored clusters along the flow between them.

    Args:
        state: Result of `node_state`.
        scored: Pure clusters with the strength of their pairs.
        settings: τ3.
        cannot_link: Row pairs that stay apart, shape (L, 2).
        anchor: Where each cluster is and stays, as in `merge_clusters`.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Cluster ids from 0 without gaps, shape (N,), int64.
    """
    parts, pairs, strength = scored
    inside, between = cluster_flow(
        state.graph.neighbors, state.affinity, parts, pairs, strength, settings.min_strength
    )
    return merge_clusters(inside, pairs, between, parts[cannot_link], anchor, progress)[parts]


def score_pairs(
    state: NodeState,
    labels: Int64,
    network: GCNC,
    settings: Settings,
    progress: Progress | None = None,
) -> tuple[Int64, NDArray[np.float32]]:
    """Connection strength of the related pairs of clusters, without merging any.

    Args:
        state: Result of `node_state`.
        labels: Cluster ids from 0 without gaps, shape (N,).
        network: GCN-C in evaluation mode.
        settings: τ2 and the calibration of GCN-C.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Pairs P < Q, each once, in order, shape (E, 2), int64; their strength in [0, 1], shape (E,).
    """
    graph = cluster_graph(state, labels, settings.min_relation, share(progress, 0.0, 0.8))
    scoring = share(progress, 0.8, 1.0)
    return graph.pairs, connection_strength(graph, network, settings, scoring)
