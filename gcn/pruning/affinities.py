"""Affinities of all edges: by GCN-V where density is low, by similarity elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..graph.edge_cosines import identical_edges
from ..graph.knn_graph import KNNGraph
from ..graph.moments import Moments
from ..graph.node_state import NodeState
from ..graph.relations import Relations
from ..networks.gcn_v import GCNV
from ..networks.gcn_v_inference import predict_affinity
from ..networks.settings import Settings
from ..runtime.fixed_point import Rows
from ..runtime.parallel import cached_slices, for_slices
from ..runtime.progress import Progress
from .affinity import copy_reverse_edges, node_affinity, symmetric_affinity
from .dense_part import MANY_ROWS, find_dense_part
from .density import low_density_nodes, node_density


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
        x=x,
        graph=graph,
        moments=relations.moments,
        affinity=affinity,
        depth=depth,
        low_density=low,
        scored=scored,
        identical=identical,
        original=relations.embeddings,
        original_moments=relations.original_moments,
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
