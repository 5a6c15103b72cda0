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
def invert(probes: Any, starts: Any, rows: Any) -> None:
    """Lists the rows that probe each list, by rising row.

    Args:
        probes: Lists of each row, shape (N, p).
        starts: Where the rows of each list begin, shape (L + 1,), int64.
        rows: Filled in place, shape (N * p,).
    """
    place = starts[:-1].copy()
    for i in range(probes.shape[0]):
        for t in range(probes.shape[1]):
            at = probes[i, t]
            rows[place[at]] = i
            place[at] += 1


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
