"""Confidence of images against what their affinities say, one image at a time."""

from __future__ import annotations

import numpy as np
import pytest

from gcn.cluster_graph import NodeState
from gcn.confidence import image_confidence
from gcn.graph import KNNGraph
from gcn.moments import Moments

NUM_IMAGES, K = 300, 6


@pytest.fixture(scope="module")
def state() -> NodeState:
    rng = np.random.default_rng(0)
    steps = np.stack([1 + rng.permutation(NUM_IMAGES - 1)[:K] for _ in range(NUM_IMAGES)])
    neighbors = (np.arange(NUM_IMAGES)[:, None] + steps) % NUM_IMAGES
    affinity = rng.random((NUM_IMAGES, K), np.float32)
    every, none = np.ones(NUM_IMAGES, bool), np.zeros((NUM_IMAGES, K), bool)
    graph = KNNGraph(neighbors.astype(np.int32), affinity)
    x = np.ones((NUM_IMAGES, 1), np.float32)
    return NodeState(x, graph, Moments(0.0, 1.0), affinity, affinity[:, 0], every, every, none)


def test_is_the_mean_affinity_to_neighbors_of_its_cluster(state: NodeState) -> None:
    labels = np.random.default_rng(1).integers(0, 3, NUM_IMAGES)
    found = image_confidence(state, labels)
    some_alone = False
    for image in range(NUM_IMAGES):
        together = labels[state.graph.neighbors[image]] == labels[image]
        some_alone |= not together.any()
        if together.any():
            assert found[image] == pytest.approx(state.affinity[image, together].mean(), abs=1e-6)
    assert some_alone


def test_without_such_neighbors_is_that_none_is_of_its_class(state: NodeState) -> None:
    alone = image_confidence(state, np.arange(NUM_IMAGES))
    np.testing.assert_allclose(alone, 1.0 - state.affinity.max(1), atol=1e-6)
    assert alone.dtype == np.float32


def test_stays_between_0_and_1(state: NodeState) -> None:
    beyond = state._replace(affinity=state.affinity * np.float32(1.5))
    for labels in (np.zeros(NUM_IMAGES, np.int64), np.arange(NUM_IMAGES)):
        found = image_confidence(beyond, labels)
        assert found.min() >= 0.0
        assert found.max() <= 1.0
