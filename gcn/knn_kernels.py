"""Compiled loops of the nearest-neighbor search: lists of the best so far, kept as heaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled

EMPTY = np.float32(-2.0)
"""Score of a place in a heap that nothing has taken yet: below every cosine."""

_CHUNK = 32


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
def lists_within(scores: Any, floors: Any, above: Any, margin: Any, count: Any, lists: Any) -> int:
    """Picks the lists whose centroids fall short of a row's floor by `above` to `margin`.

    Args:
        scores: Similarity of rows and centroids, shape (R, L), float32.
        floors: Shape (R,), float32.
        above: Lists that fall short by no more than this are not picked.
        margin: Nor are those that fall short by more than this.
        count: Lists picked for each row, shape (R,); filled in place.
        lists: Their numbers, row after row; filled in place from the start.

    Returns:
        How many were picked in all.
    """
    total = 0
    for i in range(len(scores)):
        before, line = total, scores[i]
        highest, lowest = floors[i] - above, floors[i] - margin
        for first in range(0, len(line), _CHUNK):
            last = min(first + _CHUNK, len(line))
            # Few lists are within: counting is vectorized, picking is not.
            hits = 0
            for c in range(first, last):
                hits += line[c] >= lowest
            if hits == 0:
                continue
            for c in range(first, last):
                if lowest <= line[c] < highest:
                    lists[total] = c
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
