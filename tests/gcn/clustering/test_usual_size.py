"""Which clusters are divided because they are of twice the usual size."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn import cluster, evaluate
from gcn.clustering.usual_size import UsualSize, divide_doubles
from gcn.runtime.fixed_point import fixed

from ..conftest import Blobs, MakeBlobs

Int64 = npt.NDArray[np.int64]

NO_PAIRS = np.empty((0, 2), np.int64)
_CLASSES, _SIZE = 60, 12


@pytest.fixture(scope="module")
def characters(make_blobs: MakeBlobs) -> Blobs:
    """Classes of one size."""
    return make_blobs(sizes=(_SIZE,) * _CLASSES, dim=32, noise=1.0)


@pytest.fixture
def mixed(characters: Blobs) -> Int64:
    """Two pairs of classes and three others are taken for one class each."""
    labels = characters.labels.copy()
    for wrong, right in ((59, 0), (58, 1), (57, 2), (56, 2)):
        labels[labels == wrong] = right
    return labels


def divided(characters: Blobs, labels: Int64, must: Int64 = NO_PAIRS) -> UsualSize:
    return divide_doubles(characters.embeddings, labels, must)


def test_clusters_of_twice_and_three_times_the_usual_size_are_divided(
    characters: Blobs, mixed: Int64
) -> None:
    found = divided(characters, mixed)
    assert found.divided == 4
    assert found.gain > 0.5
    assert evaluate(characters.labels, found.labels).bcubed_f == 1.0
    # The first part keeps the number, others have new ones without gaps, no other cluster changes.
    assert sorted(set(found.labels.tolist())) == list(range(_CLASSES))
    whole = mixed > 2
    np.testing.assert_array_equal(found.labels[whole], mixed[whole])


def test_right_clusters_stay_as_they_are(characters: Blobs) -> None:
    found = divided(characters, characters.labels)
    assert found.divided == 0
    np.testing.assert_array_equal(found.labels, characters.labels)


def test_one_class_of_twice_the_usual_size_stays_whole(make_blobs: MakeBlobs) -> None:
    """Its halves hang together as those of the others do."""
    sizes = (*(_SIZE,) * 40, 2 * _SIZE)
    large = make_blobs(sizes=sizes, dim=32, noise=1.0)
    found = divided(large, large.labels)
    assert found.gain > 0.5
    assert found.divided == 0


def test_nothing_is_divided_where_classes_are_of_all_sizes(make_blobs: MakeBlobs) -> None:
    sizes = tuple(np.round(np.exp(np.linspace(1.5, 4.5, 60))).astype(int).tolist())
    uneven = make_blobs(sizes=sizes, dim=32, noise=1.0)
    labels = np.where(uneven.labels == 31, 30, uneven.labels)
    labels = np.unique(labels, return_inverse=True)[1]
    found = divided(uneven, labels)
    assert found.gain < 0.25
    np.testing.assert_array_equal(found.labels, labels)


def test_few_clusters_tell_nothing(characters: Blobs, mixed: Int64) -> None:
    few = mixed < 19
    found = divide_doubles(characters.embeddings[few], mixed[few], NO_PAIRS)
    assert found == (found.labels, 0, 0.0)
    np.testing.assert_array_equal(found.labels, mixed[few])


def test_what_belongs_together_stays_together(characters: Blobs, mixed: Int64) -> None:
    first, second = (np.flatnonzero(characters.labels == each)[0] for each in (0, 59))
    elsewhere = np.flatnonzero(characters.labels == 5)[0]
    links = np.array([[first, second], [first, elsewhere]])
    found = divided(characters, mixed, links)
    assert found.divided == 3
    assert len(set(found.labels[mixed == 0].tolist())) == 1


def test_order_and_fixed_point_make_no_difference(characters: Blobs, mixed: Int64) -> None:
    expected = divided(characters, mixed)
    order = np.random.default_rng(3).permutation(len(mixed))
    found = divide_doubles(fixed(characters.embeddings[order]), mixed[order], NO_PAIRS)
    assert evaluate(expected.labels[order], found.labels).bcubed_f == 1.0
    assert found[1:] == expected[1:]


def test_large_clusters_are_left_alone(
    characters: Blobs, mixed: Int64, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcn.clustering.usual_size._MAX_ROWS", 2 * _SIZE - 1)
    assert divided(characters, mixed).divided == 0


def test_it_can_be_cancelled(characters: Blobs, mixed: Int64) -> None:
    def cancel(done: float, stage: str) -> None:
        raise KeyboardInterrupt(f"{stage} at {done}")

    with pytest.raises(KeyboardInterrupt, match="Usual size"):
        divide_doubles(characters.embeddings, mixed, NO_PAIRS, cancel)


def test_a_clustering_tells_of_it(characters: Blobs) -> None:
    result = cluster(characters.embeddings)
    stage = next(each for each in result.stages if each.name == "Usual size")
    assert stage.counts["double_clusters_divided"] >= 0
    assert stage.thresholds["size_gain"] > 0.25
