"""Images are placed among anchored ones, which stay where they are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gcn import Model, load_model
from gcn.clustering.anchors import place
from gcn.graph.knn_graph import unit_rows
from gcn.graph.node_state import NodeState
from gcn.pruning.affinities import node_state
from gcn.training.variants import labeled_graph

from ..conftest import Blobs, MakeBlobs

Int64 = NDArray[np.int64]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    return make_blobs(sizes=(60,) * 6, dim=24, noise=0.9)


@pytest.fixture(scope="module")
def state(blobs: Blobs, model: Model) -> NodeState:
    graph = labeled_graph(unit_rows(blobs.embeddings), blobs.labels, 20)
    return node_state(graph.x, graph.relations, model.gcn_v, model.settings)


@pytest.mark.parametrize("seed", range(4))
def test_anchors_stay_apart_and_where_they_are_at_any_readiness(
    blobs: Blobs, state: NodeState, model: Model, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    anchors = np.where(rng.random(360) < 0.5, rng.permutation(12)[rng.integers(0, 12, 360)], -1)
    anchors[:12] = np.arange(12)  # clusters that have nothing to do with the classes
    for found in place(state, anchors, model, [0.0, 3.0, 9.0]):
        stays = anchors >= 0
        assert np.array_equal(found[stays], anchors[stays])
        assert np.array_equal(np.unique(found), np.arange(int(found.max()) + 1))


def test_images_of_a_class_without_anchors_come_together(
    blobs: Blobs, state: NodeState, model: Model
) -> None:
    rng = np.random.default_rng(0)
    is_old = (blobs.labels < 4) & (rng.random(360) < 0.7)
    anchors = np.where(is_old, blobs.labels, -1)
    (found,) = place(state, anchors, model, [0.0])
    known = ~is_old & (blobs.labels < 4)
    assert (found[known] == blobs.labels[known]).mean() > 0.95
    for label in (4, 5):
        clusters, sizes = np.unique(found[blobs.labels == label], return_counts=True)
        assert sizes.max() > 50
        assert clusters[sizes.argmax()] >= 4


def test_more_is_joined_the_readier_it_is(blobs: Blobs, state: NodeState, model: Model) -> None:
    anchors = np.where(np.arange(360) < 40, blobs.labels, -1)
    numbers = [int(found.max()) for found in place(state, anchors, model, [-6.0, 0.0, 6.0])]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > numbers[2]


def test_one_shift_gives_what_it_gives_among_several(
    blobs: Blobs, state: NodeState, model: Model
) -> None:
    anchors = np.where(np.arange(360) < 100, blobs.labels, -1)
    several = list(place(state, anchors, model, [0.0, 1.5, 4.5]))
    for shift, found in zip([0.0, 1.5, 4.5], several, strict=True):
        (alone,) = place(state, anchors, model, [shift])
        assert np.array_equal(alone, found)
