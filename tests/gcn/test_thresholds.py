"""Thresholds chosen on graphs whose right thresholds are known."""

import numpy as np
import pytest
import torch

from gcn.affinity import node_affinity
from gcn.cluster_graph import NodeState, cluster_graph
from gcn.gcn_c import GCNC
from gcn.graph import knn_graph
from gcn.metrics import evaluate
from gcn.moments import random_pair_moments
from gcn.settings import Settings
from gcn.stages import merge_levels, node_clusters
from gcn.targets import connection_targets
from gcn.thresholds import ScoredState, choose_relation, choose_thresholds, mean_f

from .conftest import MakeBlobs


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
    )
    return ScoredState(state, blobs.labels)


@pytest.fixture(scope="module")
def network() -> GCNC:
    torch.manual_seed(0)
    return GCNC(hidden_channels=8).eval()


def test_mean_f_is_the_mean_of_both_f_scores() -> None:
    true, pred = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    scores = evaluate(true, pred)
    assert mean_f(true, pred) == pytest.approx((scores.bcubed_f + scores.pairwise_f) / 2)


def test_chosen_thresholds_are_no_worse_than_the_given_ones(
    make_blobs: MakeBlobs, network: GCNC
) -> None:
    scored = scored_state(make_blobs, false_affinity=0.8)
    given = Settings(min_affinity=0.5)
    chosen = choose_thresholds([scored], network, given)

    def score(settings: Settings) -> float:
        parts = node_clusters(scored.state, settings)
        return mean_f(scored.labels, merge_levels(scored.state, parts, network, settings)[0])

    assert score(chosen) >= score(given)


def test_the_second_threshold_relates_clusters_that_should_merge(make_blobs: MakeBlobs) -> None:
    scored = scored_state(make_blobs, false_affinity=0.01)
    settings = choose_relation([scored], Settings(min_affinity=0.97))
    parts = node_clusters(scored.state, settings)

    def mergeable(min_affinity: float) -> int:
        pairs = cluster_graph(scored.state, parts, min_affinity).pairs
        return int((connection_targets(pairs, parts, scored.labels)[0] > 0.5).sum())

    assert mergeable(settings.min_relation) >= 0.99 * mergeable(0.05)


def test_progress_reaches_one(make_blobs: MakeBlobs, network: GCNC) -> None:
    seen: list[float] = []
    choose_thresholds([scored_state(make_blobs, 0.3)], network, Settings(), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
