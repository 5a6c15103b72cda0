"""Which edges the network scores, which similarity alone, and what is merged by its scores."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from gcn.cluster_graph.cluster_graph import cluster_graph
from gcn.cluster_graph.pair_features import PairFeature
from gcn.evaluation.metrics import evaluate
from gcn.graph.knn_graph import knn_graph
from gcn.graph.node_state import NodeState
from gcn.graph.relations import Relations, relations_of
from gcn.merging.cluster_flow import cluster_flow
from gcn.merging.levels import merge_by_flow, merge_once
from gcn.merging.merge import merge_clusters
from gcn.merging.strengths import ScoredClusters, connection_strength, score_pairs
from gcn.networks.gcn_c import GCNC, predict_connection
from gcn.networks.gcn_v import GCNV
from gcn.networks.gcn_v_inference import predict_affinity
from gcn.networks.settings import Calibration, Settings
from gcn.pruning.affinities import node_state
from gcn.pruning.density import density
from gcn.pruning.node_clusters import node_clusters

from ..conftest import MakeBlobs

K = 8
SETTINGS = Settings(
    k=K,
    density_quantile=0.5,
    affinity=Calibration(0.8, 0.3),
    dense_affinity=Calibration(1.5, -2.0),
)


@pytest.fixture(scope="module")
def relations(make_blobs: MakeBlobs) -> Relations:
    x = make_blobs(sizes=(40, 30, 20), dim=16, noise=0.6).embeddings
    return relations_of(x, knn_graph(x, K))


@pytest.fixture(scope="module")
def networks() -> tuple[GCNV, GCNC]:
    torch.manual_seed(0)
    return GCNV(hidden_channels=8).eval(), GCNC(hidden_channels=8).eval()


@pytest.fixture(scope="module")
def embeddings(make_blobs: MakeBlobs) -> np.ndarray:
    return make_blobs(sizes=(40, 30, 20), dim=16, noise=0.6).embeddings


def expected_affinity(relations: Relations, network: GCNV, low: np.ndarray) -> np.ndarray:
    logits = np.zeros((90, K), np.float32)
    predict_affinity(network, relations, np.arange(90), logits)
    neighbors = relations.graph.neighbors.tolist()
    listed: dict[tuple[int, int], float] = {}
    for i in range(90):
        for r, j in enumerate(neighbors[i]):
            if low[i]:
                listed[i, j] = float(expit(0.8 * logits[i, r] + 0.3))
            elif low[j] and i in neighbors[j]:
                listed[i, j] = float(expit(0.8 * logits[j, neighbors[j].index(i)] + 0.3))
            else:
                listed[i, j] = float(expit(1.5 * relations.z[i, r] - 2.0))
    return np.array(
        [[(listed[i, j] + listed.get((j, i), listed[i, j])) / 2 for j in neighbors[i]]
         for i in range(90)]
    )  # fmt: skip


def test_low_density_nodes_get_the_network_and_dense_edges_their_similarity(
    embeddings: np.ndarray, relations: Relations, networks: tuple[GCNV, GCNC]
) -> None:
    state = node_state(embeddings, relations, networks[0], SETTINGS)
    values = density(relations.z, SETTINGS.min_similarity)
    assert (state.low_density == (values < np.quantile(values, 0.5))).all()
    expected = expected_affinity(relations, networks[0], state.low_density)
    np.testing.assert_allclose(state.affinity, expected, atol=1e-4)
    depth = (relations.graph.similarity * (2 * state.affinity - 1)).mean(1)
    np.testing.assert_allclose(state.depth, depth, atol=1e-5)


def test_every_node_may_be_of_low_density(
    embeddings: np.ndarray, relations: Relations, networks: tuple[GCNV, GCNC]
) -> None:
    settings = Settings(k=K, affinity=Calibration(0.8, 0.3), density_quantile=1.0)
    state = node_state(embeddings, relations, networks[0], settings)
    assert state.low_density.all()
    expected = expected_affinity(relations, networks[0], np.ones(90, bool))
    np.testing.assert_allclose(state.affinity, expected, atol=1e-4)


def test_identical_images_have_an_affinity_of_one(networks: tuple[GCNV, GCNC]) -> None:
    x = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    x[:5] = x[0]
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    state = node_state(x, relations_of(x, knn_graph(x, K)), networks[0], SETTINGS)
    same = np.isin(state.graph.neighbors[:5], np.arange(5))
    assert (state.affinity[:5][same] == 1.0).all()
    assert same.sum() == 5 * 4


@pytest.fixture(scope="module")
def state(embeddings: np.ndarray, relations: Relations, networks: tuple[GCNV, GCNC]) -> NodeState:
    return node_state(embeddings, relations, networks[0], SETTINGS)


PARTS = np.arange(90) // 3
LAX = Settings(min_strength=1e-6)


def test_nothing_merges_above_every_strength(state: NodeState, networks: tuple[GCNV, GCNC]) -> None:
    labels = merge_once(state, PARTS, networks[1], Settings(min_strength=1.1))
    assert evaluate(PARTS, labels).ari == 1.0


def test_below_every_strength_all_edges_between_scored_clusters_count(
    state: NodeState, networks: tuple[GCNV, GCNC]
) -> None:
    pairs, strength = score_pairs(state, PARTS, networks[1], LAX)
    everything = ScoredClusters(PARTS, pairs, np.ones_like(strength))
    labels = merge_once(state, PARTS, networks[1], LAX)
    np.testing.assert_array_equal(labels, merge_by_flow(state, everything, LAX))
    assert labels.max() < PARTS.max()


def test_merging_joins_whole_clusters_and_respects_cannot_links(
    state: NodeState, networks: tuple[GCNV, GCNC]
) -> None:
    apart = np.array([[0, 3], [30, 60], [0, 88]])
    labels = merge_once(state, PARTS, networks[1], LAX, apart)
    assert (labels[apart[:, 0]] != labels[apart[:, 1]]).all()
    assert evaluate(PARTS, labels).pairwise_recall == 1.0
    assert sorted(set(labels)) == list(range(labels.max() + 1))


def test_clusters_merge_along_the_flow_that_both_networks_speak_for(
    state: NodeState, networks: tuple[GCNV, GCNC]
) -> None:
    settings = Settings(min_strength=0.45)
    pairs, strength = score_pairs(state, PARTS, networks[1], settings)
    inside, between = cluster_flow(
        state.graph.neighbors, state.affinity, PARTS, pairs, strength, 0.45
    )
    assert 0 < (between > 0).sum() < len(pairs)
    labels = merge_once(state, PARTS, networks[1], settings)
    np.testing.assert_array_equal(labels, merge_clusters(inside, pairs, between)[PARTS])
    scored = ScoredClusters(PARTS, pairs, strength)
    np.testing.assert_array_equal(labels, merge_by_flow(state, scored, settings))


@pytest.mark.parametrize("num_clusters", [1, 2, 30, 90])
def test_scored_pairs_are_ordered_unique_and_calibrated(
    num_clusters: int, state: NodeState, networks: tuple[GCNV, GCNC]
) -> None:
    labels = np.arange(90) % num_clusters
    settings = Settings(min_relation=0.2, strength=Calibration(3.0, -1.0))
    pairs, strength = score_pairs(state, labels, networks[1], settings)
    assert (pairs.dtype, strength.dtype) == (np.int64, np.float32)
    assert pairs.shape == (len(strength), 2)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert ((strength >= 0.0) & (strength <= 1.0)).all()
    assert (len(pairs) == 0) == (num_clusters == 1)
    graph = cluster_graph(state, labels, 0.2)
    np.testing.assert_array_equal(pairs, graph.pairs)
    logits = predict_connection(networks[1], graph)
    np.testing.assert_allclose(strength, expit(3.0 * logits - 1.0), atol=1e-5)


def test_pairs_far_apart_have_no_strength(state: NodeState, networks: tuple[GCNV, GCNC]) -> None:
    graph = cluster_graph(state, PARTS, 0.05)
    similarity = graph.pair_features[:, PairFeature.SIMILARITY_Z]
    middle = float(np.median(similarity))
    strength = connection_strength(graph, networks[1], Settings(min_pair_similarity=middle))
    np.testing.assert_array_equal(strength == 0.0, similarity < np.float32(middle))


def test_node_clusters_obeys_its_threshold(state: NodeState) -> None:
    parts = node_clusters(state, Settings(min_affinity=1.1))
    assert len(set(parts)) == 90
    loose = node_clusters(state, Settings(min_affinity=0.0))
    assert loose.max() < parts.max()
    linked = node_clusters(state, Settings(min_affinity=1.1), np.array([[4, 9]]))
    assert evaluate(linked, parts).pairwise_recall == 0.0
    assert linked[4] == linked[9]
