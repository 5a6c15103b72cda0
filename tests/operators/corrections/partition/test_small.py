"""The order of small clusters in their grid."""

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

Part = Callable[[str], ModuleType]


@pytest.fixture
def small(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.partition.small")


def test_nearest_named_is_the_strongest_of_the_named_ones(small: ModuleType) -> None:
    pairs = [(0, 5, 0.4), (5, 1, 0.9), (5, 6, 0.99), (0, 1, 1.0), (7, 6, 0.5)]
    found = small.nearest_named(pairs, {0, 1})
    assert found == {5: (1, 0.9)}


@pytest.mark.parametrize("seed", range(5))
def test_order_of_pairs_does_not_matter(small: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(i, j, float(rng.random())) for i in range(12) for j in range(i)]
    mixed = [pairs[row] for row in rng.permutation(len(pairs))]
    named = set(rng.choice(12, 4, replace=False).tolist())
    assert small.nearest_named(pairs, named) == small.nearest_named(mixed, named)


def test_clusters_of_one_kind_are_together_and_strangers_last(small: ModuleType) -> None:
    nearest = {1: (9, 0.3), 3: (8, 0.2), 4: (9, 0.7), 5: (8, 0.6)}
    near = {cluster: small.Nearest(*values) for cluster, values in nearest.items()}
    assert small.grid_order([0, 1, 2, 3, 4, 5], near) == [5, 3, 4, 1, 0, 2]
