"""How much memory a clustering needs, and whether there is so much."""

from __future__ import annotations

import psutil

_FIXED = 400_000_000
"""Buffers and lists of a search, blocks of features, and compiled code, in bytes."""


def needed_bytes(num_rows: int, dimensions: int, k: int, itemsize: int = 4) -> int:
    """Peak memory above the input, in bytes.

    Rows are held once in float32 and once averaged over their neighbors; five arrays of
    shape (N, k) are held beside them. `benchmarks.scale` prints it beside what was measured.

    Args:
        num_rows: N.
        dimensions: D.
        k: Neighbors per row.
        itemsize: Bytes of a number.
    """
    rows, edges = num_rows * dimensions * itemsize, num_rows * k * itemsize
    return 2 * rows + 6 * edges + min(num_rows * 2000, 800_000_000) + _FIXED


def refuse_too_large(num_rows: int, dimensions: int, k: int) -> None:
    """Stops before hours of work that would end for want of memory.

    Raises:
        MemoryError: There is not enough; the sentence says how much is missing and what to change.
    """
    needed, free = needed_bytes(num_rows, dimensions, k), psutil.virtual_memory().available
    if needed > free:
        raise MemoryError(
            f"{num_rows:,} embeddings of {dimensions:,} dimensions with k={k} need about"
            f" {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; use a smaller k,"
            " fewer dimensions (a PCA to 256 changes little), or a machine with more memory"
        )
