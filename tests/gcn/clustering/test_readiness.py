"""Confirmed images tell how readily new ones are merged."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.crowds import Crowd, gaussian_classes
from gcn import Model, assign, load_model
from gcn.clustering.readiness import _worth, readiest
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
def crowd() -> Blobs:
    """Five classes whose neighbors are mixed: few images see what they belong to."""
    data = gaussian_classes(Crowd(200, 5, 64, 0.5))
    return Blobs(data.embeddings, data.labels)


def state_of(blobs: Blobs, model: Model) -> NodeState:
    graph = labeled_graph(unit_rows(blobs.embeddings), blobs.labels, 40)
    return node_state(graph.x, graph.relations, model.gcn_v, model.settings)


def test_confirmed_crowds_take_new_images_in(crowd: Blobs, model: Model) -> None:
    is_new = np.arange(1_000) % 10 == 0
    old, new = crowd.embeddings[~is_new], crowd.embeddings[is_new]
    classes = crowd.labels[~is_new]
    right = [
        (assign(old, classes, new, model, confirmed=flags).labels == crowd.labels[is_new]).mean()
        for flags in (None, np.ones(900, bool))
    ]
    assert right[0] < 0.6
    assert right[1] > 0.9


def test_clear_classes_stay_with_what_they_were_merged_by(
    make_blobs: MakeBlobs, model: Model
) -> None:
    blobs = make_blobs(sizes=(40,) * 6, dim=24, noise=0.5)
    everything = np.ones(240, bool)
    for base in (0.0, 1.5):
        assert readiest(state_of(blobs, model), blobs.labels, everything, model, base) == base


@pytest.mark.parametrize(
    ("images", "classes"), [(99, 3), (300, 2)], ids=["few images", "two classes"]
)
def test_too_little_that_is_confirmed_tells_nothing(
    crowd: Blobs, model: Model, images: int, classes: int
) -> None:
    rows = np.flatnonzero(crowd.labels < classes)[:images]
    confirmed = np.zeros(1_000, bool)
    confirmed[rows] = True
    assert readiest(state_of(crowd, model), crowd.labels, confirmed, model, 0.0) == 0.0


def test_what_is_not_confirmed_is_not_taken_for_right(crowd: Blobs, model: Model) -> None:
    """Each image that nobody confirmed is in a cluster of its own, which is wrong."""
    rng = np.random.default_rng(0)
    confirmed = rng.random(1_000) < 0.6
    wrong = np.where(confirmed, crowd.labels, 5 + np.cumsum(~confirmed) - 1)
    state = state_of(crowd, model)
    assert readiest(state, wrong, confirmed, model, 0.0) > 0.0
    assert readiest(state, np.arange(1_000), np.ones(1_000, bool), model, 0.0) == 0.0


def test_a_place_is_worth_the_f_of_bcubed_and_less_among_strangers() -> None:
    rng = np.random.default_rng(0)
    classes, clusters = rng.integers(0, 3, 60), rng.integers(7, 12, 60)
    worth = _worth(classes, clusters)
    strangers = 0
    for row, value in enumerate(worth):
        of, mates = classes == classes[row], clusters == clusters[row]
        precision, recall = (of & mates).sum() / mates.sum(), (of & mates).sum() / of.sum()
        f = 2 * precision * recall / (precision + recall)
        assert value == pytest.approx(f - 0.25 if precision < 0.5 else f)
        strangers += precision < 0.5
    assert 0 < strangers < 60


@pytest.mark.parametrize(
    "flags", [np.ones(3, bool), np.ones(900), [True], np.ones((900, 1), bool)], ids=str
)
def test_unfit_flags_get_one_sentence(crowd: Blobs, model: Model, flags: NDArray[np.bool_]) -> None:
    old, new = crowd.embeddings[:900], crowd.embeddings[900:]
    with pytest.raises(ValueError, match="'confirmed' must hold True or False per old embedding"):
        assign(old, crowd.labels[:900], new, model, confirmed=flags)
