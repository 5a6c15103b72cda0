"""How much memory a clustering needs, and whether there is so much."""

from __future__ import annotations

import psutil

from .relevant_components import MAX_DIMENSIONS

_FIXED = 400_000_000
"""Buffers and lists of a search, blocks of features, and compiled code, in bytes."""


def needed_bytes(num_rows: int, dimensions: int, k: int) -> int:
    """Peak memory above the input, in bytes.

    Relations hold the rows as they came, rescaled and averaged over their neighbors, in float32,
    and six and a half arrays of shape (N, k); GCN-V no longer holds the averaged rows, but one or
    two arrays of shape (N, k) more. `benchmarks.scale` prints it beside what was measured.

    Args:
        num_rows: N.
        dimensions: D.
        k: Neighbors per row.
    """
    own, rescaled = 4 * num_rows * dimensions, 4 * num_rows * min(dimensions, MAX_DIMENSIONS)
    edges = num_rows * k
    relations, affinity = own + 2 * rescaled + 26 * edges, own + rescaled + 33 * edges
    # Statistics of rows that are wider than the rescaled ones form their scatter twice.
    scatter = 16 * dimensions**2 if dimensions > MAX_DIMENSIONS else 0
    return max(relations, affinity) + scatter + _FIXED


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
