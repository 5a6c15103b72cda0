"""The part of a large set that decides where a few new rows belong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..graph.memory import FIXED_BYTES, needed_bytes
from ..graph.relevant_components import MAX_DIMENSIONS
from ..knn.exact import MAX_QUERIES, exact_neighbors
from ..runtime.distinct import distinct
from ..runtime.progress import Progress, share

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

WHOLE_ROWS = 10_000
"""Up to here all rows together take seconds."""

_MAX_NEAR_SHARE = 0.1
"""Above it the search for neighbors of neighbors takes as long as the whole method."""
_SPARE_ROWS, _ROWS_PER_NEAR = 8000, 4


def is_few(num_old: int, num_new: int, k: int) -> bool:
    """Whether a neighborhood of the new rows is surely a small part of the set.

    Args:
        num_old: N.
        num_new: M.
        k: Neighbors per row.
    """
    return num_old > WHOLE_ROWS and num_new * k <= _MAX_NEAR_SHARE * num_old


def most_rows(num_new: int, k: int) -> int:
    """Rows that the neighborhood of `num_new` new rows has at most, these included."""
    return num_new + _SPARE_ROWS + (1 + _ROWS_PER_NEAR) * num_new * k


def neighborhood(x: Float32, num_old: int, k: int, progress: Progress | None = None) -> Int64:
    """The old rows that are near new ones: their neighbors, and the neighbors of those.

    A new row's edges are judged by comparing the lists of neighbors of both ends. So the second
    step is as wide as the first; where it would take in too much it keeps only the nearest.

    Args:
        x: Refined unit rows, the old before the new ones, shape (N + M, D).
        num_old: N.
        k: Neighbors per row; below N + M.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Row numbers of old ones, rising, shape (R,), int64; at most `most_rows` with the new ones.
    """
    new = np.arange(num_old, len(x))
    near = exact_neighbors(x, new, k, progress=share(progress, 0.0, 0.2))[0]
    near = distinct(near).astype(np.int64)
    neighbors = exact_neighbors(x, near, k, progress=share(progress, 0.2, 1.0))[0]
    # The best rank at which a row stands in any of the lists.
    rank = np.full(len(x), k)
    np.minimum.at(rank, neighbors, np.arange(k)[None, :])
    rank[near], rank[new] = -1, k
    room = _SPARE_ROWS + _ROWS_PER_NEAR * len(near)
    within = np.cumsum(np.bincount(rank[rank >= 0], minlength=k + 1)[:k])
    last = int(np.searchsorted(within, room, side="right"))
    return np.flatnonzero(rank[:num_old] < last).astype(np.int64)


def neighborhood_bytes(num_old: int, num_new: int, dimensions: int, k: int) -> int:
    """Peak memory of placing new rows by their neighborhood, above the input, in bytes.

    First all rows as they came and centered in fixed point, and rescaled in float32; then those of
    the neighborhood with all that a clustering of them takes.

    Args:
        num_old: N.
        num_new: M.
        dimensions: D.
        k: Neighbors per row.
    """
    rows = num_old + num_new
    rescaled = min(dimensions, MAX_DIMENSIONS)
    found = min(num_new * k, MAX_QUERIES) * (21 * k + 4 * rescaled)
    searching = 2 * rows * (dimensions + 3 * rescaled) + found + FIXED_BYTES
    part = min(most_rows(num_new, k), rows)
    held = 2 * rows * (dimensions + 2 * rescaled)
    return max(searching, held + needed_bytes(part, dimensions, k))
