"""Crowds of equal rows, which need not be compared pair by pair: a few are searched for all.

Collections hold the same image thousands of times: a blank page, a missing picture. All of them
come into one list, and a list takes time by the square of its length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.compiled import compiled
from ..runtime.parallel import for_row_blocks
from .join import Heaps

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


def rows_to_search(x: Float32, heaps: Heaps) -> Int64:
    """Rows that must be searched and listed, and the neighbors of all others.

    Of equal rows, k + 1 have room in each other's lists, and no other list has room for more: those
    beyond list the first k at once, and nobody need list them.

    Args:
        x: Unit rows, shape (N, D), float32, C-contiguous.
        heaps: Of all rows, k neighbors each; those of rows that need no search are filled.

    Returns:
        Row numbers, rising.
    """
    rng = np.random.default_rng(0)
    weights = rng.integers(1 << 62, size=x.shape[1])
    sums, searched = np.empty(len(x), np.int64), np.ones(len(x), bool)
    for_row_blocks(sum_rows, len(x), x.view(np.int32), weights, sums)
    fill_copies(sums, np.argsort(sums, kind="stable"), x, *heaps, searched)
    return np.flatnonzero(searched)


@compiled(nogil=True)
def sum_rows(start: int, stop: int, words: Any, weights: Any, sums: Any) -> None:
    """Writes a weighted sum of each row's bits, which only equal rows are likely to share."""
    for i in range(start, stop):
        total = np.int64(0)
        for c in range(words.shape[1]):
            total += words[i, c] * weights[c]
        sums[i] = total


@compiled(nogil=True)
def fill_copies(sums: Any, order: Any, x: Any, ids: Any, best: Any, searched: Any) -> None:
    """Fills the heaps of rows that k + 1 rows before them are equal to, and marks them.

    Args:
        sums: From `sum_rows`, shape (N,).
        order: Rows by rising sum, then by number, shape (N,); changed in place.
        x: Shape (N, D).
        ids: Shape (N, k); changed in place.
        best: Shape (N, k); changed in place.
        searched: Made false for rows that are filled, shape (N,).
    """
    first, start, count, k = order[0], 0, 0, ids.shape[1]
    for at in range(len(order)):
        i = order[at]
        if sums[i] != sums[first]:
            first, start, count = i, at, 0
        if i != first and not np.array_equal(x[i], x[first]):
            continue
        order[start + count] = i
        count += 1
        if count > k + 1:
            searched[i] = False
            ids[i] = order[start : start + k]
            best[i] = np.sum(x[i] * x[i])  # 1, or 0 of rows that are zero
