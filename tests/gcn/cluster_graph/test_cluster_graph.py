"""The cluster graph against brute force over all pairs of images."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from gcn.cluster_graph.cluster_graph import NUM_CLUSTER_FEATURES, ClusterGraph, cluster_graph
from gcn.cluster_graph.pair_features import NUM_PAIR_FEATURES
from gcn.graph.knn_graph import knn_graph, unit_rows
from gcn.graph.moments import random_pair_moments
from gcn.graph.node_state import NodeState
from gcn.pruning.affinity import node_affinity, symmetric_affinity

Int64 = npt.NDArray[np.int64]

LOG_SIZE, INNER, DEPTH, LOW_DENSITY = 0, 2, 4, 5  # columns of cluster features
AVERAGE, COSINE, LARGEST, TOP3, MEAN, LOG_COUNT, COVERED = 1, 2, 5, 6, 7, 8, 9  # of pair features


def random_state(seed: int, n: int = 90, k: int = 7) -> tuple[NodeState, Int64]:
    rng = np.random.default_rng(seed)
    x = unit_rows(rng.normal(size=(n, 5)))
    graph = knn_graph(x, k)
    affinity = symmetric_affinity(rng.uniform(0.05, 1, (n, k)).astype(np.float32), graph.neighbors)
    depth = node_affinity(affinity, graph.similarity)
    low, identical = rng.random(n) < 0.4, affinity > 1.0
    state = NodeState(x, graph, random_pair_moments(x), affinity, depth, low, low, identical)
    parts = np.unique(rng.integers(0, 25, n), return_inverse=True)[1]
    return state, parts


def crossing(state: NodeState, parts: Int64) -> dict[tuple[int, int], list[float]]:
    """Affinities of all kNN list entries between two clusters, by cluster pair P < Q."""
    found: dict[tuple[int, int], list[float]] = {}
    for i, row in enumerate(state.graph.neighbors.tolist()):
        for r, j in enumerate(row):
            p, q = sorted((int(parts[i]), int(parts[j])))
            if p != q:
                found.setdefault((p, q), []).append(float(state.affinity[i, r]))
    return found


def as_dict(graph: ClusterGraph) -> dict[tuple[int, int], npt.NDArray[np.float32]]:
    return {
        (int(p), int(q)): features
        for (p, q), features in zip(graph.pairs, graph.pair_features, strict=True)
    }


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("min_affinity", [0.1, 0.7, 1.1])
def test_pairs_are_strong_edges_and_nearest_centroids(seed: int, min_affinity: float) -> None:
    state, parts = random_state(seed)
    num = parts.max() + 1
    centroids = unit_rows(np.stack([state.x[parts == part].sum(0) for part in range(num)]))
    cosines = centroids @ centroids.T
    np.fill_diagonal(cosines, -np.inf)
    nearest = {
        (min(p, int(q)), max(p, int(q))) for p in range(num) for q in np.argsort(-cosines[p])[:8]
    }
    strong = {
        pair for pair, values in crossing(state, parts).items() if max(values) >= min_affinity
    }
    graph = cluster_graph(state, parts, min_affinity)
    pairs = [tuple(pair) for pair in graph.pairs.tolist()]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == nearest | strong


def test_features_of_clusters_match_brute_force() -> None:
    state, parts = random_state(1)
    graph = cluster_graph(state, parts, 0.5)
    cosines = state.x @ state.x.T
    for part, features in enumerate(graph.cluster_features):
        rows = np.flatnonzero(parts == part)
        assert graph.sizes[part] == len(rows)
        assert features[LOG_SIZE] == pytest.approx(np.log(len(rows)))
        assert features[DEPTH] == pytest.approx(state.depth[rows].mean(), abs=1e-5)
        assert features[LOW_DENSITY] == pytest.approx(state.low_density[rows].mean(), abs=1e-5)
        if len(rows) > 1:
            inside = [cosines[i, j] for i, j in itertools.combinations(rows, 2)]
            assert features[INNER] == pytest.approx(np.mean(inside), abs=1e-4)


def test_features_of_pairs_match_brute_force() -> None:
    state, parts = random_state(2)
    cosines = state.x @ state.x.T
    sizes, between = np.bincount(parts), crossing(state, parts)
    for (p, q), features in as_dict(cluster_graph(state, parts, 0.5)).items():
        one, other = np.flatnonzero(parts == p), np.flatnonzero(parts == q)
        average = cosines[np.ix_(one, other)].mean()
        assert features[AVERAGE] == pytest.approx(average, abs=1e-4)
        ends = np.stack([state.x[one].sum(0), state.x[other].sum(0)])
        ends /= np.linalg.norm(ends, axis=1, keepdims=True)
        assert features[COSINE] == pytest.approx(ends[0] @ ends[1], abs=1e-3)
        values = sorted(between.get((p, q), []), reverse=True)
        assert features[LOG_COUNT] == pytest.approx(np.log1p(len(values)), abs=1e-5)
        possible = sizes[p] * min(7, sizes[q]) + sizes[q] * min(7, sizes[p])
        assert features[COVERED] == pytest.approx(sum(values) / possible, abs=1e-5)
        if values:
            assert features[LARGEST] == pytest.approx(values[0], abs=1e-5)
            assert features[TOP3] == pytest.approx(np.mean(values[:3]), abs=1e-5)
            assert features[MEAN] == pytest.approx(np.mean(values), abs=1e-5)
        else:
            assert (features[[LARGEST, TOP3, MEAN]] == 0).all()


def test_renaming_clusters_renames_the_graph() -> None:
    state, parts = random_state(3)
    names = np.random.default_rng(0).permutation(parts.max() + 1)
    graph, renamed = cluster_graph(state, parts, 0.6), cluster_graph(state, names[parts], 0.6)
    np.testing.assert_allclose(renamed.cluster_features[names], graph.cluster_features, atol=1e-4)
    after = as_dict(renamed)
    assert len(after) == len(graph.pairs)
    for (p, q), features in as_dict(graph).items():
        pair = (min(names[p], names[q]), max(names[p], names[q]))
        np.testing.assert_allclose(after[pair], features, atol=1e-3)


@pytest.mark.parametrize("clusters", [1, 2, 90], ids=["one", "two", "singletons"])
def test_extreme_partitions_give_finite_features(clusters: int) -> None:
    state, _ = random_state(4)
    parts = np.arange(90) % clusters
    graph = cluster_graph(state, parts, 0.3)
    assert graph.cluster_features.shape == (clusters, NUM_CLUSTER_FEATURES)
    assert graph.pair_features.shape == (len(graph.pairs), NUM_PAIR_FEATURES)
    assert (len(graph.pairs) > 0) == (clusters > 1)
    for features in (graph.cluster_features, graph.pair_features, graph.weights):
        assert features.dtype == np.float32
        assert np.isfinite(features).all()


def test_clusters_without_any_edge_between_them_still_have_neighbors() -> None:
    x = unit_rows(np.repeat(np.eye(3), 10, axis=0) + 0.01)
    graph = knn_graph(x, 5)
    affinity = np.full((30, 5), 0.001, np.float32)
    state = NodeState(
        x,
        graph,
        random_pair_moments(x),
        affinity,
        np.zeros(30, np.float32),
        np.ones(30, bool),
        np.ones(30, bool),
        affinity > 1.0,
    )
    result = cluster_graph(state, np.repeat(np.arange(3), 10), 0.5)
    assert result.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert np.isfinite(result.pair_features).all()


@pytest.mark.parametrize("all_single", [False, True])
def test_a_pruned_state_gives_the_same_graph(all_single: bool) -> None:
    state, parts = random_state(5)
    parts = np.arange(len(parts)) if all_single else parts
    lean = state.pruned()
    assert lean.graph.similarity.size == lean.identical.size == 0
    for whole, same in zip(
        cluster_graph(state, parts, 0.1), cluster_graph(lean, parts, 0.1), strict=True
    ):
        np.testing.assert_array_equal(whole, same)
