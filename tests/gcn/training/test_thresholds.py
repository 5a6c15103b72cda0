"""Thresholds chosen on graphs whose right thresholds are known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gcn.cluster_graph.cluster_graph import ClusterGraph, cluster_graph
from gcn.evaluation.careful_score import careful_score
from gcn.graph.knn_graph import knn_graph
from gcn.graph.moments import random_pair_moments
from gcn.graph.node_state import NodeState
from gcn.merging.levels import merge_once
from gcn.networks.gcn_c import GCNC, predict_connection
from gcn.networks.settings import Calibration, Settings
from gcn.pruning.affinity import node_affinity
from gcn.pruning.node_clusters import node_clusters
from gcn.training.cluster_variants import ScoredState
from gcn.training.targets import connection_targets
from gcn.training.thresholds import (
    _AFFINITIES,
    _RELATIONS,
    _STRENGTHS,
    choose_relation,
    choose_thresholds,
)

from ..conftest import MakeBlobs


def scored_state(make_blobs: MakeBlobs, false_affinity: float, seed: int = 0) -> ScoredState:
    """Edges inside classes have an affinity of 0.95 and edges between them `false_affinity`."""
    blobs = make_blobs(sizes=(30, 25, 20, 15), dim=12, noise=0.9, seed=seed)
    graph = knn_graph(blobs.embeddings, 12)
    same = blobs.labels[graph.neighbors] == blobs.labels[:, None]
    affinity = np.where(same, 0.95, false_affinity).astype(np.float32)
    state = NodeState(
        blobs.embeddings,
        graph,
        random_pair_moments(blobs.embeddings),
        affinity,
        node_affinity(affinity, graph.similarity),
        np.ones(len(blobs.labels), bool),
        np.ones(len(blobs.labels), bool),
        np.zeros(affinity.shape, bool),
    )
    return ScoredState(state, blobs.labels)


@pytest.fixture(scope="module")
def network() -> GCNC:
    torch.manual_seed(0)
    return GCNC(hidden_channels=8).eval()


def score(states: list[ScoredState], network: GCNC, settings: Settings) -> float:
    found: list[float] = []
    for state, labels in states:
        parts = node_clusters(state, settings)
        found.append(careful_score(labels, merge_once(state, parts, network, settings)))
    return sum(found) / len(found)


def noisy_state(seed: int) -> ScoredState:
    """Forty rows of three classes with affinities that are often wrong."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 40)
    x = rng.normal(size=(3, 8))[labels] + 0.8 * rng.normal(size=(40, 8))
    graph = knn_graph(x, 10)
    same = labels[graph.neighbors] == labels[:, None]
    affinity = np.clip(0.7 + 0.2 * same + 0.1 * rng.normal(size=same.shape), 0.01, 0.99)
    affinity = affinity.astype(np.float32)
    depth = node_affinity(affinity, graph.similarity)
    unit = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    moments = random_pair_moments(unit)
    every, none = np.ones(40, bool), np.zeros(affinity.shape, bool)
    return ScoredState(
        NodeState(unit, graph, moments, affinity, depth, every, every, none),
        labels,
    )


@pytest.fixture(scope="module")
def spread_network() -> GCNC:
    """A network without any training, whose strengths spread over the whole grid."""
    torch.manual_seed(1)
    return GCNC(hidden_channels=8).eval()


@pytest.mark.parametrize("seed", range(3))
def test_chosen_thresholds_are_those_of_a_search_over_the_whole_grid(
    seed: int, spread_network: GCNC
) -> None:
    states = [noisy_state(10 * seed), noisy_state(10 * seed + 1)]
    middle = np.median(predict_connection(spread_network, first_graph(states[0])))
    given = Settings(strength=Calibration(60.0, float(-60.0 * middle - 1.0)))
    best, best_mean = given, -1.0
    for affinity in _AFFINITIES:
        row = [replace(given, min_affinity=affinity, min_strength=t) for t in _STRENGTHS]
        scores = [score(states, spread_network, each) for each in row]
        for i, settings in enumerate(row):
            around = [scores[max(i - 1, 0)], scores[i], scores[min(i + 1, len(row) - 1)]]
            if sum(around) / 3 > best_mean + 1e-12:
                best, best_mean = settings, sum(around) / 3
    assert choose_thresholds(states, spread_network, given) == best


def test_with_a_margin_the_strictest_first_threshold_wins_that_is_good_enough(
    spread_network: GCNC,
) -> None:
    states = [noisy_state(seed) for seed in range(3)]
    given = Settings()
    plain = choose_thresholds(states, spread_network, given)
    best = score(states, spread_network, plain)
    for margin in (0.01, 0.1, 1.0):
        chosen = choose_thresholds(states, spread_network, given, margin=margin)
        assert chosen.min_affinity >= plain.min_affinity
        assert score(states, spread_network, chosen) >= best - margin - 0.05
    assert chosen.min_affinity == max(_AFFINITIES)


def first_graph(scored: ScoredState) -> ClusterGraph:
    parts = node_clusters(scored.state, Settings())
    return cluster_graph(scored.state, parts, Settings().min_relation)


def test_chosen_thresholds_are_no_worse_than_the_given_ones(
    make_blobs: MakeBlobs, network: GCNC
) -> None:
    scored = scored_state(make_blobs, false_affinity=0.8)
    given = Settings(min_affinity=0.5)
    chosen = choose_thresholds([scored], network, given)
    assert score([scored], network, chosen) >= score([scored], network, given)


@pytest.mark.parametrize("false_affinity", [0.01, 0.07, 0.15, 0.25])
def test_the_second_threshold_is_the_largest_that_relates_what_should_merge(
    make_blobs: MakeBlobs, false_affinity: float
) -> None:
    scored = scored_state(make_blobs, false_affinity)
    given = Settings(min_affinity=0.97)
    parts = node_clusters(scored.state, given)

    def mergeable(min_affinity: float) -> int:
        pairs = cluster_graph(scored.state, parts, min_affinity).pairs
        return int((connection_targets(pairs, parts, scored.labels)[0] > 0.5).sum())

    chosen = choose_relation([scored], given)
    assert chosen == replace(given, min_relation=chosen.min_relation)
    enough = 0.99 * mergeable(min(_RELATIONS))
    assert mergeable(chosen.min_relation) >= enough
    larger = [tau for tau in _RELATIONS if tau > chosen.min_relation]
    assert all(mergeable(tau) < enough for tau in larger)


def test_the_second_threshold_stays_below_the_first(make_blobs: MakeBlobs) -> None:
    scored = scored_state(make_blobs, false_affinity=0.01)
    assert choose_relation([scored], Settings(min_affinity=0.25)).min_relation < 0.25
    assert choose_relation([scored], Settings(min_affinity=0.01)).min_relation == min(_RELATIONS)


def test_progress_reaches_one(make_blobs: MakeBlobs, network: GCNC) -> None:
    seen: list[float] = []
    choose_thresholds([scored_state(make_blobs, 0.3)], network, Settings(), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
