"""Where similarity says what GCN-V says, against cases in which that is known."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from gcn.graph.knn_graph import knn_graph
from gcn.graph.relations import Relations, relations_of
from gcn.networks.calibration import fit_calibration
from gcn.networks.gcn_v import GCNV
from gcn.networks.gcn_v_inference import predict_affinity
from gcn.networks.settings import Calibration, Settings
from gcn.pruning import dense_part as module
from gcn.pruning.affinities import node_state
from gcn.pruning.affinity import copy_reverse_edges, symmetric_affinity
from gcn.pruning.dense_part import agreeing_part, find_dense_part
from gcn.pruning.density import node_density

from ..conftest import MakeBlobs


def drawn(share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Edges of 1,000 nodes; from `share` of them on the affinity follows from the similarity."""
    rng = np.random.default_rng(seed)
    z = rng.normal(3.0, 1.5, (1000, 12)).astype(np.float32)
    affinity = expit(3.0 * z - 8.0).astype(np.float32)
    first = round(share * 1000)
    affinity[:first] = rng.random((first, 12))
    return z, affinity


@pytest.mark.parametrize("share", [0.0, 0.3, 0.55, 0.9])
def test_the_part_begins_where_the_affinity_follows_from_the_similarity(share: float) -> None:
    found = agreeing_part(*drawn(share))
    assert found is not None
    first, curve = found
    assert first == pytest.approx(share * 1000, abs=51)
    assert first >= share * 1000 - 1
    assert (curve.slope, curve.offset) == pytest.approx((3.0, -8.0), rel=0.2)


@pytest.mark.parametrize("seed", range(4))
def test_the_part_is_that_of_trying_every_start_with_all_edges(seed: int) -> None:
    z, affinity = drawn(0.4, seed)
    # Noise that falls with density makes many a start fail narrowly.
    noise = np.random.default_rng(seed).normal(0, np.linspace(0.05, 0.0, 1000)[:, None], z.shape)
    affinity = np.clip(affinity + noise, 0, 1).astype(np.float32)

    def gap(start: int) -> float:
        flat, target = z[start:].ravel(), affinity[start:].ravel()
        curve = fit_calibration(flat, target, np.ones_like(target))
        each = np.abs(curve.probability(flat) - target).reshape(-1, 50 * 12)
        return float(each.mean(1).max())

    expected = [start for start in range(0, 950, 50) if gap(start) <= 0.005]
    found = agreeing_part(z, affinity)
    assert expected
    assert found is not None
    assert found[0] == expected[0]


def test_there_is_no_part_where_the_network_knows_more_than_the_similarity() -> None:
    assert agreeing_part(*drawn(1.0)) is None


@pytest.fixture(scope="module")
def network() -> GCNV:
    torch.manual_seed(3)
    return GCNV(hidden_channels=8).eval()


@pytest.fixture(scope="module")
def relations(make_blobs: MakeBlobs) -> Relations:
    blobs = make_blobs(sizes=(20,) * 12, dim=16, noise=0.6)
    return relations_of(blobs.embeddings, knn_graph(blobs.embeddings, 10))


# An untrained network that says next to nothing agrees with similarity everywhere or nowhere.
AGREEING = Settings(k=10, affinity=Calibration(0.001, 0.2))
DIFFERING = Settings(k=10, affinity=Calibration(400.0, 0.0))


def test_only_large_sets_are_looked_at(
    network: GCNV, relations: Relations, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = relations.embeddings
    assert node_state(x, relations, network, AGREEING).scored.all()
    monkeypatch.setattr("gcn.pruning.affinities.MANY_ROWS", 100)
    assert not node_state(x, relations, network, AGREEING).scored.any()
    assert node_state(x, relations, network, DIFFERING).scored.all()


def test_dense_nodes_get_the_curve_and_the_others_the_network(
    network: GCNV, relations: Relations, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, graph = relations.embeddings, relations.graph
    of_nodes = node_density(graph.similarity, relations.moments.z, 0.0)
    low = of_nodes < np.median(of_nodes)
    curve = Calibration(2.0, -1.0)
    part = module.DensePart(float(np.median(of_nodes)), low, curve)
    monkeypatch.setattr("gcn.pruning.affinities.MANY_ROWS", 100)
    monkeypatch.setattr("gcn.pruning.affinities.find_dense_part", lambda *_: part)
    state = node_state(x, relations, network, Settings(k=10))
    assert (state.scored == low).all()
    assert state.low_density.all()
    expected = np.empty_like(graph.similarity)
    predict_affinity(network, relations, np.flatnonzero(low), expected)
    expected[low] = Calibration().probability(expected[low])
    expected[~low] = curve.probability(relations.moments.z(graph.similarity[~low]))
    copy_reverse_edges(expected, graph.neighbors, ~low, low)
    np.testing.assert_allclose(
        state.affinity, symmetric_affinity(expected, graph.neighbors), atol=1e-5
    )


def test_the_value_found_is_a_density_and_marks_the_nodes_below_it(
    network: GCNV, relations: Relations
) -> None:
    scratch = np.empty_like(relations.graph.similarity)
    found = find_dense_part(network, relations, AGREEING, scratch)
    assert found is not None
    of_nodes = node_density(relations.graph.similarity, relations.moments.z, 0.0)
    assert (found.low_density == (of_nodes < found.min_density)).all()
    assert find_dense_part(network, relations, DIFFERING, scratch) is None
