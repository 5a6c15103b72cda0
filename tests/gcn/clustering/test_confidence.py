"""Confidence of images against what their affinities say, one image at a time."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from gcn.clustering.confidence import (
    held_by_cluster,
    image_confidence,
    modularity,
    neighbors_inside,
)
from gcn.graph.knn_graph import KNNGraph
from gcn.graph.moments import Moments
from gcn.graph.node_state import NodeState

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


def test_neighbors_inside_are_counted_for_each_image(state: NodeState) -> None:
    labels = np.random.default_rng(2).integers(0, 4, NUM_IMAGES)
    found = neighbors_inside(state.graph.neighbors, labels)
    for image, neighbors in enumerate(state.graph.neighbors):
        assert found[image] == pytest.approx(np.mean(labels[neighbors] == labels[image]))


def test_a_cluster_holds_images_whose_neighbors_all_keep_to_it() -> None:
    labels = np.repeat([0, 1], 50)
    assert held_by_cluster(np.ones(100, np.float32), labels) == pytest.approx(1.0)


def test_what_chance_gives_holds_nothing() -> None:
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    chance = np.repeat([0.6, 0.3, 0.1], [60, 30, 10]).astype(np.float32)
    assert held_by_cluster(chance, labels) == pytest.approx(0.0, abs=1e-6)
    assert not held_by_cluster(np.ones(100, np.float32), np.zeros(100, np.int64)).any()


def test_a_cluster_that_leaks_holds_none_of_its_images_surely() -> None:
    labels = np.repeat([0, 1, 2, 3], 26)
    inside = np.where(np.arange(104) % 2, 1.0, 0.25).astype(np.float32)
    found = held_by_cluster(inside, labels)
    assert found[1::2] == pytest.approx(0.5, abs=1e-6)
    assert found[::2] == pytest.approx(0.0, abs=1e-6)


def test_modularity_is_networkx_s(state: NodeState) -> None:
    labels = np.random.default_rng(3).integers(0, 5, NUM_IMAGES)
    edges = [(int(i), int(j)) for i, near in enumerate(state.graph.neighbors) for j in near]
    graph = networkx.MultiDiGraph(edges)
    groups = [set(np.flatnonzero(labels == label).tolist()) for label in range(5)]
    expected = networkx.algorithms.community.modularity(graph, groups)
    # There an image draws others by how many already have drawn it, here all alike.
    inside = neighbors_inside(state.graph.neighbors, labels)
    assert modularity(inside, labels) == pytest.approx(expected, abs=2e-3)
