"""Edges between clusters, counted against a matrix of all images."""

from __future__ import annotations

import numpy as np
import pytest

from gcn.merging.edges_between import edges_between

from .conftest import draw_graph


@pytest.mark.parametrize("seed", range(6))
def test_counts_as_a_matrix_of_all_images_does(seed: int) -> None:
    neighbors, clusters, pairs, edges = draw_graph(seed, 90, 7, 6)
    expected = [
        edges[np.ix_(clusters == p, clusters == q)].sum()
        + edges[np.ix_(clusters == q, clusters == p)].sum()
        for p, q in pairs
    ]
    assert edges_between(neighbors, clusters, pairs).tolist() == expected


def test_pairs_without_an_edge_have_none() -> None:
    neighbors = np.array([[1], [0], [3], [2]])
    clusters = np.array([0, 0, 1, 1])
    assert edges_between(neighbors, clusters, np.array([[0, 1]])).tolist() == [0]
    assert edges_between(neighbors, clusters, np.empty((0, 2), np.int64)).shape == (0,)
