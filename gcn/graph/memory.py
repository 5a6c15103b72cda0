"""How much memory a task needs, and whether there is so much."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..knn.exact import MAX_QUERIES
from ..knn.lists import usual_num_lists
from ..knn.probes import first_probes
from ..knn.search import HELD_PROBES, HOPELESS_SHARE
from ..runtime.free_memory import free_bytes
from .relevant_components import MAX_DIMENSIONS

FIXED_BYTES = 400_000_000
"""Buffers and lists of a search, blocks of features, and compiled code, in bytes."""
_FRAGMENTED = 1.04
"""Room for what the system holds over what is counted below: with it 5.2 million rows took 0.95 of
the estimate."""
_BYTES_PER_NODE = 176
"""What GCN-V reads of a node, before and after it is standardized."""


class Size(NamedTuple):
    """What is known of embeddings before they are read.

    Attributes:
        rows: N.
        dimensions: D.
        copied: Bytes per number of the array that has to be made of them first; 0 if they are one.
    """

    rows: int
    dimensions: int
    copied: int


def size_of(embeddings: ArrayLike) -> Size | None:
    """Size of an array, or of rows in a list, without reading more than the first row.

    Returns:
        The size; None for what has no such shape, which `unit_rows` finds fault with.
    """
    shape = getattr(embeddings, "shape", None)
    if shape is not None:
        return Size(shape[0], shape[1], 0) if len(shape) == 2 and 0 not in shape else None
    rows: Any = embeddings
    try:
        first = np.asarray(rows[0])
        return Size(len(rows), len(first), first.dtype.itemsize)
    except (TypeError, ValueError, LookupError):
        return None


def needed_bytes(num_rows: int, dimensions: int, k: int) -> int:
    """Peak memory of a clustering above the input, in bytes.

    The rows as they came are held in fixed point throughout; rescaled ones in float32 until the
    neighbors are found, in fixed point then. Relations hold those averaged over their neighbors
    besides, and of each edge 16 bytes; GCN-V 21 bytes of each edge and no averaged rows.
    `benchmarks.scale` prints it beside what was measured.

    Args:
        num_rows: N.
        dimensions: D.
        k: Neighbors per row.
    """
    refined = min(dimensions, MAX_DIMENSIONS)
    own, rescaled, edges = 2 * num_rows * dimensions, 2 * num_rows * refined, num_rows * k
    refining, search = 3 * rescaled, graph_bytes(num_rows, refined, k) - FIXED_BYTES
    relations = 2 * rescaled + 16 * edges
    affinity = rescaled + 21 * edges + _BYTES_PER_NODE * num_rows
    # Statistics of rows that are wider than the rescaled ones form their scatter twice.
    scatter = 16 * dimensions**2 if dimensions > MAX_DIMENSIONS else 0
    used = own + max(refining, search, relations, affinity) + scatter
    return int(_FRAGMENTED * used) + FIXED_BYTES


def graph_bytes(num_rows: int, dimensions: int, k: int) -> int:
    """Peak memory of a kNN graph above the input, in bytes.

    Unit rows, the same in half precision, the lists of neighbors, and beside them either what one
    block of an exact search in half precision finds or, three times, the lists that rows look
    into. In single precision a block is smaller.

    Args:
        num_rows: N.
        dimensions: D.
        k: Neighbors per row.
    """
    exact = min(num_rows, MAX_QUERIES) * (21 * k + 4 * dimensions)
    num_lists = usual_num_lists(num_rows)
    probes = min(int(HOPELESS_SHARE * num_lists) * num_rows, HELD_PROBES)
    probes += first_probes(num_rows, num_lists, k) * num_rows
    return num_rows * (6 * dimensions + 8 * k) + max(exact, 12 * probes) + FIXED_BYTES


def refuse_too_large(size: Size, needed: int, task: str, change: str) -> None:
    """Stops before hours of work that would end for want of memory.

    Args:
        size: Of the embeddings.
        needed: Peak memory above the input, in bytes.
        task: What needs it, after the embeddings; may be empty.
        change: What else can be changed than dimensions and the machine.

    Raises:
        MemoryError: There is not enough; the sentence says how much is missing and what to change.
    """
    # What is no array yet becomes one, and is still there while its rows are scaled.
    needed = max(needed, size.rows * size.dimensions * (4 + size.copied))
    free = free_bytes()
    if needed > free:
        raise MemoryError(
            f"{size.rows:,} embeddings of {size.dimensions:,} dimensions{task} need about"
            f" {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; {change}, fewer"
            " dimensions (a PCA to 256 changes little), or a machine with more memory"
        )
