"""Compiled row loops behind `relations`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]

SHARED_AT = (5, 10, 20, 40, 80)
_LEVELS = np.array(SHARED_AT, np.int64)


@njit(nogil=True, fastmath=True)
def diffuse_rows(
    start: int, stop: int, x: Any, neighbors: Any, weights: Any, smoothed: Any
) -> None:
    """Writes the unit mean of each row and the weighted mean of its neighbors' rows."""
    k = neighbors.shape[1]
    d = x.shape[1]
    total = np.empty(d, np.float32)
    for i in range(start, stop):
        for c in range(d):
            total[c] = x[i, c]
        for r in range(k):
            j = neighbors[i, r]
            w = weights[i, r]
            for c in range(d):
                total[c] += w * x[j, c]
        square = np.float32(1e-12)
        for c in range(d):
            square += total[c] * total[c]
        inverse = np.float32(1.0) / np.sqrt(square)
        for c in range(d):
            smoothed[i, c] = total[c] * inverse


@njit(nogil=True, fastmath=True)
def edge_dots(start: int, stop: int, x: Any, neighbors: Any, dots: Any) -> None:
    """Writes the inner product of each row with each of its neighbors' rows."""
    for i in range(start, stop):
        for r in range(neighbors.shape[1]):
            j = neighbors[i, r]
            total = np.float32(0)
            for c in range(x.shape[1]):
                total += x[i, c] * x[j, c]
            dots[i, r] = total


@njit(nogil=True)
def shared_neighbor_rows(
    start: int,
    stop: int,
    rows: Any,
    neighbors: Any,
    broad: Any,
    sharp: Any,
    rare_weight: Any,
    out: Any,
) -> None:
    """Compares the closed neighbor lists of both ends of each edge.

    A node stands at rank 0 of its own list and its r-th neighbor at rank r. For edge (i, j) the
    columns are: for each m of SHARED_AT the nodes within rank m of both, over m + 1; the
    Bhattacharyya overlap of the two transition rows, broad and sharp, whose square roots are
    given; the sum of `rare_weight` over the shared nodes, over k; and the 0-based rank of i in
    the list of j, k if absent.
    """
    k = neighbors.shape[1]
    rank_of = np.full(len(neighbors), -1, np.int16)
    for row in range(start, stop):
        i = rows[row]
        rank_of[i] = 0
        for r in range(k):
            rank_of[neighbors[i, r]] = r + 1
        for r in range(k):
            _compare(i, neighbors[i, r], neighbors, rank_of, broad, sharp, rare_weight, out[row, r])
        rank_of[i] = -1
        for r in range(k):
            rank_of[neighbors[i, r]] = -1


@njit(nogil=True, inline="always")
def _compare(
    i: int,
    j: int,
    neighbors: Any,
    rank_of: Any,
    broad: Any,
    sharp: Any,
    rare_weight: Any,
    out: Any,
) -> None:
    """Fills one row of `shared_neighbor_rows`; `rank_of` holds the ranks in the list of i."""
    k = neighbors.shape[1]
    levels = len(_LEVELS)
    out[:] = 0
    out[levels + 3] = k
    for t in range(k + 1):
        c = j if t == 0 else neighbors[j, t - 1]
        here = rank_of[c]
        if here < 0:
            continue
        if here == 0:
            out[levels + 3] = t - 1
        _count(max(here, t), out)
        if here > 0 and t > 0:
            out[levels] += broad[i, here - 1] * broad[j, t - 1]
            out[levels + 1] += sharp[i, here - 1] * sharp[j, t - 1]
            out[levels + 2] += rare_weight[c] / k
    for level in range(levels):
        out[level] /= min(_LEVELS[level], k) + 1


@njit(nogil=True, inline="always")
def _count(rank: int, out: Any) -> None:
    for level in range(len(_LEVELS)):
        if rank <= _LEVELS[level]:
            out[level] += 1
