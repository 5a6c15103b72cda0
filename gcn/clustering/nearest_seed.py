"""Sorts images around chosen ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..graph.knn_graph import as_matrix, for_unit_rows, unit_rows
from ..graph.power import has_negative, power_normalized
from ..runtime.one_core import on_one_core

Int64 = NDArray[np.int64]


def nearest_seed(embeddings: ArrayLike, seeds: ArrayLike) -> Int64:
    """Sorts images around chosen ones, each to the seed that it resembles most.

    Args:
        embeddings: From any network, shape (N, D), finite, no zero row.
        seeds: Row numbers of the seeds, each once, shape (S,).

    Returns:
        Place of the nearest seed among `seeds`, shape (N,), int64; ties go to the first.

    Raises:
        ValueError: The embeddings cannot be used, or `seeds` names no rows.
    """
    raw, rows = as_matrix(embeddings), np.asarray(seeds)
    _check_seeds(rows, len(raw))
    negative: list[bool] = []
    for_unit_rows(embeddings, lambda _, x: negative.append(has_negative(x)))
    evens = not any(negative)
    chosen = unit_rows(raw[rows])
    chosen = (power_normalized(chosen) if evens else chosen).T
    nearest = np.empty(len(raw), np.int64)

    def place(block: slice, x: NDArray[np.float32]) -> None:
        nearest[block] = np.argmax((power_normalized(x) if evens else x) @ chosen, axis=1)

    # Copied as a whole, the rows of a large cluster take longer to write than to compare.
    with on_one_core():
        for_unit_rows(embeddings, place)
    nearest[rows] = np.arange(len(rows))  # identical images: a seed is its own
    return nearest


def _check_seeds(rows: NDArray[Any], num_rows: int) -> None:
    if rows.ndim != 1 or not rows.size or rows.dtype.kind not in "iu":
        raise ValueError(
            f"'seeds' must name rows 0 to {num_rows - 1} by whole numbers, shape (S,)"
            f" (got dtype {rows.dtype}, shape {rows.shape})"
        )
    if rows.min() < 0 or rows.max() >= num_rows:
        raise ValueError(
            f"'seeds' must name rows 0 to {num_rows - 1} (got {rows.min()} to {rows.max()})"
        )
    numbers, counts = np.unique(rows, return_counts=True)
    if len(numbers) < len(rows):
        twice = numbers[counts > 1][0]
        raise ValueError(f"'seeds' must name each row once (got row {twice} more than once)")
