"""Compiled row loops behind `relations`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .compiled import compiled

SHARED_AT = (5, 10, 20, 40, 80)
NUM_SHARED = len(SHARED_AT) + 4
_LEVELS = np.array(SHARED_AT, np.int64)
_NUM_LEVELS = len(SHARED_AT)
_RANK_SCALE = np.float32(1.0 / np.log(81.0))


class EdgeTables(NamedTuple):
    """What features of edges are computed from; see `relations.Relations`.

    Attributes:
        neighbors: Shape (N, k), int32.
        similarity: Shape (N, k), float32.
        broad_root: Shape (N, k), float32.
        sharp_factor: Shape (N,), float32.
        rare_weight: Weight of a shared neighbor, shape (N,), float32.
        log_degree: Shape (N,), float32.
        row_mean: Shape (N,), float32.
        diffused: Shape (N, k), float32.
        sharp_diffused: Shape (N, k), float32.
        diffused_mean: Shape (N,), float32.
        original: Shape (N, k), float32.
        original_top, original_mean: Largest and mean of each row of it, shape (N,), float32.
        numbers: 1 / scale, then mean and 1 / deviation of similarity, of diffused similarity and
            of original similarity, then 1 / scale of the last, shape (8,), float32.
    """

    neighbors: Any
    similarity: Any
    broad_root: Any
    sharp_factor: Any
    rare_weight: Any
    log_degree: Any
    row_mean: Any
    diffused: Any
    sharp_diffused: Any
    diffused_mean: Any
    original: Any
    original_top: Any
    original_mean: Any
    numbers: Any


@compiled(nogil=True, fastmath=True)
def diffuse_rows(
    start: int, stop: int, rows: Any, x: Any, neighbors: Any, weights: Any, smoothed: Any
) -> None:
    """Writes the unit mean of each row and the weighted mean of its neighbors' rows.

    `weights` has a row for each of `rows`; all else has one for each node.
    """
    k = neighbors.shape[1]
    d = x.shape[1]
    total = np.empty(d, np.float32)
    for at in range(start, stop):
        i = rows[at]
        for c in range(d):
            total[c] = x[i, c]
        for r in range(k):
            j = neighbors[i, r]
            w = weights[at, r]
            for c in range(d):
                total[c] += w * x[j, c]
        square = np.float32(1e-12)
        for c in range(d):
            square += total[c] * total[c]
        inverse = np.float32(1.0) / np.sqrt(square)
        for c in range(d):
            smoothed[i, c] = total[c] * inverse


@compiled(nogil=True, fastmath=True)
def edge_dots(start: int, stop: int, rows: Any, x: Any, neighbors: Any, dots: Any) -> None:
    """Writes the inner product of each of `rows` with each of its neighbors' rows."""
    for at in range(start, stop):
        i = rows[at]
        for r in range(neighbors.shape[1]):
            j = neighbors[i, r]
            total = np.float32(0)
            for c in range(x.shape[1]):
                total += x[i, c] * x[j, c]
            dots[i, r] = total


@compiled(nogil=True)
def shared_neighbor_rows(start: int, stop: int, rows: Any, tables: Any, out: Any) -> None:
    """Compares the closed neighbor lists of both ends of each edge.

    A node stands at rank 0 of its own list and its r-th neighbor at rank r. For edge (i, j) the
    columns are: for each m of SHARED_AT the nodes within rank m of both, over m + 1; the
    Bhattacharyya overlap of the two transition rows, broad and sharp; the sum of `rare_weight`
    over the shared nodes, over k; and the 0-based rank of i in the list of j, k if absent.
    """
    rank_of = np.full(len(tables.neighbors), -1, np.int16)
    level_at = _levels_of_ranks(tables.neighbors.shape[1])
    for at in range(start, stop):
        _compare_row(rows[at], tables, rank_of, level_at, out[at])


@compiled(nogil=True)
def edge_feature_rows(start: int, stop: int, rows: Any, tables: Any, out: Any) -> None:
    """Fills the features of the edges that leave `rows`, in the order that GCN-V was trained on."""
    k = tables.neighbors.shape[1]
    rank_of = np.full(len(tables.neighbors), -1, np.int16)
    level_at = _levels_of_ranks(k)
    shared = np.empty((k, NUM_SHARED), np.float32)
    for at in range(start, stop):
        _compare_row(rows[at], tables, rank_of, level_at, shared)
        broad_mean = np.float32(0)
        sharp_mean = np.float32(0)
        for r in range(k):
            broad_mean += shared[r, _NUM_LEVELS] / k
            sharp_mean += shared[r, _NUM_LEVELS + 1] / k
        for r in range(k):
            _similarity_columns(rows[at], r, tables, out[at, r])
            _original_columns(rows[at], r, tables, out[at, r])
            _diffused_columns(rows[at], r, tables, out[at, r])
            _shared_columns(r, k, shared[r], broad_mean, sharp_mean, out[at, r])


@compiled(nogil=True, inline="always")
def _similarity_columns(i: int, r: int, tables: Any, out: Any) -> None:
    j = tables.neighbors[i, r]
    s = tables.similarity[i, r]
    numbers = tables.numbers
    unit = numbers[0]
    out[0] = s
    out[1] = np.arcsinh((s - numbers[1]) * numbers[2])
    out[4] = (s - tables.similarity[i, 0]) * unit
    out[5] = (s - tables.similarity[j, 0]) * unit
    out[6] = (s - tables.row_mean[i]) * unit
    out[7] = (s - tables.row_mean[j]) * unit
    out[21] = tables.log_degree[j] - tables.log_degree[i]


@compiled(nogil=True, inline="always")
def _original_columns(i: int, r: int, tables: Any, out: Any) -> None:
    j, s = tables.neighbors[i, r], tables.original[i, r]
    top, mean, numbers = tables.original_top, tables.original_mean, tables.numbers
    first = 22 + _NUM_LEVELS
    out[2] = s
    out[3] = np.arcsinh((s - numbers[5]) * numbers[6])
    out[first] = (s - top[i]) * numbers[7]
    out[first + 1] = (s - top[j]) * numbers[7]
    out[first + 2] = (s - mean[i]) * numbers[7]
    out[first + 3] = (s - mean[j]) * numbers[7]


@compiled(nogil=True, inline="always")
def _diffused_columns(i: int, r: int, tables: Any, out: Any) -> None:
    j = tables.neighbors[i, r]
    diffused = tables.diffused[i, r]
    unit, mean, inverse = tables.numbers[0], tables.numbers[3], tables.numbers[4]
    out[16] = np.arcsinh((diffused - mean) * inverse)
    out[17] = tables.sharp_diffused[i, r]
    out[18] = diffused
    out[19] = (diffused - tables.diffused_mean[i]) * unit
    out[20] = (diffused - tables.diffused_mean[j]) * unit


@compiled(nogil=True, inline="always")
def _shared_columns(
    r: int, k: int, shared: Any, broad_mean: Any, sharp_mean: Any, out: Any
) -> None:
    reverse_rank = shared[_NUM_LEVELS + 3]
    out[8] = np.log1p(np.float32(r)) * _RANK_SCALE
    out[9] = np.log1p(reverse_rank) * _RANK_SCALE
    out[10] = 1.0 if reverse_rank < k else 0.0
    out[11] = shared[_NUM_LEVELS]
    out[12] = shared[_NUM_LEVELS + 1]
    out[13] = shared[_NUM_LEVELS] - broad_mean
    out[14] = shared[_NUM_LEVELS + 1] - sharp_mean
    out[15] = shared[_NUM_LEVELS + 2]
    for level in range(_NUM_LEVELS):
        out[22 + level] = shared[level]


@compiled(nogil=True)
def _levels_of_ranks(k: int) -> Any:
    """Which is the first of SHARED_AT that is no smaller than a rank; their number if none is."""
    level_at = np.empty(k + 1, np.int8)
    level = 0
    for rank in range(k + 1):
        while level < _NUM_LEVELS and rank > _LEVELS[level]:
            level += 1
        level_at[rank] = level
    return level_at


@compiled(nogil=True)
def _compare_row(i: int, tables: Any, rank_of: Any, level_at: Any, out: Any) -> None:
    """Compares node i with each of its neighbors; `rank_of` is -1 throughout, before and after."""
    neighbors = tables.neighbors
    k = neighbors.shape[1]
    rank_of[i] = 0
    for r in range(k):
        rank_of[neighbors[i, r]] = r + 1
    counts = np.empty(_NUM_LEVELS + 1, np.int32)
    for r in range(k):
        _compare(i, neighbors[i, r], tables, rank_of, level_at, counts, out[r])
    rank_of[i] = -1
    for r in range(k):
        rank_of[neighbors[i, r]] = -1


@compiled(nogil=True, inline="always")
def _compare(
    i: int, j: int, tables: Any, rank_of: Any, level_at: Any, counts: Any, out: Any
) -> None:
    """Fills one row of `shared_neighbor_rows`; `rank_of` holds the ranks in the list of i."""
    neighbors, root = tables.neighbors, tables.broad_root
    k = neighbors.shape[1]
    counts[:] = 0
    broad = np.float32(0)
    sharp = np.float32(0)
    rare = np.float32(0)
    reverse_rank = k
    counts[level_at[max(rank_of[j], 0)]] += rank_of[j] >= 0
    for t in range(1, k + 1):
        c = neighbors[j, t - 1]
        here = rank_of[c]
        if here < 0:
            continue
        counts[level_at[max(here, t)]] += 1
        if here == 0:
            reverse_rank = t - 1
            continue
        product = root[i, here - 1] * root[j, t - 1]
        broad += product
        sharp += (product * product) * (product * product)
        rare += tables.rare_weight[c]
    total = 0
    for level in range(_NUM_LEVELS):
        total += counts[level]
        out[level] = np.float32(total) / np.float32(min(_LEVELS[level], k) + 1)
    out[_NUM_LEVELS] = broad
    out[_NUM_LEVELS + 1] = sharp * tables.sharp_factor[i] * tables.sharp_factor[j]
    out[_NUM_LEVELS + 2] = rare / k
    out[_NUM_LEVELS + 3] = reverse_rank
