"""Edge and node affinity against plain loops."""

import numpy as np
import pytest

from gcn.graph.knn_graph import knn_graph
from gcn.pruning.affinity import node_affinity, symmetric_affinity


@pytest.mark.parametrize(("n", "k"), [(40, 6), (500, 9), (3, 1)])
def test_symmetric_affinity_averages_mutual_edges_only(n: int, k: int) -> None:
    rng = np.random.default_rng(n)
    neighbors = knn_graph(rng.normal(size=(n, 4)), k).neighbors
    affinity = rng.random((n, k)).astype(np.float32)
    given = {(i, j): p for i in range(n) for j, p in zip(neighbors[i], affinity[i], strict=True)}
    result = symmetric_affinity(affinity, neighbors)
    for i in range(n):
        for r, j in enumerate(neighbors[i]):
            there = given[i, j]
            back = given.get((j, i), there)
            assert result[i, r] == pytest.approx((there + back) / 2, abs=1e-6)


def test_symmetric_affinity_leaves_its_argument_alone() -> None:
    neighbors = np.array([[1], [0]], np.int32)
    affinity = np.array([[0.2], [0.8]], np.float32)
    assert symmetric_affinity(affinity, neighbors).ravel() == pytest.approx([0.5, 0.5])
    assert affinity.ravel() == pytest.approx([0.2, 0.8])


def test_the_result_may_be_written_over_the_argument() -> None:
    rng = np.random.default_rng(2)
    neighbors = knn_graph(rng.normal(size=(700, 5)), 11).neighbors
    affinity = rng.random((700, 11)).astype(np.float32)
    expected = symmetric_affinity(affinity, neighbors)
    order = rng.permutation(700)
    assert symmetric_affinity(affinity, neighbors, order, in_place=True) is affinity
    np.testing.assert_array_equal(affinity, expected)


def test_node_affinity_is_the_hand_worked_mean() -> None:
    affinity = np.array([[1.0, 0.5, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]], np.float32)
    similarity = np.array([[0.9, 0.8, 0.6], [0.9, 0.6, 0.3], [1.0, 1.0, 1.0]], np.float32)
    assert node_affinity(affinity, similarity) == pytest.approx([(0.9 - 0.6) / 3, 0.6, -1.0])
