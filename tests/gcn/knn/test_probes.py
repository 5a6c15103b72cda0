"""Lists to look into, against every list of every row."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn.knn.exact import exact_neighbors
from gcn.knn.half import vectors
from gcn.knn.join import Heaps, empty_heaps, join_across, join_inside
from gcn.knn.lists import InvertedLists, inverted, nearest_lists, train_centroids
from gcn.knn.probes import (
    ALL_LISTS,
    NO_FURTHER,
    Probed,
    Sample,
    first_probes,
    further_lists,
    margin_needed,
)
from gcn.runtime.parallel import row_workers

from ..conftest import MakeBlobs

Float32 = npt.NDArray[np.float32]
K, LISTS, FIRST = 20, 60, 2


class Searched:
    """A set that has been searched in the nearest two of sixty lists."""

    def __init__(self, x: Float32) -> None:
        self.x = x
        self.centroids = train_centroids(x, LISTS)
        known = nearest_lists(x, self.centroids, FIRST)
        self.members = inverted(np.ascontiguousarray(known[:, :1]), LISTS)
        self.heaps = empty_heaps(len(x), K)
        with row_workers() as run:
            join_inside(x, self.heaps, self.members, run, None)
        self.join(inverted(np.ascontiguousarray(known[:, 1:]), LISTS), self.heaps)
        floors = self.heaps.best[:, 0].copy()
        self.probed = Probed(vectors(self.centroids), known, floors)
        rows = np.arange(0, len(x), 12)
        self.sample = Sample(rows, *exact_neighbors(x, rows, K))

    def join(self, queries: InvertedLists, heaps: Heaps) -> None:
        with row_workers() as run:
            join_across(self.x, heaps, self.members, queries, run, None)

    def picked(self, above: float, margin: float) -> npt.NDArray[np.bool_]:
        """Which list is between the margins for which row, shape (N, L)."""
        short = self.probed.floors[:, None] - self.x @ self.centroids.T
        within = (short > above) & (short <= margin)
        np.put_along_axis(within, self.probed.known.astype(np.int64), False, 1)
        return within

    def found_with(self, margin: float) -> float:
        """Share of the true neighbors of the sample after a search up to the margin."""
        heaps = Heaps(self.heaps.ids.copy(), self.heaps.best.copy())
        for _, queries in further_lists(vectors(self.x), self.probed, (-ALL_LISTS, margin), 10**9):
            self.join(queries, heaps)
        best, least = heaps.best[self.sample.rows], self.sample.similarity[:, -1:]
        return float((best >= least - 1e-6).mean())


@pytest.fixture(params=[True, False], ids=["half", "full"])
def in_half(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Products in half precision or in full, whatever this machine is quicker with."""
    monkeypatch.setattr("gcn.knn.half.half_is_quicker", lambda: request.param)
    return request.param


@pytest.fixture
def searched(make_blobs: MakeBlobs, in_half: bool) -> Searched:
    return Searched(make_blobs(sizes=(15,) * 300, dim=32, noise=1.0).embeddings)


def as_table(queries: InvertedLists, num_rows: int) -> npt.NDArray[np.bool_]:
    table = np.zeros((num_rows, LISTS), bool)
    for number in range(LISTS):
        table[queries.of(number), number] = True
    return table


@pytest.mark.parametrize(("above", "margin"), [(-ALL_LISTS, 0.05), (0.05, 0.2), (0.1, ALL_LISTS)])
def test_lists_between_two_margins_are_picked(
    searched: Searched, above: float, margin: float
) -> None:
    chunks = list(further_lists(vectors(searched.x), searched.probed, (above, margin), 10**9))
    assert [stop for stop, _ in chunks] == [len(searched.x)]
    table, expected = as_table(chunks[0][1], len(searched.x)), searched.picked(above, margin)
    # A list close to an edge may fall on either side of it.
    close = searched.picked(above - 0.01, above + 0.01) | searched.picked(
        margin - 0.002, margin + 0.002
    )
    np.testing.assert_array_equal(table[~close], expected[~close])
    assert expected[~close].any()


def test_what_does_not_fit_comes_in_pieces_of_consecutive_rows(
    searched: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, whole), *_ = further_lists(vectors(searched.x), searched.probed, (-ALL_LISTS, 0.1), 10**9)
    monkeypatch.setattr("gcn.knn.probes._PIECE_ROWS", 700)
    pieces = list(further_lists(vectors(searched.x), searched.probed, (-ALL_LISTS, 0.1), 1000))
    stops = [stop for stop, _ in pieces]
    assert len(stops) > 2
    assert stops == sorted(set(stops))
    start, total = 0, np.zeros((len(searched.x), LISTS), bool)
    for stop, queries in pieces:
        assert ((queries.rows >= start) & (queries.rows < stop)).all()
        total |= as_table(queries, len(searched.x))
        start = stop
    np.testing.assert_array_equal(total, as_table(whole, len(searched.x)))


def test_rows_whose_floor_says_so_look_no_further(searched: Searched) -> None:
    floors = searched.probed.floors.copy()
    floors[::2] = NO_FURTHER
    probed = searched.probed._replace(floors=floors)
    ((_, queries),) = further_lists(vectors(searched.x), probed, (-ALL_LISTS, 0.2), 10**9)
    assert len(queries.rows)
    assert (queries.rows % 2 == 1).all()


@pytest.mark.parametrize("recall", [0.9, 0.95, 0.99, 1.0])
def test_the_margin_finds_what_was_planned(searched: Searched, recall: float) -> None:
    margin, further, suffices = margin_needed(
        searched.x, searched.probed, searched.heaps, searched.sample, recall
    )
    assert suffices
    assert searched.found_with(-ALL_LISTS) < 0.9
    assert searched.found_with(margin + 0.002) >= recall
    # No wider than it must be, but for what other rows offer to those of the sample.
    assert searched.found_with(margin - 0.02) < recall
    within = searched.picked(-ALL_LISTS, margin)[searched.sample.rows]
    assert further == pytest.approx(within.sum(1).mean(), abs=0.1)


def test_nothing_further_is_needed_where_enough_is_found(searched: Searched) -> None:
    assert margin_needed(searched.x, searched.probed, searched.heaps, searched.sample, 0.3) == (
        -ALL_LISTS,
        0.0,
        True,
    )


@pytest.mark.parametrize("most", [0.5, 2.0])
def test_the_margin_is_no_wider_than_the_lists_that_are_allowed(
    searched: Searched, most: float
) -> None:
    given = (searched.x, searched.probed, searched.heaps, searched.sample, 1.0)
    margin, further, suffices = margin_needed(*given, most)
    assert not suffices
    assert further == most < margin_needed(*given).further
    within = searched.picked(-ALL_LISTS, margin)[searched.sample.rows]
    assert within.sum(1).mean() == pytest.approx(most, rel=0.05)
    assert searched.found_with(margin) > searched.found_with(-ALL_LISTS)


def test_equals_of_the_last_neighbor_need_not_be_found() -> None:
    x = np.eye(4, dtype=np.float32)[np.repeat([0, 1], [30, 3])]
    heaps = Heaps(np.full((33, 1), 1, np.int32), np.ones((33, 1), np.float32))
    known = np.repeat([[0], [1]], [30, 3], axis=0).astype(np.int32)
    probed = Probed(vectors(np.eye(4, dtype=np.float32)[:2]), known, heaps.best[:, 0])
    sample = Sample(np.arange(5), np.full((5, 1), 20, np.int32), np.ones((5, 1), np.float32))
    assert margin_needed(x, probed, heaps, sample, 1.0) == (-ALL_LISTS, 0.0, True)


@pytest.mark.parametrize(
    ("num_rows", "num_lists", "k", "expected"),
    [(50_000, 894, 80, 8), (50_000, 894, 2048, 147), (10, 10, 9, 10), (5, 3, 2, 3)],
)
def test_every_row_looks_into_lists_that_offer_enough(
    num_rows: int, num_lists: int, k: int, expected: int
) -> None:
    assert first_probes(num_rows, num_lists, k) == expected
