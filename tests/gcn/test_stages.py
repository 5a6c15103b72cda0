"""Which edges the network scores, which similarity alone, and merging level by level."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from gcn.cluster_graph import NodeState
from gcn.density import density
from gcn.gcn_c import GCNC
from gcn.gcn_v import GCNV, predict_affinity
from gcn.graph import knn_graph
from gcn.metrics import evaluate
from gcn.relations import Relations, relations_of
from gcn.settings import Calibration, Settings
from gcn.stages import merge_levels, node_clusters, node_state

from .conftest import MakeBlobs

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


def test_nothing_merges_above_every_strength(state: NodeState, networks: tuple[GCNV, GCNC]) -> None:
    parts = np.arange(90) // 3
    labels, levels = merge_levels(state, parts, networks[1], Settings(min_strength=1.1))
    assert levels == 0
    assert (labels == parts).all()


def test_everything_that_is_related_merges_below_every_strength(
    state: NodeState, networks: tuple[GCNV, GCNC]
) -> None:
    parts = np.arange(90) // 3
    lax = Settings(min_strength=1e-6, unseen_weight=0.0, levels=5)
    labels, levels = merge_levels(state, parts, networks[1], lax)
    assert levels >= 1
    assert labels.max() == 0


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_merging_joins_whole_clusters_and_respects_cannot_links(
    state: NodeState, networks: tuple[GCNV, GCNC], levels: int
) -> None:
    parts = np.arange(90) // 3
    apart = np.array([[0, 3], [30, 60], [0, 88]])
    lax = Settings(min_strength=1e-6, unseen_weight=0.0, levels=levels)
    labels, done = merge_levels(state, parts, networks[1], lax, apart)
    assert done <= levels
    assert (labels[apart[:, 0]] != labels[apart[:, 1]]).all()
    assert all(len(set(labels[parts == part])) == 1 for part in range(30))
    assert sorted(set(labels)) == list(range(labels.max() + 1))


def test_node_clusters_obeys_its_threshold(state: NodeState) -> None:
    parts = node_clusters(state, Settings(min_affinity=1.1))
    assert len(set(parts)) == 90
    loose = node_clusters(state, Settings(min_affinity=0.0))
    assert loose.max() < parts.max()
    linked = node_clusters(state, Settings(min_affinity=1.1), np.array([[4, 9]]))
    assert evaluate(linked, parts).pairwise_recall == 0.0
    assert linked[4] == linked[9]
