"""What pairs of images tell of classes, and how far a clustering agrees with that."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gcn.clustering.known_classes import known_classes
from gcn.evaluation.careful_score import careful_score

Int64 = NDArray[np.int64]

NONE: Int64 = np.empty((0, 2), np.int64)


def chains(labels: Int64) -> Int64:
    """Each image of a class to the next of it; -1 is of none."""
    rows = [np.flatnonzero(labels == each) for each in np.unique(labels[labels >= 0])]
    return np.concatenate([np.stack([each[:-1], each[1:]], 1) for each in rows])


def all_apart(labels: Int64) -> Int64:
    """The first images of every two classes."""
    first = np.array([np.flatnonzero(labels == each)[0] for each in np.unique(labels[labels >= 0])])
    one, two = np.triu_indices(len(first), 1)
    return np.stack([first[one], first[two]], 1)


@pytest.mark.parametrize("seed", range(10))
def test_where_all_classes_differ_agreement_is_the_score_of_the_known_images(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.append(np.repeat(np.arange(5), 2), rng.integers(-1, 5, 90))
    known = known_classes(chains(labels), all_apart(labels), 100)
    assert known is not None
    assert (known.num_classes, len(known.rows)) == (5, (labels >= 0).sum())
    for clusters in (rng.integers(0, 8, 100), labels + 1, np.arange(100), np.zeros(100, np.int64)):
        expected = careful_score(labels, clusters)
        assert known.agreement(clusters) == pytest.approx(expected)


def test_what_may_be_one_class_may_be_in_one_cluster() -> None:
    labels = np.repeat(np.arange(4), 3)
    apart = all_apart(labels)
    asked = known_classes(chains(labels), apart[1:], 12)  # of the first two nobody knows
    told = known_classes(chains(labels), apart, 12)
    assert asked is not None
    assert told is not None
    joined = np.maximum(labels - 1, 0)
    assert asked.agreement(joined) == 1.0
    assert told.agreement(joined) < 1.0
    assert asked.agreement(np.minimum(labels, 2)) < 1.0  # the last two are known to differ


def test_an_answer_given_twice_counts_once() -> None:
    labels = np.repeat(np.arange(3), 2)
    apart = np.concatenate([all_apart(labels), all_apart(labels)[:, ::-1], np.array([[1, 3]])])
    known = known_classes(chains(labels), apart, 6)
    assert known is not None
    clusters = np.array([0, 0, 0, 1, 1, 1])
    assert known.agreement(clusters) == pytest.approx(careful_score(labels, clusters))


def test_one_image_is_a_class_where_it_is_known_what_it_is_not() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2, 3, -1])
    known = known_classes(chains(labels), all_apart(labels), 8)
    assert known is not None
    assert known.rows.tolist() == [0, 1, 2, 3, 4, 5, 6]
    clusters = np.array([0, 0, 1, 1, 2, 2, 0, 0])
    assert known.agreement(clusters) == pytest.approx(careful_score(labels, clusters))
    assert known.agreement(np.array([0, 0, 1, 1, 2, 2, 3, 0])) == 1.0


@pytest.mark.parametrize(
    ("must", "cannot"),
    [
        (NONE, NONE),
        (NONE, np.array([[0, 1], [2, 3]])),
        (chains(np.array([0, 0, 1, 1])), np.array([[0, 2]])),
        (chains(np.repeat(np.arange(4), 2)), NONE),
        (chains(np.repeat(np.arange(4), 2)), np.array([[0, 2], [1, 3]])),
    ],
    ids=["no pairs", "nothing together", "two classes", "nothing apart", "one pair of six apart"],
)
def test_too_little_is_no_knowledge(must: Int64, cannot: Int64) -> None:
    assert known_classes(must, cannot, 20) is None
