"""Flows against sums over all edges, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from gcn.merging.cluster_flow import cluster_flow


@pytest.mark.parametrize("min_strength", [0.0, 0.3, 0.6, 1.1])
@pytest.mark.parametrize("num", [1, 4, 12])
def test_flows_are_sums_of_the_edges_that_both_networks_speak_for(
    num: int, min_strength: float
) -> None:
    rng = np.random.default_rng(num)
    neighbors = np.stack([rng.permutation(np.delete(np.arange(40), i))[:7] for i in range(40)])
    affinity = rng.random((40, 7)).astype(np.float32)
    parts = rng.permutation(np.arange(40) % num)
    every = np.stack(np.triu_indices(num, 1), 1)
    pairs = every[rng.random(len(every)) < 0.6]
    strength = rng.random(len(pairs)).astype(np.float32)
    inside, between = cluster_flow(neighbors, affinity, parts, pairs, strength, min_strength)
    expected, of_pair = np.zeros(num), {tuple(pair): 0.0 for pair in pairs.tolist()}
    for i in range(40):
        for j, p in zip(neighbors[i], affinity[i].tolist(), strict=True):
            a, b = sorted((int(parts[i]), int(parts[j])))
            if a == b:
                expected[a] += p * (p**0.5 >= min_strength)
            elif (a, b) in of_pair:
                q = float(strength[(pairs == [a, b]).all(1)][0])
                of_pair[a, b] += p * ((p * q) ** 0.5 >= min_strength)
    np.testing.assert_allclose(inside, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(between, list(of_pair.values()), rtol=1e-5, atol=1e-6)


def test_without_scored_pairs_nothing_flows_between_clusters() -> None:
    none = np.empty((0, 2), np.int64)
    neighbors, affinity = np.array([[1], [0]]), np.ones((2, 1), np.float32)
    inside, between = cluster_flow(
        neighbors, affinity, np.arange(2), none, np.empty(0, np.float32), 0.4
    )
    assert inside.tolist() == [0.0, 0.0]
    assert between.shape == (0,)
