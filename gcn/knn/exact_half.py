"""Exact nearest neighbors whose candidates are found in half precision.

Every row is compared with every other, as in `exact`, but in bfloat16; only what may be more
similar than the last neighbor known so far is computed in float32. See `half`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..runtime.parallel import row_slices, row_workers
from ..runtime.progress import Progress, tell
from .half import Half, as_bits, empty_half, half_is_quicker, slack
from .kernels import EMPTY, recheck_queries, sort_heaps, subtract_floors

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

_ROWS, _COLUMNS = 256, 1024
"""Of each product: the library compiles a program for each shape, so there is only one."""
_PIECE_ROWS = 16 * _COLUMNS
_LEAST = np.float32(-1.001)
"""Below every cosine, and near enough to them to leave half precision room."""
_MIN_PRODUCTS = 2e9
"""Multiplications that take long enough to be worth two precisions: some hundredths of a second."""
_PRODUCTS_PER_ENTRY = 17_000
"""Multiplications that half precision has to save for each entry into a heap."""


def pays_in_half(num_rows: int, num_others: int, dimensions: int, k: int = 0) -> bool:
    """Whether a search in half precision is quicker on this machine.

    A heap is entered k (1 + ln(N / k)) times where candidates come in any order, and each time a
    row is fetched from anywhere in memory; what is saved are products.

    Args:
        num_rows: R, rows that are searched for.
        num_others: N, rows that are compared with them.
        dimensions: D.
        k: Neighbors wanted; 0 where the others are so few that they stay in the cache.
    """
    filled = k * (1 + np.log(max(num_others, 1) / max(k, 1)))
    products = num_others * dimensions
    if num_rows * products < _MIN_PRODUCTS or products < _PRODUCTS_PER_ENTRY * filled:
        return False
    return half_is_quicker()


def exact_in_half(
    x: Float32, rows: Int64, k: int, progress: Progress | None = None
) -> tuple[Int32, Float32]:
    """The `k` most similar others of some rows, as `exact.exact_neighbors`.

    Args:
        x: Unit rows, shape (N, D), float32, C-contiguous.
        rows: Row numbers, shape (R,).
        k: Neighbors per row; below N.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Row numbers, shape (R, k), int32, and their similarity, falling, float32.
    """
    return _nearest(x, rows, x, rows, k, progress)


def nearest_in_half(x: Float32, others: Float32, k: int) -> tuple[Int32, Float32]:
    """The `k` rows of another matrix that are most similar to each row.

    Args:
        x: Unit rows, shape (R, D), float32, C-contiguous.
        others: Unit rows, shape (M, D), float32, C-contiguous.
        k: How many; at most M.

    Returns:
        Rows of `others`, shape (R, k), int32, and their similarity, falling, float32.
    """
    rows = np.arange(len(x))
    return _nearest(x, rows, others, np.full(len(x), -1), k, None)


class Search(NamedTuple):
    """Queries, what they are compared with, and what was found.

    Attributes:
        x: Unit rows, among them the queries, shape (N, D).
        rows: Row number of each query, shape (R,).
        others: Unit rows that they are compared with, shape (M, D).
        itself: Which of `others` a query is; -1 for none, shape (R,).
        ids: Heap of each query, rows of `others`, -1 where empty, shape (R, k), int32.
        best: Their similarity, the smallest first, shape (R, k), float32.
    """

    x: Float32
    rows: Int64
    others: Float32
    itself: Int64
    ids: Int32
    best: Float32


def _nearest(
    x: Float32, rows: Int64, others: Float32, itself: Int64, k: int, progress: Progress | None
) -> tuple[Int32, Float32]:
    ids = np.full((len(rows), k), -1, np.int32)
    best = np.full((len(rows), k), EMPTY, np.float32)
    search = Search(x, rows, others, itself, ids, best)
    num_blocks = -(-len(rows) // _ROWS)
    piece_rows = min(_PIECE_ROWS, -(-len(others) // _COLUMNS) * _COLUMNS)
    # Copied and rounded by the workers: torch in this thread would wake others, which then wait.
    asked, piece = (empty_half(count, x.shape[1]) for count in (num_blocks * _ROWS, piece_rows))
    with row_workers() as run:
        run(_round_rows, len(asked.error), x, np.resize(rows, len(asked.error)), asked)
        for columns in row_slices(len(others), piece_rows):
            tell(progress, columns.start / len(others), "Nearest neighbors")
            # The last piece is filled up with the first rows, which are not looked at again.
            numbers = np.arange(columns.start, columns.start + piece_rows) % len(others)
            run(_round_rows, piece_rows, others, numbers, piece)
            run(_search_piece, num_blocks, search, asked, piece, columns)
        run(sort_heaps, len(rows), ids, best)
    return ids, best


def _round_rows(start: int, stop: int, x: Float32, rows: Int64, half: Half) -> None:
    """Writes the rows that come to the places start..stop-1 in half precision."""
    for first in range(start, stop, _COLUMNS):
        at = slice(first, min(first + _COLUMNS, stop))
        half.write(at, x[rows[at]])


def _search_piece(
    start: int, stop: int, search: Search, asked: Half, piece: Half, columns: slice
) -> None:
    """Offers one piece of the others to some blocks of queries."""
    scores = torch.empty((_ROWS, _COLUMNS), dtype=torch.bfloat16)
    for first in range(start * _ROWS, stop * _ROWS, _ROWS):
        last = min(first + _ROWS, len(search.rows))
        wide = asked.numbers[first : first + _ROWS]
        allowed = slack(asked.error[first:last], piece.error)
        floor = np.empty(last - first, np.float32)
        for begin in range(columns.start, columns.stop, _COLUMNS):
            subtract_floors(first, last, search.best, _LEAST, allowed, as_bits(wide), floor)
            some = piece.numbers[begin - columns.start : begin - columns.start + _COLUMNS]
            torch.mm(wide, some.T, out=scores)
            end = min(begin + _COLUMNS, columns.stop)
            recheck_queries(first, last, as_bits(scores), floor, search, begin, end)
