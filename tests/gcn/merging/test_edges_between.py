"""Edges between clusters, counted against a matrix of all images."""

from __future__ import annotations

import numpy as np
import pytest

from gcn.merging.edges_between import edges_between


@pytest.mark.parametrize("seed", range(6))
def test_counts_as_a_matrix_of_all_images_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    num, k, num_clusters = 90, 7, 6
    clusters = np.r_[np.arange(num_clusters), rng.integers(0, num_clusters, num - num_clusters)]
    others = [np.delete(np.arange(num), i) for i in range(num)]
    neighbors = np.stack([rng.choice(each, k, replace=False) for each in others]).astype(np.int32)
    edges = np.zeros((num, num), np.int64)
    np.put_along_axis(edges, neighbors.astype(np.int64), 1, 1)
    pairs = np.argwhere(np.triu(rng.random((num_clusters, num_clusters)) < 0.6, 1))
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
