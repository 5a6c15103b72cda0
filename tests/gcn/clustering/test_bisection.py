"""Where a cluster is cut in two."""

import itertools

import numpy as np
import pytest

from gcn.clustering.bisection import bisect
from gcn.runtime.fixed_point import fixed

from ..conftest import Blobs, MakeBlobs


@pytest.fixture
def two(make_blobs: MakeBlobs) -> Blobs:
    """Two classes, one of them larger."""
    return make_blobs(sizes=(12, 7), dim=24, noise=0.8)


def test_two_classes_come_apart(two: Blobs) -> None:
    found = bisect(two.embeddings)
    np.testing.assert_array_equal(found.second, two.labels != two.labels[0])
    assert 0.0 < found.cut < 0.8


def test_it_is_the_same_in_fixed_point_and_in_any_order(two: Blobs) -> None:
    found = bisect(two.embeddings)
    np.testing.assert_array_equal(bisect(fixed(two.embeddings)).second, found.second)
    order = np.random.default_rng(0).permutation(len(two.labels))
    mixed = bisect(two.embeddings[order])
    np.testing.assert_array_equal(mixed.second ^ found.second[order][0], found.second[order])
    assert mixed.cut == pytest.approx(found.cut)


def test_no_other_cut_of_well_parted_rows_is_better(make_blobs: MakeBlobs) -> None:
    """Against all cuts there are, by the definition."""
    x = make_blobs(sizes=(5, 4), dim=12, noise=0.5).embeddings
    found = bisect(x)
    cosine = (x @ x.T).astype(float)
    others = cosine[~np.eye(len(x), dtype=bool)]
    weights = np.exp((cosine - np.median(others)) / others.std())
    np.fill_diagonal(weights, 0.0)

    def cut(second: np.ndarray) -> float:
        across = weights[second][:, ~second].sum()
        return across / weights[second].sum() + across / weights[~second].sum()

    all_cuts = [
        cut(np.array([False, *rest]))
        for rest in itertools.product([False, True], repeat=len(x) - 1)
        if any(rest)
    ]
    assert found.cut == pytest.approx(cut(found.second))
    assert found.cut == pytest.approx(min(all_cuts))


def test_noise_has_no_good_cut(make_blobs: MakeBlobs, two: Blobs) -> None:
    noise = make_blobs(sizes=(19,), dim=24, noise=0.8).embeddings
    assert bisect(noise).cut > bisect(two.embeddings).cut + 0.1


@pytest.mark.parametrize("number", [2, 3, 10])
def test_copies_are_cut_somewhere(number: int) -> None:
    found = bisect(np.tile(np.eye(8, dtype=np.float32)[:1], (number, 1)))
    assert 0 < found.second.sum() < number
    assert found.cut >= 1.0
