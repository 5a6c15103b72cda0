"""Exact search by way of half precision against sorting all pairs."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.knn.exact import exact_neighbors
from gcn.knn.exact_half import exact_in_half, nearest_in_half, pays_in_half

Float32 = npt.NDArray[np.float32]


def random_rows(num_rows: int, dimensions: int) -> Float32:
    return unit_rows(np.random.default_rng(num_rows).normal(size=(num_rows, dimensions)))


def few_numbers(num_rows: int, dimensions: int, count: int) -> Float32:
    """Two groups of rows that are zero but in a few dimensions, where they are alike."""
    rng = np.random.default_rng(count)
    kinds = np.zeros((2, dimensions))
    kinds[:, :count] = rng.normal(size=(2, count))
    x = kinds[np.arange(num_rows) % 2]
    return unit_rows(x * (1 + 0.05 * rng.normal(size=x.shape)))


def equal_numbers(num_rows: int, dimensions: int) -> Float32:
    """Rows that are zero or one number, in a third of the dimensions: groups of similar sets."""
    rng = np.random.default_rng(0)
    kinds = rng.random((num_rows // 30, dimensions)) < 0.3
    members = kinds[rng.integers(0, len(kinds), num_rows)]
    return unit_rows((members ^ (rng.random(members.shape) < 0.02)).astype(np.float32))


def true_similarity(x: Float32, rows: npt.NDArray[np.int64], k: int) -> Float32:
    cosines = x[rows] @ x.T
    cosines[np.arange(len(rows)), rows] = -9
    return -np.sort(-cosines, axis=1)[:, :k]


def check(x: Float32, rows: npt.NDArray[np.int64], k: int) -> None:
    ids, similarity = exact_in_half(x, rows, k)
    assert ids.shape == similarity.shape == (len(rows), k)
    np.testing.assert_allclose(similarity, true_similarity(x, rows, k), atol=1e-5)
    found = np.einsum("rd,rkd->rk", x[rows], x[ids])
    np.testing.assert_allclose(similarity, found, atol=1e-5)
    assert (ids != rows[:, None]).all()
    assert all(len(set(line)) == k for line in ids.tolist())


@pytest.mark.parametrize("dimensions", [1, 2, 30, 256, 1280])
@pytest.mark.parametrize(("num_rows", "asked", "k"), [(3, 3, 2), (600, 130, 5), (1500, 700, 80)])
def test_the_most_similar_others_are_found(
    num_rows: int, asked: int, k: int, dimensions: int
) -> None:
    x = random_rows(num_rows, dimensions)
    check(x, np.random.default_rng(0).permutation(num_rows)[:asked], k)


def test_rows_beyond_one_piece_are_found() -> None:
    x = random_rows(17_000, 16)
    rows = np.array([0, 5, 16_383, 16_384, 16_385, 16_999])
    check(x, rows, 10)


def test_rows_that_are_close_together_are_told_apart() -> None:
    # Half precision alone sees one similarity, 0.9961, for all of these.
    rng = np.random.default_rng(0)
    x = unit_rows(np.ones(200) + 0.02 * rng.normal(size=(800, 200)))
    check(x, np.arange(0, 800, 7), 12)


@pytest.mark.parametrize("count", [2, 4, 20])
def test_errors_that_add_up_in_few_dimensions_hide_no_neighbor(count: int) -> None:
    check(few_numbers(2000, 512, count), np.arange(0, 2000, 3), 20)


def test_errors_that_are_the_same_in_all_dimensions_hide_no_neighbor() -> None:
    check(equal_numbers(1500, 2048), np.arange(0, 1500, 3), 20)


def test_copies_of_a_row_are_its_neighbors_and_it_is_not() -> None:
    x = random_rows(400, 32)
    x[100:130] = x[7]
    ids, similarity = exact_in_half(x, np.array([7, 100, 129, 300]), 30)
    copies = {7, *range(100, 130)}
    for row, found in zip((7, 100, 129), ids[:3].tolist(), strict=True):
        assert set(found) == copies - {row}
    np.testing.assert_allclose(similarity[:3], 1.0, atol=1e-6)


def test_all_neighbors_are_asked_for() -> None:
    x = random_rows(50, 8)
    ids, _ = exact_in_half(x, np.arange(50), 49)
    for row, found in enumerate(ids.tolist()):
        assert sorted([row, *found]) == list(range(50))


def test_large_searches_take_this_way_where_it_is_quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    x, rows = random_rows(16_000, 128), np.arange(2000)
    found: list[tuple[npt.NDArray[np.int32], Float32]] = []
    for quicker in (True, False):
        monkeypatch.setattr("gcn.knn.exact_half.half_is_quicker", lambda said=quicker: said)
        found.append(exact_neighbors(x, rows, 5))
    assert (found[0][0] == found[1][0]).mean() > 0.9999
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-5)


def test_a_search_can_be_cancelled() -> None:
    calls: list[float] = []

    def cancel(done: float, what: str) -> None:
        assert what == "Nearest neighbors"
        calls.append(done)
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exact_in_half(random_rows(50_000, 4), np.arange(10), 3, cancel)
    assert calls == [0.0, 16_384 / 50_000]


@pytest.mark.parametrize(("num_others", "k"), [(1, 1), (40, 3), (1300, 7)])
def test_the_nearest_rows_of_another_matrix_are_found(num_others: int, k: int) -> None:
    x, others = random_rows(300, 20), random_rows(num_others, 20)
    others[-1] = x[4]  # is no less near for being the same
    ids, similarity = nearest_in_half(x, others, k)
    np.testing.assert_allclose(similarity, -np.sort(-(x @ others.T), axis=1)[:, :k], atol=1e-5)
    np.testing.assert_allclose(similarity, np.einsum("rd,rkd->rk", x, others[ids]), atol=1e-5)
    assert ids[4, 0] == num_others - 1


def test_half_precision_pays_for_many_products_and_few_neighbors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gcn.knn.exact_half.half_is_quicker", lambda: True)
    assert pays_in_half(8000, 50_000, 256, 5)
    assert not pays_in_half(20_000, 20_000, 256, 80)
    assert not pays_in_half(300, 300, 256, 5)
    monkeypatch.setattr("gcn.knn.exact_half.half_is_quicker", lambda: False)
    assert not pays_in_half(8000, 50_000, 256, 5)
