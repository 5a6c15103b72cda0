"""Every peer finds what is easy to find, and agrees with what it stands for."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from benchmarks.peer import Peer, TrialCache, best_trial
from benchmarks.peer_graphs import run_leiden, undirected_edges, whispers
from benchmarks.peer_vectors import run_dbscan
from benchmarks.peers import all_peers
from benchmarks.sets import BenchmarkSet
from gcn.evaluation.metrics import evaluate
from tests.benchmarks.conftest import make_blobs


@pytest.mark.parametrize("peer", all_peers(), ids=lambda peer: peer.name)
def test_each_peer_finds_far_apart_classes(peer: Peer, blobs: BenchmarkSet) -> None:
    trial = best_trial(peer, blobs, TrialCache(None))
    assert trial.scores.mean_f >= 0.99
    labels = peer.run(blobs, trial.setting)
    assert labels.shape == blobs.labels.shape
    assert labels.dtype == np.int64
    assert (peer.run(blobs, trial.setting) == labels).all()  # no chance is left to itself


@pytest.mark.parametrize("peer", all_peers(), ids=lambda peer: peer.name)
def test_each_peer_takes_a_handful_of_images(peer: Peer) -> None:
    few = make_blobs(2, 3, 0.1)
    for setting in peer.grid(few):
        assert len(peer.run(few, setting)) == 6


@pytest.mark.parametrize("min_samples", [2, 5, 10])
@pytest.mark.parametrize("eps", [0.02, 0.1, 0.3])
def test_dbscan_on_the_graph_is_dbscan_on_all_distances(eps: float, min_samples: int) -> None:
    data = make_blobs(8, 12, 0.15)
    data.embeddings[:3] = data.embeddings[0]  # copies
    distances = np.maximum(1 - data.embeddings.astype(np.float64) @ data.embeddings.T, 0)
    expected = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit(distances)
    found = run_dbscan(data, (eps, float(min_samples)))
    assert ((found == -1) == (expected.labels_ == -1)).all()
    assert evaluate(expected.labels_ + 1, found + 1).ari == pytest.approx(1.0)


def test_edges_join_each_pair_once_with_its_cosine(blobs: BenchmarkSet) -> None:
    edges = undirected_edges(blobs.graph, 5, 0.5).tocoo()
    cosines = blobs.embeddings @ blobs.embeddings.T
    expected = {
        (min(i, int(j)), max(i, int(j)))
        for i, row in enumerate(blobs.graph.neighbors[:, :5])
        for j in row
        if cosines[i, j] >= 0.5
    }
    assert set(zip(edges.row.tolist(), edges.col.tolist(), strict=True)) == expected
    assert edges.data == pytest.approx(cosines[edges.row, edges.col], abs=1e-5)


def test_an_image_without_edges_stays_alone(blobs: BenchmarkSet) -> None:
    assert len(np.unique(whispers(blobs, (5.0, 2.0)))) == len(blobs.labels)


def test_a_higher_resolution_gives_more_communities(blobs: BenchmarkSet) -> None:
    for objective, low, high in (("CPM", 1e-4, 0.999), ("modularity", 0.1, 300.0)):
        few, many = (len(np.unique(run_leiden(objective, blobs, (40.0, r)))) for r in (low, high))
        assert few < many
