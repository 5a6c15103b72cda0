"""Cosines along the edges of a kNN graph, and which of them join images that are the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.compiled import compiled
from ..runtime.fixed_point import ONE, Int16
from ..runtime.parallel import cached_slices, for_row_blocks, for_slices
from ..runtime.progress import Progress, tell
from .knn_graph import KNNGraph
from .moments import squared_lengths

Float32 = NDArray[np.float32]

IDENTICAL = 1.0 - 2e-6
"""Cosine from which two images are the same, unless all of a set are nearly that close."""

_COPIES = 1e-3
"""How far apart copies may be at most, of what two images of the set are on average."""

_NO_LENGTH = 1e-6


def edge_cosines(
    x: Int16, graph: KNNGraph, rows: NDArray[np.integer], progress: Progress | None = None
) -> Int16:
    """Cosines along the edges that leave `rows`.

    Args:
        x: Unit rows in fixed point, shape (N, D).
        graph: Over the N nodes.
        rows: Node ids in the order in which memory is read, shape (R,).
        progress: Called with the share done; may raise to cancel.

    Returns:
        In fixed point, shape (N, k), 0 in other rows; untouched pages of those take no memory.
    """
    cosines = np.zeros(graph.neighbors.shape, np.int16)
    tables = (rows, x, _inverse_lengths(x), graph.neighbors, cosines)
    for_slices(
        lambda piece: edge_cosine_rows(piece.start, piece.stop, *tables),
        cached_slices(len(rows), graph.neighbors.shape[1]),
        lambda done: tell(progress, done, "Relations"),
    )
    return cosines


def identical_edges(
    x: Int16, neighbors: NDArray[np.int32], cosines: Int16, mean: float
) -> NDArray[np.bool_]:
    """Edges between images that are the same: more alike than fixed point can tell.

    Args:
        x: Unit rows in fixed point, shape (N, D).
        neighbors: Shape (N, k).
        cosines: From `edge_cosines`.
        mean: Mean cosine of two rows of the set.

    Returns:
        Where the cosine is `IDENTICAL` at least, or more where all of the set are nearly that
        close, shape (N, k).
    """
    found, least = np.empty(cosines.shape, bool), _least(x.shape[1], mean)
    for_row_blocks(mark_identical, len(found), x, neighbors, cosines, least, found)
    return found


def _least(dimensions: int, mean: float) -> float:
    """Cosine from which two images are the same, in a set of that mean cosine."""
    # Rounded apart, copies are off by half of their squared distance: each number of either row
    # adds a twelfth of a squared step to that.
    rounding = dimensions / (12.0 * ONE**2)
    return max(IDENTICAL, 1.0 - max(_COPIES * (1.0 - mean), rounding))


def _inverse_lengths(x: Int16) -> Float32:
    """By what inner products of whole numbers are cosines: rounded rows are not of unit length."""
    length = np.maximum(np.sqrt(squared_lengths(x)), _NO_LENGTH)
    return (1.0 / (ONE * length)).astype(np.float32)


@compiled(nogil=True, fastmath=True)
def edge_cosine_rows(
    start: int, stop: int, rows: Any, x: Any, inverse: Any, neighbors: Any, cosines: Any
) -> None:
    """Writes the cosine of each of `rows` with each of its neighbors' rows, in fixed point."""
    for at in range(start, stop):
        i = rows[at]
        for r in range(neighbors.shape[1]):
            cosine = _cosine(i, neighbors[i, r], x, inverse)
            cosines[i, r] = np.int16(np.rint(min(cosine, np.float32(1)) * np.float32(ONE)))


@compiled(nogil=True)
def mark_identical(
    start: int, stop: int, x: Any, neighbors: Any, cosines: Any, least: Any, found: Any
) -> None:
    """Marks the edges whose cosine is at least `least`, which is 1 in fixed point."""
    for i in range(start, stop):
        own = _product(i, i, x)
        for r in range(neighbors.shape[1]):
            found[i, r] = cosines[i, r] == ONE
            if found[i, r]:
                j = neighbors[i, r]
                # In single precision a cosine ends before what copies differ by.
                lengths = np.sqrt(np.float64(own) * np.float64(_product(j, j, x)))
                found[i, r] = _product(i, j, x) >= least * lengths


@compiled(nogil=True, inline="always")
def _cosine(i: Any, j: Any, x: Any, inverse: Any) -> Any:
    return np.float32(_product(i, j, x)) * inverse[i] * inverse[j]


@compiled(nogil=True, inline="always")
def _product(i: Any, j: Any, x: Any) -> Any:
    # Whole numbers add up exactly, and those of two unit rows to 2³⁰ at most.
    total = np.int32(0)
    for c in range(x.shape[1]):
        total += np.int32(x[i, c]) * np.int32(x[j, c])
    return total
