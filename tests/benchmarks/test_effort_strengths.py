import numpy as np

from benchmarks.effort_clusterings import Clustering
from benchmarks.effort_strengths import strengths_of


def test_strengths_of_the_clustering_are_taken() -> None:
    relations = (np.array([[3, 1], [0, 2]]), np.array([0.5, 0.25], np.float32))
    clustering = Clustering("x", "", np.arange(4), np.ones(4, np.float32), None, relations)
    found = strengths_of(clustering, np.eye(4))
    assert found.pairs.tolist() == [[1, 3], [0, 2]]
    assert found.strength.tolist() == [0.5, 0.25]


def test_without_them_centroids_are_compared() -> None:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.repeat(np.arange(20), 3), [-1, -1]])
    rows = rng.normal(size=(62, 8)).astype(np.float32)
    found = strengths_of(Clustering("x", "", labels, np.ones(62, np.float32)), rows)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centroids = np.stack([unit[labels == c].mean(0) for c in range(20)])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    expected = np.clip(centroids @ centroids.T, 0, 1)
    one, two = found.pairs.T
    assert np.allclose(found.strength, expected[one, two], atol=1e-5)
    assert len(np.unique(found.pairs, axis=0)) == len(found.pairs)
    for cluster in range(20):
        others = np.argsort(-expected[cluster] + 2 * np.eye(20)[cluster])[:3]
        for other in others:
            pair = sorted([cluster, int(other)])
            assert pair in found.pairs.tolist()


def test_a_single_cluster_has_no_pairs() -> None:
    clustering = Clustering("x", "", np.zeros(3, np.int64), np.ones(3, np.float32))
    assert len(strengths_of(clustering, np.eye(3)).pairs) == 0
