import types
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def strengths(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.strengths")


def test_strengths_of_the_result_are_taken(strengths: ModuleType) -> None:
    relations = (np.array([[3, 1], [0, 2]]), np.array([0.5, 0.25]))
    result = types.SimpleNamespace(labels=np.arange(4), relations=relations)
    found = strengths.strengths_of(result, np.eye(4))
    assert found.pairs.tolist() == [[1, 3], [0, 2]]
    assert found.strength.tolist() == [0.5, 0.25]


def test_without_them_centroids_are_compared(strengths: ModuleType) -> None:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.repeat(np.arange(20), 3), [-1, -1]])
    rows = rng.normal(size=(62, 8)).astype(np.float32)
    found = strengths.strengths_of(types.SimpleNamespace(labels=labels), rows)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centroids = np.stack([unit[labels == c].mean(0) for c in range(20)])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    expected = np.clip(centroids @ centroids.T, 0, 1)
    one, two = found.pairs.T
    assert np.allclose(found.strength, expected[one, two], atol=1e-5)
    assert len(np.unique(found.pairs, axis=0)) == len(found.pairs)
    for cluster in range(20):
        others = np.argsort(-expected[cluster] + 2 * np.eye(20)[cluster])[:3]
        for other in others:
            pair = sorted([cluster, int(other)])
            assert pair in found.pairs.tolist()


def test_a_single_cluster_has_no_pairs(strengths: ModuleType) -> None:
    result = types.SimpleNamespace(labels=np.zeros(3, int))
    assert len(strengths.strengths_of(result, np.eye(3)).pairs) == 0
