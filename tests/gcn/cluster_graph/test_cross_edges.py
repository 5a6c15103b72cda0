"""Gathered edges against a loop over all of them."""

import numpy as np
import pytest

from gcn.cluster_graph.cross_edges import cross_edges


@pytest.mark.parametrize("seed", range(3))
def test_edges_are_summed_inside_outside_and_by_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k, num = 60, 6, 9
    neighbors = np.stack([rng.choice(n, k, replace=False) for _ in range(n)]).astype(np.int32)
    affinity = rng.random((n, k)).astype(np.float32) ** 2
    parts = np.concatenate([np.arange(num), rng.integers(0, num, n - num)])
    inside, outside = np.zeros(num), np.zeros(num)
    between: dict[tuple[int, int], list[float]] = {}
    for i in range(n):
        for r in range(k):
            value, a, b = float(affinity[i, r]), parts[i], parts[neighbors[i, r]]
            if value < 0.02:
                continue
            if a == b:
                inside[a] += value
            else:
                outside[[a, b]] += value / 2
                between.setdefault((min(a, b), max(a, b)), []).append(value)
    found = cross_edges(neighbors, affinity, parts, num)
    np.testing.assert_allclose(found.inside, inside, rtol=1e-5)
    np.testing.assert_allclose(found.outside, outside, rtol=1e-5)
    assert [tuple(pair) for pair in found.pairs.tolist()] == sorted(between)
    for at, pair in enumerate(sorted(between)):
        values = sorted(between[pair], reverse=True)
        expected = [len(values), sum(values), values[0], np.mean(values[:3])]
        row = [found.number[at], found.total[at], found.largest[at], found.top3[at]]
        assert row == pytest.approx(expected, rel=1e-5)


def test_one_cluster_has_no_pairs() -> None:
    neighbors = np.array([[1], [0]], np.int32)
    found = cross_edges(neighbors, np.ones((2, 1), np.float32), np.zeros(2, np.int64), 1)
    assert found.pairs.shape == (0, 2)
    assert (found.inside[0], found.outside[0]) == (2.0, 0.0)
