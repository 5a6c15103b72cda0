"""GCN-V in use against `GCNV.forward`."""

import numpy as np
import pytest
import torch

from gcn.graph.knn_graph import knn_graph
from gcn.graph.relations import Relations, edge_features, relations_of
from gcn.networks import gcn_v_inference
from gcn.networks.gcn_v import GCNV
from gcn.networks.gcn_v_inference import predict_affinity

from ..conftest import MakeBlobs, forward


@pytest.fixture(scope="module")
def relations(make_blobs: MakeBlobs) -> Relations:
    embeddings = make_blobs(sizes=(50, 40, 30)).embeddings
    return relations_of(embeddings, knn_graph(embeddings, 12))


@pytest.fixture(params=["cores", "device"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the cores and as on a device, which the CPU can stand for."""
    if request.param == "device":
        on_device = gcn_v_inference._predict_on_device
        monkeypatch.setattr(gcn_v_inference, "_predict_on_cores", on_device)
        monkeypatch.setattr(gcn_v_inference, "_GPU_BLOCK_EDGES", 20_000)


@pytest.fixture
def network(relations: Relations) -> GCNV:
    """Weights drawn at random, with offsets and scales that differ from feature to feature."""
    torch.manual_seed(0)
    network = GCNV(hidden_channels=16)
    network.standardize_nodes.fit(torch.from_numpy(relations.node_features))
    network.standardize_edges.fit(torch.from_numpy(edge_features(relations, np.arange(120))))
    return network.eval()


def test_only_the_rows_asked_for_are_filled(network: GCNV, relations: Relations) -> None:
    affinity = np.full((120, 12), 7.0, np.float32)
    rows = np.arange(0, 120, 3)
    predict_affinity(network, relations, rows, affinity)
    expected = forward(network, relations, rows).numpy()
    np.testing.assert_allclose(affinity[rows], expected, atol=1e-4)
    others = np.setdiff1d(np.arange(120), rows)
    assert (affinity[others] == 7.0).all()


def test_rows_may_come_in_any_order(network: GCNV, relations: Relations) -> None:
    rows = np.random.default_rng(0).permutation(120)
    affinity = np.empty((120, 12), np.float32)
    predict_affinity(network, relations, rows, affinity)
    expected = forward(network, relations, np.arange(120)).numpy()
    np.testing.assert_allclose(affinity, expected, atol=1e-4)


def test_features_far_from_those_of_training_are_clipped_as_in_training(
    network: GCNV, relations: Relations
) -> None:
    for standardize in (network.standardize_edges, network.standardize_nodes):
        standardize.std *= 0.05
        standardize.mean += standardize.std
    rows = np.arange(120)
    affinity = np.empty((120, 12), np.float32)
    predict_affinity(network, relations, rows, affinity)
    clipped = network.standardize_edges(torch.from_numpy(edge_features(relations, rows)))
    assert 0.1 < float((clipped.abs() == 5.0).float().mean()) < 0.9
    expected = forward(network, relations, rows).numpy()
    np.testing.assert_allclose(affinity, expected, atol=1e-3, rtol=1e-3)


def test_no_rows_change_nothing(network: GCNV, relations: Relations) -> None:
    affinity = np.zeros((120, 12), np.float32)
    predict_affinity(network, relations, np.empty(0, np.int64), affinity)
    assert not affinity.any()


def test_blocks_of_rows_join_without_a_seam(network: GCNV) -> None:
    x = np.random.default_rng(1).normal(size=(4000, 8)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    relations = relations_of(x, knn_graph(x, 60))  # 240,000 edges: many blocks
    affinity = np.full((4000, 60), np.nan, np.float32)
    predict_affinity(network, relations, np.arange(4000), affinity)
    rows = np.array([0, 132, 133, 134, 999, 1000, 2665, 2666, 3999])
    expected = forward(network, relations, rows).numpy()
    np.testing.assert_allclose(affinity[rows], expected, atol=1e-3, rtol=1e-3)
    assert np.isfinite(affinity).all()


@pytest.mark.parametrize("threads", [1, 3, 16])
def test_affinities_are_the_same_for_any_number_of_threads(
    threads: int, network: GCNV, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.random.default_rng(2).normal(size=(1500, 8)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    relations = relations_of(x, knn_graph(x, 60))
    usual, again = np.empty((2, 1500, 60), np.float32)
    predict_affinity(network, relations, np.arange(1500), usual)
    monkeypatch.setattr("gcn.runtime.parallel.num_threads", lambda: threads)
    predict_affinity(network, relations, np.arange(1500), again)
    np.testing.assert_array_equal(again, usual)
