"""Crowds of equal rows against the rows themselves."""

import time

import numpy as np
import numpy.typing as npt
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.knn.copies import fill_copies, rows_to_search
from gcn.knn.join import empty_heaps
from gcn.knn.kernels import EMPTY
from gcn.knn.search import MIN_RECALL, nearest_neighbors

from ..conftest import MakeBlobs

Float32 = npt.NDArray[np.float32]
K = 5


def with_crowds(sizes: tuple[int, ...], others: int = 40, dim: int = 7) -> Float32:
    """Different rows, some of them many times, in random order."""
    rng = np.random.default_rng(len(sizes))
    x = unit_rows(rng.normal(size=(len(sizes) + others, dim)))
    return rng.permutation(np.repeat(x, [*sizes, *[1] * others], axis=0))


@pytest.mark.parametrize("dim", [1, 2, 7, 64])
@pytest.mark.parametrize("sizes", [(), (K + 1,), (K + 2,), (2, 3, 50, 7, 300)])
def test_of_equal_rows_as_many_are_searched_as_fill_each_others_lists(
    sizes: tuple[int, ...], dim: int
) -> None:
    x = with_crowds(sizes, dim=dim)
    heaps = empty_heaps(len(x), K)
    rows = rows_to_search(x, heaps)
    _, group, size = np.unique(x, axis=0, return_inverse=True, return_counts=True)
    np.testing.assert_array_equal(np.bincount(group[rows]), np.minimum(size, K + 1))
    assert (np.diff(rows) > 0).all()
    assert (heaps.best[rows] == EMPTY).all()
    left = np.setdiff1d(np.arange(len(x)), rows)
    np.testing.assert_array_equal(group[heaps.ids[left]], np.tile(group[left], (K, 1)).T)
    assert np.isin(heaps.ids[left], rows).all()
    assert all(len(set(line)) == K for line in heaps.ids[left].tolist())
    np.testing.assert_allclose(heaps.best[left], 1.0, atol=1e-6)


def test_rows_that_only_share_a_sum_are_no_copies() -> None:
    x = with_crowds((60, 30))
    heaps, searched = empty_heaps(len(x), K), np.ones(len(x), bool)
    fill_copies(np.zeros(len(x), np.int64), np.arange(len(x)), x, *heaps, searched)
    left = np.flatnonzero(~searched)
    np.testing.assert_array_equal(left, np.flatnonzero((x == x[0]).all(1))[K + 1 :])
    assert (x[heaps.ids[left]] == x[0]).all()


@pytest.mark.parametrize("crowds", [(11,), (500,), (30, 2500, 12)])
def test_crowds_hide_no_neighbors_of_their_own_or_of_others(
    crowds: tuple[int, ...], make_blobs: MakeBlobs
) -> None:
    k, rng = 10, np.random.default_rng(0)
    x = make_blobs(sizes=(15,) * 200, dim=32, noise=0.8).embeddings
    # Each crowd stands inside a class.
    x = rng.permutation(np.concatenate([x, np.repeat(x[: len(crowds)], crowds, axis=0)]))
    found = nearest_neighbors(x, k, exact=False)
    cosines = x @ x.T
    np.testing.assert_allclose(
        found.similarity, np.take_along_axis(cosines, found.ids.astype(int), 1), atol=2e-6
    )
    np.fill_diagonal(cosines, -9)
    least = -np.partition(-cosines, k - 1, axis=1)[:, k - 1]
    right = found.similarity >= least[:, None] - 2e-6
    in_crowd = least > 1 - 1e-6
    assert right[in_crowd].all()
    assert right[~in_crowd].mean() >= MIN_RECALL - 0.01
    assert (found.ids != np.arange(len(x))[:, None]).all()
    assert all(len(set(line)) == k for line in found.ids.tolist())
    assert (np.diff(found.similarity, axis=1) <= 0).all()
    assert sorted(found.order.tolist()) == list(range(len(x)))


@pytest.mark.parametrize("num_rows", [2, K + 1, K + 2, 500])
def test_sets_of_one_row_are_searched(num_rows: int) -> None:
    k = min(K, num_rows - 1)
    found = nearest_neighbors(with_crowds((num_rows,), others=0), k, exact=False)
    np.testing.assert_allclose(found.similarity, 1.0, atol=1e-6)
    assert (found.ids != np.arange(num_rows)[:, None]).all()
    assert all(len(set(line)) == k for line in found.ids.tolist())


def test_rows_at_the_center_of_a_set_are_as_similar_as_they_are() -> None:
    x = np.concatenate([with_crowds((), 900, 16), np.zeros((300, 16), np.float32)])
    found = nearest_neighbors(x, K, exact=False)
    np.testing.assert_allclose(found.similarity[900:], 0.0)


def test_a_crowd_takes_no_longer_than_as_many_different_rows() -> None:
    seconds: list[float] = []
    for crowd in (1, 1, 25_000):  # the first compiles
        x = with_crowds((crowd,), 30_000 - crowd)
        start = time.process_time()
        nearest_neighbors(x, K, exact=False)
        seconds.append(time.process_time() - start)
    assert seconds[2] < seconds[1]
