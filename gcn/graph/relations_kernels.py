"""Compiled row loops behind `relations`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..runtime.compiled import compiled
from ..runtime.fixed_point import ONE
from .relation_features import SHARED_AT, EdgeFeature

_NUM_LEVELS = len(SHARED_AT)
_BROAD, _SHARP, _RARE, _REVERSE_RANK = range(_NUM_LEVELS, _NUM_LEVELS + 4)
NUM_SHARED = _NUM_LEVELS + 4
_AT_0, _AT_1, _AT_2, _AT_3, _AT_4 = (np.int32(m) for m in SHARED_AT)
_NEVER = np.int32(1 << 20)
_UNIT = np.float32(1.0 / ONE)
_RANK_SCALE = np.float32(1.0 / np.log(81.0))

# Columns of `EdgeTables.nodes`, then places in `EdgeTables.numbers`.
_TOP, _MEAN, _DIFFUSED_MEAN, _ORIGINAL_TOP, _ORIGINAL_MEAN = range(5)
_LOG_DEGREE, _SHARP_FACTOR, _RARE_WEIGHT = range(5, 8)
_PER_UNIT, _Z_MEAN, _Z_FACTOR, _DIFFUSED_Z_MEAN, _DIFFUSED_Z_FACTOR = range(5)
_ORIGINAL_Z_MEAN, _ORIGINAL_Z_FACTOR, _ORIGINAL_PER_UNIT = range(5, 8)


class EdgeTables(NamedTuple):
    """What features of edges are computed from; see `relations.Relations`.

    Attributes:
        neighbors: Shape (N, k), int32.
        similarity: Shape (N, k), float32.
        broad_root: Shape (N, k), in fixed point.
        diffused: Shape (N, k), in fixed point.
        sharp_diffused: Shape (N, k), in fixed point.
        original: Shape (N, k), in fixed point.
        nodes: What is read of either end of an edge, side by side, since that of a neighbor comes
            from anywhere in memory; shape (N, 8), float32: largest and mean of its row of
            similarity, mean of its row of diffused similarity, largest and mean of its row of
            original similarity, logarithm of its degree, sharp factor, and weight as a shared
            neighbor.
        numbers: 1 / scale, then mean and 1 / deviation of similarity, of diffused similarity and
            of original similarity, then 1 / scale of the last, shape (8,), float32.
    """

    neighbors: Any
    similarity: Any
    broad_root: Any
    diffused: Any
    sharp_diffused: Any
    original: Any
    nodes: Any
    numbers: Any


@compiled(nogil=True, fastmath=True)
def diffuse_rows(
    start: int, stop: int, rows: Any, x: Any, neighbors: Any, weights: Any, smoothed: Any
) -> None:
    """Writes the unit mean of each row and the weighted mean of its neighbors' rows.

    `weights` has a row for each of `rows`; all else has one for each node. Rows are in fixed point.
    """
    k = neighbors.shape[1]
    d = x.shape[1]
    total = np.empty(d, np.float32)
    for at in range(start, stop):
        i = rows[at]
        for c in range(d):
            total[c] = np.float32(x[i, c])
        for r in range(k):
            j = neighbors[i, r]
            w = weights[at, r]
            for c in range(d):
                total[c] += w * np.float32(x[j, c])
        square = np.float32(1e-12)
        for c in range(d):
            square += total[c] * total[c]
        inverse = np.float32(ONE) / np.sqrt(square)
        for c in range(d):
            smoothed[i, c] = np.int16(np.rint(total[c] * inverse))


@compiled(nogil=True, fastmath=True)
def shared_neighbor_rows(start: int, stop: int, rows: Any, tables: Any, out: Any) -> None:
    """Compares the closed neighbor lists of both ends of each edge.

    A node stands at rank 0 of its own list and its r-th neighbor at rank r. For edge (i, j) the
    columns are: for each m of SHARED_AT the nodes within rank m of both, over m + 1; the
    Bhattacharyya overlap of the two transition rows, broad and sharp; the sum of `rare_weight`
    over the shared nodes, over k; and the 0-based rank of i in the list of j, k if absent.
    """
    own = own_tables(tables)
    for at in range(start, stop):
        _compare_row(rows[at], tables, own, out[at])


@compiled(nogil=True)
def edge_feature_rows(start: int, stop: int, rows: Any, tables: Any, out: Any) -> None:
    """Fills the features of the edges that leave `rows`, in the columns of `EdgeFeature`."""
    edge_features_with(start, stop, rows, tables, own_tables(tables), out)


@compiled(nogil=True, fastmath=True)
def edge_features_with(start: int, stop: int, rows: Any, tables: Any, own: Any, out: Any) -> None:
    """`edge_feature_rows` with `own_tables` of the caller, for many calls with few rows."""
    k = tables.neighbors.shape[1]
    shared = np.empty((k, NUM_SHARED), np.float32)
    for at in range(start, stop):
        _compare_row(rows[at], tables, own, shared)
        broad_mean = np.float32(0)
        sharp_mean = np.float32(0)
        for r in range(k):
            broad_mean += shared[r, _BROAD]
            sharp_mean += shared[r, _SHARP]
        broad_mean /= np.float32(k)
        sharp_mean /= np.float32(k)
        for r in range(k):
            _similarity_columns(rows[at], r, tables, out[at, r])
            _original_columns(rows[at], r, tables, out[at, r])
            _diffused_columns(rows[at], r, tables, out[at, r])
            _shared_columns(r, shared[r], broad_mean, sharp_mean, own[3], out[at, r])


@compiled(nogil=True, inline="always")
def _similarity_columns(i: int, r: int, tables: Any, out: Any) -> None:
    s, numbers, nodes = tables.similarity[i, r], tables.numbers, tables.nodes
    j, unit = tables.neighbors[i, r], numbers[_PER_UNIT]
    out[EdgeFeature.SIMILARITY] = s
    out[EdgeFeature.SIMILARITY_Z] = np.arcsinh((s - numbers[_Z_MEAN]) * numbers[_Z_FACTOR])
    out[EdgeFeature.BEYOND_FIRST_OF_I] = (s - nodes[i, _TOP]) * unit
    out[EdgeFeature.BEYOND_FIRST_OF_J] = (s - nodes[j, _TOP]) * unit
    out[EdgeFeature.BEYOND_MEAN_OF_I] = (s - nodes[i, _MEAN]) * unit
    out[EdgeFeature.BEYOND_MEAN_OF_J] = (s - nodes[j, _MEAN]) * unit
    out[EdgeFeature.LOG_DEGREE_RATIO] = nodes[j, _LOG_DEGREE] - nodes[i, _LOG_DEGREE]


@compiled(nogil=True, inline="always")
def _original_columns(i: int, r: int, tables: Any, out: Any) -> None:
    s, numbers, nodes = tables.original[i, r] * _UNIT, tables.numbers, tables.nodes
    j, unit = tables.neighbors[i, r], numbers[_ORIGINAL_PER_UNIT]
    out[EdgeFeature.ORIGINAL] = s
    out[EdgeFeature.ORIGINAL_Z] = np.arcsinh(
        (s - numbers[_ORIGINAL_Z_MEAN]) * numbers[_ORIGINAL_Z_FACTOR]
    )
    out[EdgeFeature.ORIGINAL_BEYOND_FIRST_OF_I] = (s - nodes[i, _ORIGINAL_TOP]) * unit
    out[EdgeFeature.ORIGINAL_BEYOND_FIRST_OF_J] = (s - nodes[j, _ORIGINAL_TOP]) * unit
    out[EdgeFeature.ORIGINAL_BEYOND_MEAN_OF_I] = (s - nodes[i, _ORIGINAL_MEAN]) * unit
    out[EdgeFeature.ORIGINAL_BEYOND_MEAN_OF_J] = (s - nodes[j, _ORIGINAL_MEAN]) * unit


@compiled(nogil=True, inline="always")
def _diffused_columns(i: int, r: int, tables: Any, out: Any) -> None:
    s, numbers, nodes = tables.diffused[i, r] * _UNIT, tables.numbers, tables.nodes
    j, unit = tables.neighbors[i, r], numbers[_PER_UNIT]
    out[EdgeFeature.DIFFUSED_Z] = np.arcsinh(
        (s - numbers[_DIFFUSED_Z_MEAN]) * numbers[_DIFFUSED_Z_FACTOR]
    )
    out[EdgeFeature.SHARP_DIFFUSED] = tables.sharp_diffused[i, r] * _UNIT
    out[EdgeFeature.DIFFUSED] = s
    out[EdgeFeature.DIFFUSED_BEYOND_MEAN_OF_I] = (s - nodes[i, _DIFFUSED_MEAN]) * unit
    out[EdgeFeature.DIFFUSED_BEYOND_MEAN_OF_J] = (s - nodes[j, _DIFFUSED_MEAN]) * unit


@compiled(nogil=True, inline="always")
def _shared_columns(
    r: int, shared: Any, broad_mean: Any, sharp_mean: Any, log_rank: Any, out: Any
) -> None:
    reverse_rank = int(shared[_REVERSE_RANK])
    out[EdgeFeature.LOG_RANK] = log_rank[r]
    out[EdgeFeature.LOG_REVERSE_RANK] = log_rank[reverse_rank]
    out[EdgeFeature.MUTUAL] = 1.0 if reverse_rank < len(log_rank) - 1 else 0.0
    out[EdgeFeature.OVERLAP] = shared[_BROAD]
    out[EdgeFeature.SHARP_OVERLAP] = shared[_SHARP]
    out[EdgeFeature.OVERLAP_BEYOND_MEAN] = shared[_BROAD] - broad_mean
    out[EdgeFeature.SHARP_OVERLAP_BEYOND_MEAN] = shared[_SHARP] - sharp_mean
    out[EdgeFeature.RARE_SHARED] = shared[_RARE]
    for level in range(_NUM_LEVELS):
        out[EdgeFeature.FIRST_SHARED + level] = shared[level]


@compiled(nogil=True)
def own_tables(tables: Any) -> Any:
    """What is kept of the list of the one node whose edges are being compared.

    Returns:
        For each node its place in that list, shape (N,): 0 where it is absent, 1 for the node
        itself, r + 2 for its neighbor r. By place, shape (k + 2,): its transition root, in units in
        which a product with another one in fixed point is right, and the weight of the neighbor
        there, 0 at the first two. By rank, shape (k + 1,): its logarithm, from 0 to 1 for 80 ranks.
    """
    k = tables.neighbors.shape[1]
    place_of = np.zeros(len(tables.neighbors), np.int32)
    log_rank = np.empty(k + 1, np.float32)
    for rank in range(k + 1):
        log_rank[rank] = np.log1p(np.float32(rank)) * _RANK_SCALE
    return place_of, np.zeros(k + 2, np.float32), np.zeros(k + 2, np.float32), log_rank


@compiled(nogil=True, fastmath=True)
def _compare_row(i: int, tables: Any, own: Any, out: Any) -> None:
    """Compares node i with each of its neighbors; places are 0 throughout, before and after."""
    place_of, root_at, rare_at, _ = own
    neighbors = tables.neighbors
    k = neighbors.shape[1]
    place_of[i] = 1
    for r in range(k):
        j = neighbors[i, r]
        place_of[j] = r + 2
        root_at[r + 2] = tables.broad_root[i, r] * _UNIT * _UNIT
        rare_at[r + 2] = tables.nodes[j, _RARE_WEIGHT]
    for r in range(k):
        _compare(i, r, tables, own, out[r])
    place_of[i] = 0
    for r in range(k):
        place_of[neighbors[i, r]] = 0


@compiled(nogil=True, inline="always")
def _compare(i: int, r: int, tables: Any, own: Any, out: Any) -> None:
    """Fills one row of `shared_neighbor_rows`.

    Nothing branches: what is not shared has place 0, and weighs nothing. So the loop runs in
    vector registers, where guessing which neighbors are shared took half of its time.
    """
    place_of, root_at, rare_at, _ = own
    neighbors, root = tables.neighbors, tables.broad_root
    k = neighbors.shape[1]
    j = neighbors[i, r]
    broad, sharp, rare = np.float32(0), np.float32(0), np.float32(0)
    absent = np.int32(0)
    # The end j itself: at rank r + 1 of one list and 0 of the other.
    rank = np.int32(r + 1)
    count_0, count_1 = np.int32(rank <= _AT_0), np.int32(rank <= _AT_1)
    count_2, count_3 = np.int32(rank <= _AT_2), np.int32(rank <= _AT_3)
    count_4 = np.int32(rank <= _AT_4)
    for t in range(k):
        place = place_of[neighbors[j, t]]
        rank = max(np.int32(place - 1), np.int32(t + 1)) + _NEVER * np.int32(place == 0)
        count_0 += np.int32(rank <= _AT_0)
        count_1 += np.int32(rank <= _AT_1)
        count_2 += np.int32(rank <= _AT_2)
        count_3 += np.int32(rank <= _AT_3)
        count_4 += np.int32(rank <= _AT_4)
        product = root_at[place] * np.float32(root[j, t])
        broad += product
        sharp += (product * product) * (product * product)
        rare += rare_at[place]
        absent += np.int32(place == 1) * np.int32(t - k)
    out[0] = np.float32(count_0) / np.float32(min(_AT_0, k) + 1)
    out[1] = np.float32(count_1) / np.float32(min(_AT_1, k) + 1)
    out[2] = np.float32(count_2) / np.float32(min(_AT_2, k) + 1)
    out[3] = np.float32(count_3) / np.float32(min(_AT_3, k) + 1)
    out[4] = np.float32(count_4) / np.float32(min(_AT_4, k) + 1)
    out[_BROAD] = broad
    out[_SHARP] = sharp * tables.nodes[i, _SHARP_FACTOR] * tables.nodes[j, _SHARP_FACTOR]
    out[_RARE] = rare / np.float32(k)
    out[_REVERSE_RANK] = k + absent
