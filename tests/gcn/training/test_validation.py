from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.networks.checkpoint import Model, load_model
from gcn.networks.settings import Calibration
from gcn.pruning.affinities import node_state
from gcn.training.cluster_variants import ScoredState
from gcn.training.validation import (
    affinity_error,
    calibrate_affinity,
    calibrate_strength,
    strength_error,
    validation_scores,
)
from gcn.training.variants import LabeledGraph, labeled_graph


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def graph() -> LabeledGraph:
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(12), 10)
    x = unit_rows(rng.normal(size=(12, 24))[labels] + 0.9 * rng.normal(size=(120, 24)))
    return labeled_graph(x, labels, 30)


def scored(graph: LabeledGraph, model: Model) -> ScoredState:
    state = node_state(graph.x, graph.relations, model.gcn_v, model.settings)
    return ScoredState(state, graph.labels)


def test_calibration_lowers_the_error_of_the_affinity(model: Model, graph: LabeledGraph) -> None:
    skewed = replace(model.settings, affinity=Calibration(1.0, 4.0))
    before = affinity_error(model.gcn_v, [graph], skewed)
    mended = calibrate_affinity(model.gcn_v, [graph], skewed)
    assert affinity_error(model.gcn_v, [graph], mended) < 0.5 * before


def test_calibration_lowers_the_error_of_the_strength(model: Model, graph: LabeledGraph) -> None:
    states = [scored(graph, model)]
    skewed = replace(model.settings, strength=Calibration(1.0, 6.0))
    mended = calibrate_strength(model.gcn_c, states, skewed)
    before = strength_error(model.gcn_c, states, skewed)
    assert strength_error(model.gcn_c, states, mended) < before


def test_scores_are_one_per_graph(model: Model, graph: LabeledGraph) -> None:
    found = validation_scores([scored(graph, model)] * 2, model.gcn_c, model.settings)
    assert len(found) == 2
    assert found[0] == found[1]
    assert found[0]["n_classes"] == 12
