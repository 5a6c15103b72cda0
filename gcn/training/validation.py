"""Calibrates a trained model, and says how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..clustering.cluster import cluster
from ..evaluation.metrics import evaluate
from ..merging.levels import merge_levels, merge_once
from ..networks.calibration import expected_calibration_error, fit_calibration
from ..networks.checkpoint import Model
from ..networks.gcn_c import GCNC, predict_connection
from ..networks.gcn_v import GCNV
from ..networks.settings import Settings
from ..pruning.node_clusters import node_clusters
from .cluster_variants import DrawnClusters, ScoredState, labeled_cluster_graph
from .splits import LabeledSet
from .train_gcn_c import strength_weights
from .train_gcn_v import affinity_logits
from .variants import LabeledGraph

Float32 = NDArray[np.float32]


def calibrate_affinity(
    network: GCNV, graphs: Sequence[LabeledGraph], settings: Settings
) -> Settings:
    """Fits the calibration of GCN-V on labeled graphs; each weighs the same."""
    return replace(settings, affinity=fit_calibration(*_pooled_affinity(network, graphs)))


def affinity_error(network: GCNV, graphs: Sequence[LabeledGraph], settings: Settings) -> float:
    """Expected calibration error of the affinity, in [0, 1]."""
    logits, targets, weights = _pooled_affinity(network, graphs)
    return expected_calibration_error(settings.affinity.probability(logits), targets, weights)


def calibrate_strength(
    network: GCNC, states: Sequence[ScoredState], settings: Settings
) -> Settings:
    """Fits the calibration of GCN-C on the clusters that the settings make."""
    return replace(settings, strength=fit_calibration(*_pooled_strength(network, states, settings)))


def strength_error(network: GCNC, states: Sequence[ScoredState], settings: Settings) -> float:
    """Expected calibration error of the connection strength, in [0, 1]."""
    logits, targets, weights = _pooled_strength(network, states, settings)
    return expected_calibration_error(settings.strength.probability(logits), targets, weights)


def validation_scores(
    states: Sequence[ScoredState], network: GCNC, settings: Settings
) -> list[dict[str, float | int]]:
    """Scores of the clusters that both networks make of each labeled graph."""
    found: list[dict[str, float | int]] = []
    for scored in states:
        parts = node_clusters(scored.state, settings)
        labels = merge_levels(scored.state, parts, network, settings)
        found.append(evaluate(scored.labels, labels).as_dict())
    return found


def clustering_scores(model: Model, sets: Sequence[LabeledSet]) -> list[dict[str, float | int]]:
    """Scores of a model in use, with first and second looks of its own, on each labeled set."""
    return [evaluate(labels, cluster(x, model).labels).as_dict() for x, labels in sets]


def _pooled_affinity(
    network: GCNV, graphs: Sequence[LabeledGraph]
) -> tuple[Float32, Float32, Float32]:
    pairs = [affinity_logits(network, graph) for graph in graphs]
    weights = [np.full(len(a), 1.0 / max(len(a), 1), np.float32) for a, _ in pairs]
    return (
        np.concatenate([logits for logits, _ in pairs]),
        np.concatenate([targets for _, targets in pairs]),
        np.concatenate(weights),
    )


def _pooled_strength(
    network: GCNC, states: Sequence[ScoredState], settings: Settings
) -> tuple[Float32, Float32, Float32]:
    logits, targets, weights = ([np.empty(0, np.float32)] for _ in range(3))
    for scored in states:
        parts = node_clusters(scored.state, settings)
        for clusters in (parts, merge_once(scored.state, parts, network, settings)):
            labeled = labeled_cluster_graph(DrawnClusters(scored, clusters, settings))
            known = labeled.known
            weight = strength_weights(labeled.graph)[known]
            logits.append(predict_connection(network, labeled.graph)[known])
            targets.append(labeled.target[known])
            weights.append(weight / max(float(weight.sum()), 1e-12))
    return np.concatenate(logits), np.concatenate(targets), np.concatenate(weights)
