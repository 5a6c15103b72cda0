"""The kNN graph of a set with itself, list by list, as products of matrices.

The rows that probe a list are gathered and multiplied with the rows in it. Each product serves
both sides: a pair is found if either end probes the list of the other, so far fewer probes are
needed than a search with separate queries needs, and no list is ever scanned row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..runtime.parallel import RunBlocks, num_threads, row_slices
from ..runtime.progress import Progress, tell
from ..runtime.spare import Spare
from .half import Half
from .kernels import EMPTY
from .lists import InvertedLists
from .offers import Offers, empty_offers, take_offers
from .products import MAX_COLUMNS, FullProducts, HalfProducts, Unit

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

_BLOCK_SCORES = 2_000_000
_REPORT_EVERY = 64
_UNITS, _MAX_OFFERS = 64, 1 << 16
"""Products between two fillings of the heaps, and what each may find until it waits for that."""


class Heaps(NamedTuple):
    """The best neighbors found so far, one heap per row.

    Attributes:
        ids: Row numbers, -1 where no neighbor has been met yet, shape (N, k), int32.
        best: Their similarity, the smallest first, shape (N, k), float32.
    """

    ids: Int32
    best: Float32


def empty_heaps(num_rows: int, k: int) -> Heaps:
    """Heaps that anything may enter."""
    return Heaps(np.full((num_rows, k), -1, np.int32), np.full((num_rows, k), EMPTY, np.float32))


def join_inside(
    x: Float32, heaps: Heaps, members: InvertedLists, run: RunBlocks, progress: Progress | None
) -> None:
    """Fills empty heaps: offers to each row all others of its own list.

    Most neighbors are there: of what is offered later, little passes.

    Args:
        x: Unit rows, shape (N, D), float32.
        heaps: Those of the rows in any list are empty; changed in place.
        members: Which rows belong to each list.
        run: Threads, from `parallel.row_workers`.
        progress: Called with the share done; may raise to cancel.
    """
    num_lists = len(members.starts) - 1
    for start in range(0, num_lists, _REPORT_EVERY):
        tell(progress, start / num_lists, "Nearest neighbors")
        count = min(_REPORT_EVERY, num_lists - start)
        run(_lists_with_themselves, count, start, x, heaps, members)


def join_across(
    x: Float32,
    heaps: Heaps,
    members: InvertedLists,
    queries: InvertedLists,
    run: RunBlocks,
    progress: Progress | None,
    half: Half | None = None,
) -> None:
    """Offers the rows of each list to the rows that probe it, and those to the rows of the list.

    Args:
        x: Unit rows, shape (N, D), float32.
        heaps: Changed in place.
        members: Which rows belong to each list.
        queries: Which rows probe each list that is not their own, each row once per list.
        run: Threads, from `parallel.row_workers`.
        progress: Called with the share done; may raise to cancel.
        half: The rows in half precision, for heaps that let little pass; None compares in
            float32.
    """
    # Side by side they stay in the cache, where whole heaps do not.
    floors = heaps.best[:, 0].copy()

    def room() -> FullProducts | HalfProducts:
        if half is None:
            return FullProducts(x, floors)
        return HalfProducts(x, half, floors)

    rooms, offers = Spare(room), empty_offers(_UNITS, _MAX_OFFERS)
    units = _units(members, queries, FullProducts if half is None else HalfProducts)
    pieces = -(-np.diff(members.starts) // MAX_COLUMNS)
    total, done = max(1, int(np.diff(queries.starts) @ pieces)), 0
    parts = 1 << (num_threads() - 1).bit_length()  # a power of two, one for each worker at least
    waiting: list[Unit] = []
    while batch := [*waiting, *islice(units, _UNITS - len(waiting))]:
        tell(progress, done / total, "Nearest neighbors")
        offers.found[:] = 0
        offers.seen[:] = 0
        run(_compare, len(batch), batch, rooms, offers)
        run(take_offers, parts, parts, offers, *heaps, floors)
        waiting, done = _unseen(batch, offers), done + int(offers.seen.sum())


def _compare(
    start: int,
    stop: int,
    batch: list[Unit],
    rooms: Spare[FullProducts | HalfProducts],
    offers: Offers,
) -> None:
    with rooms.lent() as room:
        for at in range(start, stop):
            room.compare(at, batch[at], offers)


def _unseen(batch: list[Unit], offers: Offers) -> list[Unit]:
    """What found no room: it comes again, to heaps that then let less pass."""
    return [
        Unit(unit.rows[seen:], unit.columns)
        for unit, seen in zip(batch, offers.seen, strict=False)
        if seen < len(unit.rows)
    ]


def _units(
    members: InvertedLists, queries: InvertedLists, products: type[FullProducts | HalfProducts]
) -> Iterator[Unit]:
    """Each list with the rows that probe it, in pieces that products have room for."""
    for number in range(len(members.starts) - 1):
        columns, rows = members.of(number), queries.of(number)
        if len(columns) == 0:
            continue
        for piece in row_slices(len(columns), MAX_COLUMNS):
            some = columns[piece]
            for block in row_slices(len(rows), products.most_rows(len(some))):
                yield Unit(rows[block], some)


def _lists_with_themselves(
    start: int, stop: int, offset: int, x: Float32, heaps: Heaps, members: InvertedLists
) -> None:
    for number in range(offset + start, offset + stop):
        rows = members.of(number)
        block = torch.from_numpy(x[rows])
        step = max(1, _BLOCK_SCORES // max(len(rows), 1))
        for first in range(0, len(rows), step):
            some = block[first : first + step]
            scores = torch.mm(some, block.T).numpy()
            place = np.arange(len(some))
            scores[place, first + place] = EMPTY  # a row is no neighbor of itself
            _fill(scores, rows[first : first + step], rows, heaps)


def _fill(scores: Float32, rows: Int32, columns: Int32, heaps: Heaps) -> None:
    """Fills the empty heaps of some rows with the best columns, of which one is the row itself."""
    count = min(heaps.ids.shape[1], len(columns) - 1)
    if count == 0:
        return
    # Rising is the order of a heap, and sorting is quicker than entering one after the other.
    best = np.argsort(scores, axis=1)[:, -count:]
    heaps.best[rows, -count:] = np.take_along_axis(scores, best, 1)
    heaps.ids[rows, -count:] = columns[best]
