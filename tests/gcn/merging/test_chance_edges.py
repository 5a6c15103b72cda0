"""Edges between clusters, counted and compared with chance."""

from __future__ import annotations

import numpy as np
import pytest

from gcn.merging.chance_edges import fewer_edges_than_chance

from .conftest import draw_graph


@pytest.mark.parametrize("seed", range(6))
def test_counts_as_a_matrix_of_all_images_does(seed: int) -> None:
    num, k = 120, 9
    neighbors, clusters, pairs, edges = draw_graph(seed, num, k, 7)
    expected: list[bool] = []
    for p, q in pairs:
        between = (edges + edges.T)[np.ix_(clusters == p, clusters == q)]
        expected.append(between.sum() < between.size * 2 * k / (num - 1))
    assert 0 < sum(expected) < len(pairs)
    assert fewer_edges_than_chance(neighbors, clusters, pairs).tolist() == expected


def test_no_pairs_are_none_apart() -> None:
    neighbors, clusters = np.array([[1], [0]]), np.array([0, 1])
    assert fewer_edges_than_chance(neighbors, clusters, np.empty((0, 2), np.int64)).shape == (0,)


def test_no_edge_at_all_is_fewer_and_all_edges_are_not() -> None:
    neighbors = np.array([[1], [0], [3], [2], [5], [4]])
    clusters = np.array([0, 1, 2, 2, 3, 3])
    pairs = np.array([[0, 1], [2, 3]])
    assert fewer_edges_than_chance(neighbors, clusters, pairs).tolist() == [False, True]
