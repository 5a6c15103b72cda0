"""Clusters drawn from labeled graphs, to teach GCN-C."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gcn.evaluation.metrics import evaluate
from gcn.graph.knn_graph import knn_graph_of_unit_rows
from gcn.graph.moments import random_pair_moments
from gcn.graph.node_state import NodeState
from gcn.networks.gcn_c import GCNC, predict_connection
from gcn.networks.gcn_v import GCNV
from gcn.networks.settings import Calibration, Settings
from gcn.pruning.affinities import node_state
from gcn.pruning.affinity import node_affinity
from gcn.pruning.node_clusters import node_clusters
from gcn.training.cluster_variants import (
    DrawnClusters,
    ScoredState,
    draw_clusters,
    labeled_cluster_graph,
    link_drawn,
    merge_drawn,
)
from gcn.training.variants import LabeledGraph, labeled_graph

from ..conftest import MakeBlobs

SETTINGS = Settings(k=12, affinity=Calibration(4.0, 2.0), strength=Calibration(8.0, 0.0))


@pytest.fixture(scope="module")
def graphs(make_blobs: MakeBlobs) -> list[LabeledGraph]:
    blobs = [make_blobs(sizes=(20, 15, 10), dim=16, noise=0.8, seed=seed) for seed in range(6)]
    return [labeled_graph(each.embeddings, each.labels, 12) for each in blobs]


@pytest.fixture(scope="module")
def networks() -> tuple[GCNV, GCNC]:
    torch.manual_seed(0)
    return GCNV(hidden_channels=8).eval(), GCNC(hidden_channels=8).eval()


@pytest.fixture(scope="module")
def drawn(graphs: list[LabeledGraph], networks: tuple[GCNV, GCNC]) -> list[DrawnClusters]:
    return draw_clusters(graphs, networks[0], SETTINGS, np.random.default_rng(0))


def test_each_graph_is_cut_at_a_threshold_of_its_own(
    drawn: list[DrawnClusters], graphs: list[LabeledGraph], networks: tuple[GCNV, GCNC]
) -> None:
    thresholds = [each.settings.min_affinity for each in drawn]
    assert len(set(thresholds)) == len(graphs)
    assert all(0.4 <= threshold <= 0.95 for threshold in thresholds)
    for each, graph in zip(drawn, graphs, strict=True):
        state = node_state(graph.x, graph.relations, networks[0], SETTINGS)
        np.testing.assert_array_equal(each.parts, node_clusters(state, each.settings))
        np.testing.assert_array_equal(each.scored.labels, graph.labels)


def test_the_same_seed_draws_the_same_clusters(
    drawn: list[DrawnClusters], graphs: list[LabeledGraph], networks: tuple[GCNV, GCNC]
) -> None:
    again = draw_clusters(graphs, networks[0], SETTINGS, np.random.default_rng(0))
    for one, other in zip(drawn, again, strict=True):
        np.testing.assert_array_equal(one.parts, other.parts)
        assert one.settings == other.settings


def tight(drawn: DrawnClusters, network: GCNC) -> DrawnClusters:
    """Clusters of three rows each, of whose pairs a quarter has some strength."""
    cut = drawn._replace(parts=np.arange(45) // 3)
    logits = predict_connection(network, labeled_cluster_graph(cut).graph)
    strength = Calibration(1000.0, -1000.0 * float(np.quantile(logits, 0.75)))
    return cut._replace(settings=replace(drawn.settings, strength=strength))


def test_merging_drawn_clusters_joins_whole_ones(
    drawn: list[DrawnClusters], networks: tuple[GCNV, GCNC]
) -> None:
    fine = [tight(each, networks[1]) for each in drawn]
    coarser = merge_drawn(fine, networks[1], np.random.default_rng(1))
    assert coarser
    for each in coarser:
        before = np.arange(45) // 3
        assert evaluate(before, each.parts).pairwise_recall == 1.0
        assert sorted(set(each.parts)) == list(range(each.parts.max() + 1))
    assert any(each.parts.max() < 14 for each in coarser)


def test_graphs_of_which_one_cluster_is_left_are_dropped(
    drawn: list[DrawnClusters], networks: tuple[GCNV, GCNC]
) -> None:
    whole = drawn[0]._replace(parts=np.zeros(45, np.int64))
    halves = drawn[1]._replace(parts=np.arange(45) // 23, settings=SETTINGS)
    apart = halves._replace(
        settings=Settings(strength=Calibration(1.0, -50.0))  # no strength at all
    )
    left = merge_drawn([whole, apart], networks[1], np.random.default_rng(0))
    assert len(left) == 1
    assert evaluate(left[0].parts, apart.parts).ari == 1.0  # numbered anew
    joined = halves._replace(settings=Settings(strength=Calibration(1.0, 50.0)))
    assert merge_drawn([joined], networks[1], np.random.default_rng(0)) == []


def test_linking_drawn_clusters_joins_whole_ones_by_their_strengths(
    drawn: list[DrawnClusters], networks: tuple[GCNV, GCNC]
) -> None:
    fine = [tight(each, networks[1]) for each in drawn]
    coarser = link_drawn(fine, networks[1], np.random.default_rng(1))
    assert coarser
    for each in coarser:
        assert evaluate(np.arange(45) // 3, each.parts).pairwise_recall == 1.0
        assert sorted(set(each.parts)) == list(range(each.parts.max() + 1))
        assert 0 < each.parts.max() < 14


def test_graphs_that_linking_leaves_as_they_are_or_whole_are_dropped(
    drawn: list[DrawnClusters], networks: tuple[GCNV, GCNC]
) -> None:
    halves = drawn[0]._replace(parts=np.arange(45) // 23)
    for strength in (Calibration(0.0, -50.0), Calibration(0.0, 50.0)):
        own = halves._replace(settings=replace(SETTINGS, strength=strength))
        assert link_drawn([own], networks[1], np.random.default_rng(0)) == []


@pytest.fixture
def scored() -> ScoredState:
    """Four classes of six rows, with the true affinities; one row of each is of unknown class."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(4), 6)
    x = rng.normal(size=(4, 12))[labels] + 0.4 * rng.normal(size=(24, 12))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    graph = knn_graph_of_unit_rows(x, 10)
    affinity = (labels[graph.neighbors] == labels[:, None]).astype(np.float32)
    depth = node_affinity(affinity, graph.similarity)
    low, identical = np.ones(24, bool), affinity > 1.0
    state = NodeState(x, graph, random_pair_moments(x), affinity, depth, low, low, identical)
    return ScoredState(state, np.where(np.arange(24) % 6 == 0, -1, labels))


def test_targets_are_the_share_of_cross_pairs_of_one_class(scored: ScoredState) -> None:
    # Halves of classes, and a ninth cluster of one row of unknown class.
    parts = np.arange(24) // 3
    parts[0] = 8
    found = labeled_cluster_graph(DrawnClusters(scored, parts, Settings()))
    p, q = found.graph.pairs.T
    np.testing.assert_array_equal(found.known, q != 8)
    known = found.known
    np.testing.assert_array_equal(found.target[known], (p // 2 == q // 2)[known])


def test_the_second_threshold_of_the_drawn_settings_relates_clusters(scored: ScoredState) -> None:
    state = scored.state._replace(affinity=np.full((24, 10), 0.6, np.float32))
    lax, strict = (
        labeled_cluster_graph(
            DrawnClusters(scored._replace(state=state), np.arange(24), Settings(min_relation=tau))
        ).graph.pairs.tolist()
        for tau in (0.5, 0.7)
    )
    ends = np.stack([np.repeat(np.arange(24), 10), state.graph.neighbors.reshape(-1)], 1)
    assert lax == np.unique(np.sort(ends, 1), axis=0).tolist()
    assert len(strict) < len(lax)  # the nearest eight alone
