"""Varied cluster graphs for GCN-C, from labeled kNN graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.cluster_graph import cluster_graph
from ..graph.node_state import NodeState
from ..merging.levels import merge_once
from ..merging.linkage import average_linkage
from ..merging.strengths import score_pairs
from ..networks.gcn_c import GCNC
from ..networks.gcn_v import GCNV
from ..networks.settings import Settings
from ..pruning.affinities import node_state
from ..pruning.node_clusters import node_clusters
from .targets import connection_targets
from .train_gcn_c import LabeledClusterGraph
from .variants import LabeledGraph

Int64 = NDArray[np.int64]

# GCN-C meets every τ1 and τ3 that may be chosen later.
_AFFINITIES = (0.4, 0.95)
_STRENGTHS = (0.15, 0.7)


class ScoredState(NamedTuple):
    """A labeled kNN graph after stage 1.

    Attributes:
        state: Result of stage 1.
        labels: Class per node, -1 = unknown, shape (N,).
    """

    state: NodeState
    labels: Int64


class DrawnClusters(NamedTuple):
    """A labeled graph cut into clusters at a threshold drawn at random.

    Attributes:
        scored: The graph.
        parts: Cluster of each node, shape (N,).
        settings: With the thresholds that were drawn.
    """

    scored: ScoredState
    parts: Int64
    settings: Settings


def draw_clusters(
    graphs: Sequence[LabeledGraph], network: GCNV, settings: Settings, rng: np.random.Generator
) -> list[DrawnClusters]:
    """Cuts each graph into pure clusters, each at its own τ1.

    Args:
        graphs: Training graphs.
        network: Trained GCN-V. It may have seen these classes: its few weights read relations,
            which say nothing of a class by name.
        settings: Calibrated for GCN-V.
        rng: Source of τ1.
    """
    drawn: list[DrawnClusters] = []
    for graph in graphs:
        own = replace(settings, min_affinity=float(rng.uniform(*_AFFINITIES)))
        state = node_state(graph.x, graph.relations, network, own)
        drawn.append(
            DrawnClusters(ScoredState(state, graph.labels), node_clusters(state, own), own)
        )
    return drawn


def merge_drawn(
    drawn: Sequence[DrawnClusters], network: GCNC, rng: np.random.Generator
) -> list[DrawnClusters]:
    """Merges the clusters of each graph at its own τ3: the larger clusters that review asks of.

    Args:
        drawn: Result of `draw_clusters`.
        network: GCN-C of a first, short training.
        rng: Source of τ3.

    Returns:
        Those graphs in which more than one cluster is left.
    """
    coarser: list[DrawnClusters] = []
    for scored, parts, own in drawn:
        once = replace(own, min_strength=float(rng.uniform(*_STRENGTHS)))
        labels = merge_once(scored.state, parts, network, once)
        if labels.max() > 0:
            coarser.append(DrawnClusters(scored, labels, own))
    return coarser


def link_drawn(
    drawn: Sequence[DrawnClusters], network: GCNC, rng: np.random.Generator
) -> list[DrawnClusters]:
    """Joins the clusters of each graph once more, as further levels do, each at its own strength.

    Args:
        drawn: Result of `merge_drawn`.
        network: GCN-C of a first, short training.
        rng: Source of that strength.

    Returns:
        Those graphs in which fewer clusters, but more than one, are left.
    """
    coarser: list[DrawnClusters] = []
    for scored, parts, own in drawn:
        pairs, strength = score_pairs(scored.state, parts, network, own)
        least = float(rng.uniform(*_STRENGTHS))
        group = average_linkage(np.bincount(parts), pairs, strength, least)
        if 0 < group.max() < parts.max():
            coarser.append(DrawnClusters(scored, group[parts], own))
    return coarser


def labeled_cluster_graph(drawn: DrawnClusters) -> LabeledClusterGraph:
    """The cluster graph of drawn clusters with the target strength of its pairs."""
    scored, parts, settings = drawn
    graph = cluster_graph(scored.state, parts, settings.min_relation)
    target, known = connection_targets(graph.pairs, parts, scored.labels)
    return LabeledClusterGraph(graph, target, known)
