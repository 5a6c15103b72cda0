"""Compiled loops of the nearest-neighbor search: lists of the best so far, kept as heaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..runtime.compiled import compiled

EMPTY = np.float32(-2.0)
"""Score of a place in a heap that nothing has taken yet: below every cosine."""

_CHUNK, _WIDE_CHUNK = 32, 64
ROUNDED = np.float32(1.01 * 2.0**-8)
"""Share by which a bfloat16 may be off."""
SMALL_ERRORS = np.float32(2.0**-14)
"""More than the product of two errors and what is lost of the numbers that are subtracted."""


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
        search: See `exact_half.Search`.
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
            value[0] = (best[r, 0] - floor[r - start]) * (1 - ROUNDED)
            least = max(np.int16(whole[0] >> 16) - 1, 0)
            hits = 0
            for c in range(first, last):
                hits += line[c] > least
            if hits == 0:
                continue
            for c in range(first, last):
                candidate = first_column + c
                if line[c] > least and candidate != own:
                    score = dot(x[rows[r]], others[candidate])
                    if score > best[r, 0]:
                        push(ids[r], best[r], candidate, score)


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


@compiled(nogil=True)
def subtract_floors(
    start: int, stop: int, best: Any, least: Any, allowed: Any, wide: Any, floor: Any
) -> None:
    """Lets products of some rows come out less by what they must exceed; see `half.subtract`.

    Args:
        start: First row.
        stop: Row after the last.
        best: Heap of each row, the smallest first, shape (N, k).
        least: What every product must exceed.
        allowed: How far those of each row may be off, shape (stop - start,).
        wide: Bits of these rows in half precision with two columns for it; changed in place.
        floor: What each must exceed, shape (stop - start,); filled in place.
    """
    for r in range(stop - start):
        floor[r] = max(best[start + r, 0], least)
        subtract_one(floor[r] - allowed[r], wide[r])


@compiled(nogil=True)
def subtract_rows(least: Any, wide: Any) -> None:
    """As `subtract_floors`, of what each row must exceed less what it may be off by, shape (R,)."""
    for r in range(len(least)):
        subtract_one(least[r], wide[r])


@compiled(nogil=True, inline="always")
def subtract_one(number: Any, wide: Any) -> None:
    """Lets products of one row in half precision come out less by a number.

    `wide` are its bits, of which the last two columns hold what is subtracted.
    """
    high = _half_bits(-number)
    wide[-2] = high
    # Two numbers of eight bits each hold what one would round away.
    wide[-1] = _half_bits(-number - of_bits(high))


@compiled(nogil=True, inline="always")
def _half_bits(number: Any) -> Any:
    """Bits of the nearest bfloat16; of two, the even one."""
    bits = np.float32(number).view(np.uint32)
    return np.int16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> 16)


@compiled(nogil=True, inline="always")
def of_bits(bits: Any) -> Any:
    """The number that the bits of a bfloat16 stand for."""
    return np.uint32(np.int32(bits) << 16).view(np.float32)


@compiled(nogil=True, inline="always")
def push(ids: Any, best: Any, candidate: Any, score: Any) -> None:
    """Replaces the smallest entry of a heap, unless the other end has offered this pair already."""
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


@compiled(nogil=True, fastmath=True)
def dot(a: Any, b: Any) -> Any:
    """Inner product of two rows."""
    total = np.float32(0)
    for d in range(len(a)):
        total += a[d] * b[d]
    return total
