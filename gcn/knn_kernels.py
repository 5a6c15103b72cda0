"""Compiled loops of the nearest-neighbor search: lists of the best so far, kept as heaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled

EMPTY = np.float32(-2.0)
"""Score of a place in a heap that nothing has taken yet: below every cosine."""

_CHUNK, _WIDE_CHUNK = 32, 64
_ROUNDED = np.float32(1.01 * 2.0**-8)
"""Share by which a bfloat16 may be off."""


@compiled(nogil=True)
def update_rows(
    start: int, stop: int, scores: Any, rows: Any, columns: Any, ids: Any, best: Any
) -> None:
    """Offers the columns of a block of scores to the heaps of its rows.

    Args:
        start: First row of the block.
        stop: Row after the last.
        scores: Shape (R, C), float32.
        rows: Heap of each row, no heap twice, shape (R,).
        columns: Id of each column, shape (C,).
        ids: Ids in each heap, -1 where empty, shape (N, k), int32; changed in place.
        best: Their scores, a heap whose first entry is the smallest, shape (N, k), float32;
            changed in place.
    """
    for r in range(start, stop):
        i = rows[r]
        floor = best[i, 0]
        line = scores[r]
        for first in range(0, len(columns), _CHUNK):
            last = min(first + _CHUNK, len(columns))
            # Few entries pass once a heap is warm: counting is vectorized, pushing is not.
            hits = 0
            for c in range(first, last):
                hits += line[c] > floor
            if hits:
                for c in range(first, last):
                    if line[c] > floor:
                        _push(ids[i], best[i], columns[c], line[c])
                        floor = best[i, 0]


@compiled(nogil=True)
def update_columns(
    start: int, stop: int, scores: Any, rows: Any, columns: Any, ids: Any, best: Any
) -> None:
    """Offers the rows of a block of scores to the heaps of its columns start..stop-1.

    The arguments are those of `update_rows`, with heaps of columns in place of those of rows.
    """
    floor = np.empty(stop - start, np.float32)
    for c in range(start, stop):
        floor[c - start] = best[columns[c], 0]
    for r in range(len(rows)):
        line = scores[r, start:stop]
        for first in range(0, len(line), _CHUNK):
            last = min(first + _CHUNK, len(line))
            hits = 0
            for c in range(first, last):
                hits += line[c] > floor[c]
            if hits:
                for c in range(first, last):
                    if line[c] > floor[c]:
                        j = columns[start + c]
                        _push(ids[j], best[j], rows[r], line[c])
                        floor[c] = best[j, 0]


@compiled(nogil=True)
def recheck_rows(
    start: int, stop: int, bits: Any, rows: Any, columns: Any, x: Any, ids: Any, best: Any
) -> None:
    """Offers to the heaps of the rows start..stop-1 the columns that may be similar enough.

    Args:
        start: First row of the block.
        stop: Row after the last.
        bits: Similarity less what it must exceed, bfloat16 seen as int16: positive where a
            column may pass, shape (R, C).
        rows: Heap of each row, no heap twice, shape (R,).
        columns: Id of each column, shape (C,).
        x: Unit rows, shape (N, D), float32.
        ids: Ids in each heap, shape (N, k), int32; changed in place.
        best: Their similarity, shape (N, k), float32; changed in place.
    """
    for r in range(start, stop):
        i, line = rows[r], bits[r]
        for first in range(0, len(columns), _WIDE_CHUNK):
            last = min(first + _WIDE_CHUNK, len(columns))
            hits = 0
            for c in range(first, last):
                hits += line[c] > 0
            if hits:
                for c in range(first, last):
                    if line[c] > 0:
                        _offer(i, columns[c], x, ids, best)


@compiled(nogil=True)
def recheck_queries(
    start: int, stop: int, bits: Any, floor: Any, search: Any, first_column: int, stop_column: int
) -> None:
    """Offers consecutive rows of `others` to the heaps of the queries start..stop-1.

    Args:
        start: First query of the block.
        stop: Query after the last.
        bits: As in `recheck_rows`, of this block alone, shape (at least stop - start, C).
        floor: What a similarity had to exceed when `bits` were computed, of this block alone,
            shape (stop - start,); the bits have what they may be off by added.
        search: See `knn_exact_half.Search`.
        first_column: Row of `others` that the first column stands for.
        stop_column: Row after the last that is looked at.
    """
    x, rows, others, itself, ids, best = search
    whole = np.zeros(1, np.int32)
    value = whole.view(np.float32)
    for r in range(start, stop):
        line, own = bits[r - start, : stop_column - first_column], itself[r]
        for first in range(0, len(line), _WIDE_CHUNK):
            last = min(first + _WIDE_CHUNK, len(line))
            # By how much more than zero a product must be, since the heap has filled meanwhile.
            value[0] = (best[r, 0] - floor[r - start]) * (1 - _ROUNDED)
            least = max(np.int16(whole[0] >> 16) - 1, 0)
            hits = 0
            for c in range(first, last):
                hits += line[c] > least
            if hits == 0:
                continue
            for c in range(first, last):
                candidate = first_column + c
                if line[c] > least and candidate != own:
                    score = _dot(x[rows[r]], others[candidate])
                    if score > best[r, 0]:
                        _push(ids[r], best[r], candidate, score)


@compiled(nogil=True)
def recheck_columns(
    start: int,
    stop: int,
    bits: Any,
    rows: Any,
    columns: Any,
    added: Any,
    x: Any,
    ids: Any,
    best: Any,
) -> None:
    """Offers rows to the heaps of the columns start..stop-1, as `recheck_rows` the reverse.

    What was subtracted from the similarities is that of the rows, so it is `added` again, shape
    (R,), with what the product may be off by; what that rounds away is allowed for.
    """
    floor = np.empty(stop - start, np.float32)
    for c in range(start, stop):
        floor[c - start] = best[columns[c], 0]
    whole = np.zeros(_WIDE_CHUNK, np.int32)
    value = whole.view(np.float32)
    for r in range(len(rows)):
        for first in range(0, stop - start, _WIDE_CHUNK):
            line = bits[r, start + first : min(start + first + _WIDE_CHUNK, stop)]
            _largest(line, added[r], whole, value)
            hits = 0
            for c in range(len(line)):
                hits += value[c] > floor[first + c]
            if hits:
                for c in range(len(line)):
                    if value[c] > floor[first + c]:
                        j = columns[start + first + c]
                        _offer(j, rows[r], x, ids, best)
                        floor[first + c] = best[j, 0]


@compiled(nogil=True)
def sort_heaps(start: int, stop: int, ids: Any, best: Any) -> None:
    """Sorts the heaps start..stop-1 in place by falling score, then by id."""
    for i in range(start, stop):
        order = np.argsort(ids[i])
        by_id, score = ids[i][order], best[i][order]
        order = np.argsort(-score, kind="mergesort")
        ids[i] = by_id[order]
        best[i] = score[order]


@compiled(nogil=True)
def invert(count: Any, lists: Any, offset: int, starts: Any, rows: Any) -> None:
    """Lists the rows that probe each list, by rising row.

    Args:
        count: Lists of each row, shape (R,).
        lists: Their numbers, row after row, shape (sum of `count`,).
        offset: Number of the first row.
        starts: Where the rows of each list begin, shape (L + 1,), int64.
        rows: Filled in place, shape (sum of `count`,).
    """
    place = starts[:-1].copy()
    at = 0
    for i in range(len(count)):
        for _ in range(count[i]):
            number = lists[at]
            rows[place[number]] = offset + i
            place[number] += 1
            at += 1


@compiled(nogil=True)
def positive_columns(excess: Any, limit: Any, count: Any, columns: Any) -> int:
    """Picks the columns of each row that are above zero and below a limit.

    Args:
        excess: Numbers of any kind, shape (R, C).
        limit: Of the same kind.
        count: Columns picked in each row, shape (R,); filled in place.
        columns: Their numbers, row after row; filled in place from the start.

    Returns:
        How many were picked in all.
    """
    total = 0
    for i in range(len(excess)):
        before, line = total, excess[i]
        for first in range(0, len(line), _CHUNK):
            last = min(first + _CHUNK, len(line))
            # Few are above zero: counting is vectorized, picking is not.
            hits = 0
            for c in range(first, last):
                hits += line[c] > 0
            if hits == 0:
                continue
            for c in range(first, last):
                if 0 < line[c] < limit:
                    columns[total] = c
                    total += 1
        count[i] = total - before
    return total


@compiled(nogil=True, inline="always")
def _push(ids: Any, best: Any, candidate: Any, score: Any) -> None:
    """Replaces the smallest entry, unless the other end has offered this pair already."""
    known = 0
    for t in range(len(ids)):
        known += ids[t] == candidate
    if known:
        return
    at, size = 0, len(ids)
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and best[child + 1] < best[child]:
            child += 1
        if best[child] >= score:
            break
        best[at], ids[at] = best[child], ids[child]
        at = child
    best[at], ids[at] = score, candidate


@compiled(nogil=True, inline="always")
def _largest(line: Any, added: Any, whole: Any, value: Any) -> None:
    """The largest similarities that numbers in bfloat16 may stand for, into `value`."""
    # A bfloat16 is the upper half of a float32.
    for c in range(len(line)):
        whole[c] = np.int32(line[c]) << 16
    for c in range(len(line)):
        value[c] += added + _ROUNDED * abs(value[c])


@compiled(nogil=True, inline="always")
def _offer(i: Any, candidate: Any, x: Any, ids: Any, best: Any) -> None:
    """Computes a similarity and offers it to the heap of row i."""
    score = _dot(x[i], x[candidate])
    if score > best[i, 0]:
        _push(ids[i], best[i], candidate, score)


@compiled(nogil=True, fastmath=True)
def _dot(a: Any, b: Any) -> Any:
    total = np.float32(0)
    for d in range(len(a)):
        total += a[d] * b[d]
    return total
