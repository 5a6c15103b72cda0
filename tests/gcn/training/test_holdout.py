"""Scores of any model on the classes that a training kept aside."""

import numpy as np
import pytest

from gcn import Model, load_model, train
from gcn.training.holdout import held_out_scores

from ..conftest import Blobs, MakeBlobs


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    blobs = make_blobs(sizes=(9, 7, 6, 8, 5, 7, 6, 9, 8, 6), dim=16, noise=0.9)
    blobs.labels[::9] = -1
    return blobs


@pytest.fixture(scope="module")
def refined(blobs: Blobs) -> Model:
    return train(blobs.embeddings, blobs.labels, load_model(), seed=3)


@pytest.mark.slow
def test_they_are_those_that_training_compared_its_base_by(blobs: Blobs, refined: Model) -> None:
    found = held_out_scores(load_model(), blobs.embeddings, blobs.labels, seed=3)
    assert found == refined.card["base_validation"][0]


@pytest.mark.slow
def test_they_are_those_in_the_card_of_a_new_model(blobs: Blobs) -> None:
    model = train(blobs.embeddings, blobs.labels, seed=3)
    found = held_out_scores(model, blobs.embeddings, blobs.labels, seed=3)
    assert found == model.card["validation"][0]


def test_too_few_classes_are_refused(blobs: Blobs) -> None:
    labels = np.where(blobs.labels < 3, blobs.labels, -1)
    with pytest.raises(ValueError, match="needs at least 4 classes of two or more images"):
        held_out_scores(load_model(), blobs.embeddings, labels)
