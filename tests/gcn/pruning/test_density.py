"""Density and the empirical value against plain loops."""

import numpy as np
import pytest

from gcn.pruning.density import density, low_density_nodes


def test_density_is_the_hand_worked_mean_of_similar_neighbors() -> None:
    similarity = np.array([[0.9, 0.6, 0.3], [0.5, 0.2, -0.4]], np.float32)
    assert density(similarity, 0.5) == pytest.approx([(0.9 + 0.6) / 3, 0.5 / 3])
    assert density(similarity) == pytest.approx([0.6, 0.1])


@pytest.mark.parametrize("min_similarity", [-1.0, 0.0, 0.4, 0.99])
def test_density_matches_a_plain_loop(min_similarity: float) -> None:
    rng = np.random.default_rng(0)
    similarity = -np.sort(-rng.uniform(-1, 1, (50, 12)).astype(np.float32), axis=1)
    result = density(similarity, min_similarity)
    expected = [sum(s for s in row if s >= min_similarity) / 12 for row in similarity.tolist()]
    assert result.dtype == np.float32
    assert result == pytest.approx(expected, abs=1e-6)


def test_low_density_nodes_are_the_share_that_is_asked_for() -> None:
    node_density = np.random.default_rng(1).permutation(1000).astype(np.float32)
    for quantile in (0.0, 0.25, 0.6, 1.0):
        low = low_density_nodes(node_density, quantile)
        assert low.dtype == bool
        assert low.mean() == pytest.approx(quantile, abs=0.002)
        if low.any() and not low.all():
            assert node_density[low].max() < node_density[~low].min()


def test_low_density_is_relative_to_the_set() -> None:
    node_density = np.random.default_rng(2).random(200).astype(np.float32)
    low = low_density_nodes(node_density, 0.4)
    assert (low_density_nodes(node_density * 0.1, 0.4) == low).all()
