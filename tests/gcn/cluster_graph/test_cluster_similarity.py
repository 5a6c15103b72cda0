"""Similarities from sums of rows against means over all pairs of images."""

import numpy as np
import pytest

from gcn.cluster_graph.cluster_similarity import ClusterSimilarity, both_sides
from gcn.graph.knn_graph import unit_rows
from gcn.graph.moments import random_pair_moments


def test_means_over_pairs_of_images_follow_from_sums_of_rows() -> None:
    rng = np.random.default_rng(0)
    x = unit_rows(rng.normal(size=(40, 6)))
    parts = np.concatenate([np.arange(7), np.arange(7), rng.integers(0, 7, 26)])
    sizes = np.bincount(parts)
    sums = np.stack([x[parts == part].sum(0) for part in range(7)])
    moments = random_pair_moments(x)
    space = ClusterSimilarity(moments, sums, sizes, 0.0)
    cosines = x @ x.T
    inner = np.array(
        [
            (cosines[np.ix_(parts == p, parts == p)].sum() - n) / (n * (n - 1))
            for p, n in enumerate(sizes)
        ]
    )
    np.testing.assert_allclose(space.of_clusters()[:, 1], inner, atol=1e-5)
    np.testing.assert_allclose(
        space.of_clusters()[:, 2], np.linalg.norm(sums, axis=1) / sizes, atol=1e-5
    )
    pairs = np.stack(np.triu_indices(7, 1), 1)
    columns = space.of_pairs(pairs)
    for at, (p, q) in enumerate(pairs):
        average = cosines[np.ix_(parts == p, parts == q)].mean()
        own = sums[p] / np.linalg.norm(sums[p]) @ sums[q] / np.linalg.norm(sums[q])
        short = sorted((average - inner[[p, q]]) / moments.std)
        expected = [float(moments.z(np.array([average]))[0]), average, own, *short]
        assert [float(c[at]) for c in columns] == pytest.approx(expected, abs=1e-4)


def test_single_images_are_lent_the_spread_of_the_other_clusters_or_the_usual_one() -> None:
    x = unit_rows(np.array([[1.0, 0.0], [1.0, 0.2], [0.0, 1.0]]))
    moments = random_pair_moments(x)
    pair = ClusterSimilarity(moments, np.stack([x[0] + x[1], x[2]]), np.array([2, 1]), 0.3)
    assert pair.of_clusters()[:, 1] == pytest.approx(float(x[0] @ x[1]), abs=1e-6)
    alone = ClusterSimilarity(moments, x, np.ones(3, np.int64), 0.3)
    assert alone.of_clusters()[:, 1] == pytest.approx(0.3)


def test_both_sides_do_not_depend_on_their_order() -> None:
    a, b = np.array([1.0, 5.0]), np.array([2.0, 3.0])
    for low, high in (both_sides(a, b), both_sides(b, a)):
        assert (low.tolist(), high.tolist()) == ([1.0, 3.0], [2.0, 5.0])
