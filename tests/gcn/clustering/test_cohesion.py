"""Which clusters are divided because their halves are no more alike than strangers."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn import cluster, evaluate
from gcn.clustering.cohesion import Cohesion, divide_loose, least_similarity
from gcn.graph.knn_graph import unit_rows
from gcn.runtime.fixed_point import fixed

from ..conftest import Blobs, MakeBlobs

Int64 = npt.NDArray[np.int64]

NO_PAIRS = np.empty((0, 2), np.int64)
_CLASSES, _SIZE = 60, 12


@pytest.fixture(scope="module")
def faces(make_blobs: MakeBlobs) -> Blobs:
    """Classes that are about equally tight, and apart."""
    return make_blobs(sizes=(_SIZE,) * _CLASSES, dim=64, noise=0.6)


@pytest.fixture
def three_mixed(faces: Blobs) -> Int64:
    """Three pairs of classes taken for one class each."""
    labels = faces.labels.copy()
    for wrong, right in ((57, 0), (58, 1), (59, 2)):
        labels[labels == wrong] = right
    return labels


def divided(faces: Blobs, labels: Int64, must: Int64 = NO_PAIRS) -> Cohesion:
    return divide_loose(faces.embeddings, labels, must)


def test_what_hangs_together_no_better_than_strangers_is_divided(
    faces: Blobs, three_mixed: Int64
) -> None:
    found = divided(faces, three_mixed)
    assert found.divided == 3
    assert evaluate(faces.labels, found.labels).bcubed_f == 1.0
    # The first part keeps the number, others have new ones without gaps, no other cluster changes.
    assert sorted(set(found.labels.tolist())) == list(range(_CLASSES))
    whole = three_mixed > 2
    np.testing.assert_array_equal(found.labels[whole], three_mixed[whole])


def test_right_clusters_stay_as_they_are(faces: Blobs) -> None:
    found = divided(faces, faces.labels)
    assert found.divided == 0
    assert -1.0 < found.least < 1.0
    np.testing.assert_array_equal(found.labels, faces.labels)


def test_nothing_is_divided_where_similarity_does_not_tell() -> None:
    rng = np.random.default_rng(0)
    x = unit_rows(rng.normal(size=(900, 32)))
    labels = rng.permutation(np.repeat(np.arange(90), 10))
    found = divide_loose(x, labels, NO_PAIRS)
    assert (found.divided, found.least) == (0, -1.0)
    np.testing.assert_array_equal(found.labels, labels)


def test_a_few_clusters_do_not_show_what_is_usual(faces: Blobs) -> None:
    rows = faces.labels < 19
    x, labels = faces.embeddings[rows], faces.labels[rows]
    labels[labels == 18] = 0
    assert divide_loose(x, labels, NO_PAIRS).divided == 0


def test_images_alike_leave_everything_whole() -> None:
    x = np.broadcast_to(np.array([1.0, 0.0], np.float32), (100, 2))
    labels = np.repeat(np.arange(25), 4)
    found = divide_loose(x, labels, NO_PAIRS)
    assert (found.divided, found.least) == (0, -1.0)


def test_images_that_must_stay_together_do(faces: Blobs, three_mixed: Int64) -> None:
    one, other = np.flatnonzero(faces.labels == 0)[0], np.flatnonzero(faces.labels == 57)[-1]
    found = divided(faces, three_mixed, np.array([[one, other]]))
    assert found.divided == 2
    assert len(set(found.labels[three_mixed == 0].tolist())) == 1
    across = np.array([[one, np.flatnonzero(faces.labels == 30)[0]]])
    assert divided(faces, three_mixed, across).divided == 3


def test_large_clusters_are_left_to_the_second_look(
    faces: Blobs, three_mixed: Int64, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcn.clustering.cohesion._MAX_ROWS", 2 * _SIZE - 1)
    assert divided(faces, three_mixed).divided == 0


def test_fixed_point_and_the_order_of_rows_change_nothing(faces: Blobs, three_mixed: Int64) -> None:
    order = np.random.default_rng(0).permutation(len(three_mixed))
    usual = divided(faces, three_mixed)
    for x in (faces.embeddings, fixed(faces.embeddings)):
        found = divide_loose(x[order], three_mixed[order], NO_PAIRS)
        assert found.least == pytest.approx(usual.least, abs=1e-4)
        assert evaluate(usual.labels[order], found.labels).bcubed_f == 1.0


def test_least_similarity_is_where_odds_are_three_to_one() -> None:
    rng = np.random.default_rng(0)
    # Of two normal distributions of one width the odds are known at every place.
    inside, across = rng.normal(0.6, 0.1, 20_000), rng.normal(0.4, 0.1, 60_000)
    expected = 0.5 - np.log(3.0) * 0.1**2 / (0.6 - 0.4)
    assert least_similarity(inside, across) == pytest.approx(expected, abs=0.005)
    assert least_similarity(across, inside) == -1.0


@pytest.mark.parametrize(("apart", "tells"), [(0.06, False), (0.12, True)])
def test_similarity_is_trusted_where_it_is_right_in_three_of_four_comparisons(
    apart: float, tells: bool
) -> None:
    rng = np.random.default_rng(0)
    # Of two normal distributions of width 0.1 it is right in 66 % and in 80 % of comparisons.
    inside, across = rng.normal(0.4 + apart, 0.1, 4000), rng.normal(0.4, 0.1, 9000)
    assert (least_similarity(inside, across) > -1.0) == tells


def test_progress_can_cancel(faces: Blobs) -> None:
    def cancel(done: float, what: str) -> None:
        raise KeyboardInterrupt(what)

    with pytest.raises(KeyboardInterrupt, match="Cohesion"):
        divide_loose(faces.embeddings, faces.labels, NO_PAIRS, cancel)


def test_a_clustering_says_what_was_divided(faces: Blobs) -> None:
    stage = next(s for s in cluster(faces.embeddings).stages if s.name == "Cohesion")
    assert stage.counts["loose_clusters_divided"] >= 0
    assert -1.0 <= stage.thresholds["least_similarity"] <= 1.0
