"""Joins of lists with the rows that probe them, in both precisions, against sorting all pairs."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.knn.half import Half, vectors
from gcn.knn.join import Heaps, empty_heaps, join_across, join_inside
from gcn.knn.kernels import sort_heaps
from gcn.knn.lists import InvertedLists, inverted
from gcn.knn.products import MAX_COLUMNS, FullProducts, HalfProducts
from gcn.runtime.parallel import row_workers

from .test_half import UNEVEN, random_rows, uneven_rows

Float32 = npt.NDArray[np.float32]
Int32 = npt.NDArray[np.int32]


@pytest.fixture(params=["full", "half"])
def in_half(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr("gcn.knn.half.half_is_quicker", lambda: request.param == "half")
    return request.param == "half"


def halves(x: Float32, in_half: bool) -> Half | None:
    half = vectors(x).half
    assert (half is not None) == in_half
    return half


def one_list(rows: int, of: range) -> InvertedLists:
    """One list that holds some of the rows."""
    return InvertedLists(np.array([0, len(of)]), np.arange(of.start, of.stop, dtype=np.int32))


def join(
    x: Float32, heaps: Heaps, members: InvertedLists, queries: InvertedLists, half: Half | None
) -> None:
    with row_workers() as run:
        join_across(x, heaps, members, queries, run, None, half)
    sort_heaps(0, len(x), *heaps)


@pytest.mark.parametrize("dimensions", [1, 3, 40, 256])
@pytest.mark.parametrize(("members", "probing"), [(5, 3), (70, 400), (600, 300), (1, 5000)])
def test_all_pairs_that_belong_into_a_heap_come_there(
    members: int, probing: int, dimensions: int, in_half: bool
) -> None:
    x = random_rows(members + probing, dimensions)
    heaps = empty_heaps(len(x), 4)
    # Warm heaps, half of which nothing passes.
    heaps.best[:] = np.where(np.arange(len(x)) % 2, 0.3, 0.999)[:, None]
    lists = one_list(len(x), range(members)), one_list(len(x), range(members, len(x)))
    join(x, heaps, *lists, halves(x, in_half))
    cosines = x[members:] @ x[:members].T
    for i in range(len(x)):
        line = cosines[i - members] if i >= members else cosines[:, i]
        floor = 0.3 if i % 2 else 0.999
        expected = np.sort(np.append(line[line > floor], [floor] * 4))[::-1][:4]
        np.testing.assert_allclose(heaps.best[i], expected, atol=1e-6)
        for other, score in zip(heaps.ids[i], heaps.best[i], strict=True):
            assert other < 0 or x[i] @ x[other] == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize("kind", UNEVEN)
def test_the_nearest_of_uneven_rows_come_into_the_heaps_of_both_sides(
    kind: str, in_half: bool
) -> None:
    x = uneven_rows(kind)
    cosines = x[200:] @ x[:200].T
    best = [np.sort(each, axis=1)[:, :-5:-1] for each in (cosines.T, cosines)]
    expected = np.concatenate(best)
    heaps = empty_heaps(500, 4)
    heaps.best[:] = expected[:, -1:] - 1e-5
    join(x, heaps, one_list(500, range(200)), one_list(500, range(200, 500)), halves(x, in_half))
    np.testing.assert_allclose(heaps.best, expected, atol=1e-6)


def probed(x: Float32, num_lists: int) -> tuple[InvertedLists, InvertedLists]:
    """Lists of any rows, and for each a quarter of the other rows."""
    rng = np.random.default_rng(0)
    known = np.argsort(rng.random((len(x), num_lists)), axis=1).astype(np.int32)
    probes = np.ascontiguousarray(known[:, 1 : 1 + num_lists // 4])
    return inverted(np.ascontiguousarray(known[:, :1]), num_lists), inverted(probes, num_lists)


def joined(x: Float32, num_lists: int, half: Half | None) -> Heaps:
    heaps, (members, queries) = empty_heaps(len(x), 7), probed(x, num_lists)
    with row_workers() as run:
        join_inside(x, heaps, members, run, None)
    join(x, heaps, members, queries, half)
    return heaps


def test_each_row_meets_the_lists_that_it_probes_and_the_rows_that_probe_its_own(
    in_half: bool,
) -> None:
    x = random_rows(900, 24)
    found = joined(x, 40, halves(x, in_half))
    members, queries = probed(x, 40)
    meets = np.zeros((900, 900), bool)
    for number in range(40):
        inside, outside = members.of(number), queries.of(number)
        meets[np.ix_(inside, inside)] = True
        meets[np.ix_(outside, inside)] = True
    meets |= meets.T
    np.fill_diagonal(meets, False)
    cosines = np.where(meets, x @ x.T, -2)
    np.testing.assert_allclose(found.best, -np.sort(-cosines, axis=1)[:, :7], atol=1e-6)


@pytest.mark.parametrize("threads", [1, 3, 16])
def test_the_heaps_are_the_same_for_any_number_of_threads(
    threads: int, in_half: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of rows with few different similarities, which of equals are kept depends on the order.
    x = unit_rows(np.random.default_rng(0).integers(0, 3, (600, 5)) + 0.1)
    usual = joined(x, 30, halves(x, in_half))
    for module in ("runtime.parallel", "knn.join"):
        monkeypatch.setattr(f"gcn.{module}.num_threads", lambda: threads)
    again = joined(x, 30, halves(x, in_half))
    np.testing.assert_array_equal(again.ids, usual.ids)
    np.testing.assert_array_equal(again.best, usual.best)


def test_products_that_find_more_than_there_is_room_for_go_on_later(
    in_half: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = random_rows(700, 16)
    usual = joined(x, 4, halves(x, in_half))
    monkeypatch.setattr("gcn.knn.join._MAX_OFFERS", 2 * MAX_COLUMNS + 1)
    fewer = joined(x, 4, halves(x, in_half))
    np.testing.assert_allclose(fewer.best, usual.best, atol=1e-6)


def test_a_join_reports_and_can_be_cancelled(in_half: bool) -> None:
    x, seen = random_rows(3000, 8), list[float]()
    half, heaps, (members, queries) = halves(x, in_half), empty_heaps(3000, 3), probed(x, 500)
    with row_workers() as run:
        join_across(x, heaps, members, queries, run, lambda done, _: seen.append(done), half)
    assert len(seen) >= 7
    assert seen == sorted(seen)
    assert seen[-1] < 1

    def cancel(done: float, what: str) -> None:
        if done > 0.5:
            raise InterruptedError(what)

    with row_workers() as run, pytest.raises(InterruptedError, match="Nearest neighbors"):
        join_across(x, heaps, members, queries, run, cancel, half)


@pytest.mark.parametrize("products", [FullProducts, HalfProducts])
@pytest.mark.parametrize("columns", [1, 63, 64, 65, 300, MAX_COLUMNS])
def test_room_is_enough_for_the_most_rows(
    products: type[FullProducts | HalfProducts], columns: int
) -> None:
    x = random_rows(6000, 2)
    members = one_list(6000, range(columns))
    queries = one_list(6000, range(columns, columns + products.most_rows(columns)))
    heaps = empty_heaps(6000, 1)
    join(x, heaps, members, queries, vectors(x).half if products is HalfProducts else None)
    assert (heaps.ids[queries.rows, 0] >= 0).all()
