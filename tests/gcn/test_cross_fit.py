from __future__ import annotations

import numpy as np
import pytest

from gcn.cluster_graph import NodeState
from gcn.cross_fit import labeled_cluster_graph
from gcn.graph import knn_graph_of_unit_rows, unit_rows
from gcn.moments import random_pair_moments
from gcn.settings import Settings
from gcn.thresholds import ScoredState


@pytest.fixture
def scored() -> ScoredState:
    """Four classes of six rows, with the true affinities."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(4), 6)
    x = unit_rows(rng.normal(size=(4, 12))[labels] + 0.4 * rng.normal(size=(24, 12)))
    graph = knn_graph_of_unit_rows(x, 10)
    affinity = (labels[graph.neighbors] == labels[:, None]).astype(np.float32)
    state = NodeState(
        x, graph, random_pair_moments(x), affinity, affinity.mean(1), np.ones(24, bool)
    )
    return ScoredState(state, labels)


HALVES = np.repeat(np.arange(8), 3)


def test_pairs_are_the_share_of_one_class(scored: ScoredState) -> None:
    found = labeled_cluster_graph(scored, HALVES, Settings())
    p, q = found.graph.pairs.T
    np.testing.assert_array_equal(found.target, (p // 2 == q // 2).astype(np.float32))
    assert found.known.all()
