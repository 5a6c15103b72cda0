"""Training targets against plain loops."""

import itertools

import numpy as np
import pytest

from gcn.graph.knn_graph import knn_graph
from gcn.training.targets import connection_targets, same_class


def test_same_class_is_the_target_of_each_edge_and_whether_it_is_known() -> None:
    neighbors = knn_graph(np.random.default_rng(0).normal(size=(30, 4)), 6).neighbors
    labels = np.random.default_rng(1).integers(-1, 3, 30)
    same, known = same_class(neighbors, labels)
    for i, row in enumerate(neighbors):
        for r, j in enumerate(row):
            assert known[i, r] == (labels[i] >= 0 and labels[j] >= 0)
            if known[i, r]:
                assert same[i, r] == (labels[i] == labels[j])


@pytest.mark.parametrize("seed", range(5))
def test_connection_target_is_the_share_of_cross_pairs_of_one_class(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts = np.unique(rng.integers(0, 12, 50), return_inverse=True)[1]
    labels = rng.integers(-1, 5, 50) * 7
    labels[labels < 0] = -1
    pairs = np.stack(np.triu_indices(parts.max() + 1, 1), 1)
    target, known = connection_targets(pairs, parts, labels)
    assert target.dtype == np.float32
    for (p, q), value, has_target in zip(pairs, target, known, strict=True):
        one = labels[(parts == p) & (labels >= 0)]
        other = labels[(parts == q) & (labels >= 0)]
        across = [a == b for a, b in itertools.product(one, other)]
        assert has_target == bool(across)
        if across:
            assert value == pytest.approx(np.mean(across))


def test_connection_targets_of_no_pairs_or_no_known_class_are_empty() -> None:
    parts, unknown = np.array([0, 0, 1]), np.full(3, -1)
    target, known = connection_targets(np.empty((0, 2), np.int64), parts, np.array([0, 1, 1]))
    assert target.shape == known.shape == (0,)
    target, known = connection_targets(np.array([[0, 1]]), parts, unknown)
    assert not known.any()
