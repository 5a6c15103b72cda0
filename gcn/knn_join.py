"""The kNN graph of a set with itself, list by list, as products of matrices.

The rows that probe a list are gathered and multiplied with the rows in it. Each product serves
both sides: a pair is found if either end probes the list of the other, so far fewer probes are
needed than a search with separate queries needs, and no list is ever scanned row by row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from .knn_half import Half, join_list_in_half, scores_buffer
from .knn_kernels import EMPTY, update_columns, update_rows
from .knn_lists import InvertedLists
from .parallel import RunBlocks, row_slices
from .progress import Progress, tell

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

_BLOCK_SCORES = 2_000_000
_MOST_COLUMNS = _BLOCK_SCORES // 16
_GATHERED_NUMBERS = 500_000
_REPORT_EVERY = 64


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
    """Offers to each row all others of its own list.

    Most neighbors are there: of what is offered later, little passes.

    Args:
        x: Unit rows, shape (N, D), float32.
        heaps: Changed in place.
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
    buffer = torch.empty(_BLOCK_SCORES) if half is None else scores_buffer()
    num_lists = len(members.starts) - 1
    for number in range(num_lists):
        if number % _REPORT_EVERY == 0:
            tell(progress, number / num_lists, "Nearest neighbors")
        columns, probing = members.of(number), queries.of(number)
        if half is None:
            _join_list(x, heaps, columns, probing, run, buffer)
        else:
            join_list_in_half(x, half, *heaps, columns, probing, run, buffer)


def _join_list(
    x: Float32,
    heaps: Heaps,
    columns: Int32,
    queries: Int32,
    run: RunBlocks,
    buffer: torch.Tensor,
) -> None:
    # A list may be longer than the buffer where most rows are alike: it comes in pieces.
    for piece in row_slices(len(columns), _MOST_COLUMNS):
        some = columns[piece]
        inside = torch.from_numpy(x[some])
        for block in row_slices(len(queries), _BLOCK_SCORES // len(some)):
            rows = queries[block]
            scores = buffer[: len(rows) * len(some)].view(len(rows), len(some))
            # No heap is touched by two workers: first each has rows of its own, then columns.
            run(_score_rows, len(rows), scores, rows, some, inside, x, heaps)
            run(update_columns, len(some), scores.numpy(), rows, some, *heaps)


def _score_rows(
    start: int,
    stop: int,
    scores: torch.Tensor,
    rows: Int32,
    columns: Int32,
    inside: torch.Tensor,
    x: Float32,
    heaps: Heaps,
) -> None:
    step = max(1, _GATHERED_NUMBERS // x.shape[1])
    matrix, numbers = torch.from_numpy(x), torch.from_numpy(rows)
    for first in range(start, stop, step):
        last = min(first + step, stop)
        torch.mm(matrix.index_select(0, numbers[first:last]), inside.T, out=scores[first:last])
        update_rows(first, last, scores.numpy(), rows, columns, *heaps)


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
            update_rows(0, len(some), scores, rows[first : first + step], rows, *heaps)
