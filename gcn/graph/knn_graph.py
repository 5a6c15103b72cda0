"""The first kNN graph: embeddings joined by inner product."""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..knn.search import nearest_neighbors
from ..runtime.compiled import compiled
from ..runtime.fixed_point import Int16, store
from ..runtime.parallel import cached_slices, for_slices
from .memory import graph_bytes, refuse_too_large, size_of

MAX_K = 32_000
"""Ranks in a list of neighbors are compared in 16 bits."""
_FEWEST = 10
_FACTOR, _POWER = 0.8, 0.75
"""Of the number of nodes: 16 neighbors of 55, 25 of 100, 45 of 215, 80 of 465."""


class KNNGraph(NamedTuple):
    """A directed graph of fixed out-degree: row i lists the k nearest others of node i.

    Attributes:
        neighbors: Node ids, shape (N, k), int32; self never included.
        similarity: Inner products, shape (N, k), float32; each row falls.
    """

    neighbors: NDArray[np.int32]
    similarity: NDArray[np.float32]


def in_degrees(neighbors: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many lists each node stands in, shape (N,), of a graph of shape (N, k)."""
    count = np.zeros(len(neighbors), np.int64)
    _count_entries(neighbors, count)
    return count


@compiled(nogil=True)
def _count_entries(neighbors: Any, count: Any) -> None:
    for i in range(neighbors.shape[0]):
        for r in range(neighbors.shape[1]):
            count[neighbors[i, r]] += 1


def suitable_k(num_nodes: int, most: int) -> int:
    """How many neighbors suit a set: those of a small one are not most of all others.

    A list that holds every class tells none of them, whatever its order.

    Args:
        num_nodes: Nodes of the set, at least two.
        most: Neighbors per node of a large set.

    Returns:
        At least 1, below `num_nodes`, and `most` at most.
    """
    share = round(_FACTOR * num_nodes**_POWER)
    return min(most, num_nodes - 1, max(_FEWEST, share))


def check_k(k: int, num_nodes: int) -> int:
    """Returns `k` as an int, or says in one sentence why it cannot be used.

    Raises:
        TypeError: `k` is not a whole number.
        ValueError: `k` is below 1 or not below `num_nodes`.
    """
    k = whole_number(k, "k")
    if k < 1:
        raise ValueError(f"'k' must be at least 1 (got {k})")
    if k > MAX_K:
        raise ValueError(f"'k' must be at most {MAX_K:,} (got {k:,}); 80 suits most sets")
    if k >= num_nodes:
        raise ValueError(
            f"'k' must be smaller than the number of embeddings (got k={k}, N={num_nodes});"
            " leave it out to have it chosen"
        )
    return k


def whole_number(value: int, name: str) -> int:
    """Returns a count as an int.

    Raises:
        TypeError: It is not a whole number; `name` is the argument's.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"'{name}' must be a whole number of at least 1 (got {value!r})")
    return int(value)


def unit_rows(embeddings: ArrayLike) -> NDArray[np.float32]:
    """Scales every row to unit length, so that inner products are cosines.

    Args:
        embeddings: Shape (N, D), any float or integer type, finite, no zero row.

    Returns:
        Unit rows, shape (N, D), float32, C-contiguous.

    Raises:
        ValueError: Not 2-D, empty, not finite, or a row of zeros.
    """
    x = np.empty(as_matrix(embeddings).shape, np.float32)
    for_unit_rows(embeddings, lambda block, rows: store(rows, x[block]))
    return x


def fixed_unit_rows(
    embeddings: ArrayLike, out: Int16 | None = None, name: str = "embeddings"
) -> Int16:
    """As `unit_rows`, in fixed point: all that is kept of the embeddings of a large set."""
    x = np.empty(as_matrix(embeddings, name).shape, np.int16) if out is None else out
    for_unit_rows(embeddings, lambda block, rows: store(rows, x[block]), name)
    return x


def for_unit_rows(
    embeddings: ArrayLike,
    use: Callable[[slice, NDArray[np.float32]], None],
    name: str = "embeddings",
) -> None:
    """Hands out unit rows, block by block on all cores, without keeping them.

    Args:
        embeddings: As for `unit_rows`.
        use: Called with rows of `embeddings` and these at unit length; writes nothing that it does
            for others.
        name: Of the embeddings, where they cannot be used.

    Raises:
        ValueError: As `unit_rows`; blocks without such rows were handed out.
    """
    raw = as_matrix(embeddings, name)
    bad, zero = np.zeros(len(raw), bool), np.zeros(len(raw), bool)

    def scale(block: slice) -> None:
        _refuse_shrunk(embeddings)
        rows = np.asarray(raw[block])
        if rows.dtype.kind != "f" or rows.dtype.itemsize < 4:
            # Half precision and integers lack the range for the arithmetic that follows.
            rows = rows.astype(np.float32)
        longest = np.abs(rows).max(1)
        bad[block], zero[block] = ~np.isfinite(longest), longest == 0
        if not bad[block].any() and not zero[block].any():
            # Scaled by the largest entry first, no square can overflow or vanish.
            scaled = (rows / longest[:, None]).astype(np.float32, copy=False)
            scaled /= np.sqrt(np.einsum("ij,ij->i", scaled, scaled))[:, None]
            use(block, scaled)

    for_slices(scale, cached_slices(*raw.shape))
    _refuse_rows(bad, f"'{name}' must be finite, but", "hold NaN or infinity")
    _refuse_rows(zero, f"'{name}' must not hold zero vectors, but", "are zero")


def _refuse_rows(unfit: NDArray[np.bool_], rule: str, what: str) -> None:
    rows = np.flatnonzero(unfit)
    if rows.size:
        raise ValueError(
            f"{rule} {rows.size} of {len(unfit)} rows {what}"
            f" (the first is row {rows[0]}); leave those rows out or compute them again"
        )


def _refuse_shrunk(embeddings: ArrayLike) -> None:
    """Stops before memory is read that a mapped file no longer backs, which ends a process."""
    mapped = _whole_map(embeddings)
    file: Any = None if mapped is None else mapped.base
    if mapped is None or not isinstance(file, mmap):
        return
    # Not by its name, which may be another file's by now, or nobody's.
    size = file.size()
    if size < mapped.offset + mapped.nbytes:
        raise ValueError(
            f"'{mapped.filename}' became shorter while it was read (it has {size:,} bytes, of"
            f" {mapped.offset + mapped.nbytes:,}); write it again and start anew"
        )


def _whole_map(array: Any) -> np.memmap[Any, Any] | None:
    """The memory map that an array is a part or a view of; a part does not know where it begins."""
    found = None
    while isinstance(array, np.ndarray):
        found = array if isinstance(array, np.memmap) else found
        array = array.base
    return found


def as_matrix(embeddings: ArrayLike, name: str = "embeddings") -> NDArray[Any]:
    """The embeddings as they came, as an array of shape (N, D); `name` is the argument's.

    Raises:
        ValueError: They are no such array.
    """
    try:
        raw = np.asarray(embeddings)
    except ValueError as error:
        raise ValueError(
            f"'{name}' must have rows of equal length; compute them all with one network"
        ) from error
    if raw.dtype.kind not in "fiu":
        raise ValueError(
            f"'{name}' must be one array of numbers with rows of equal length"
            f" (got dtype {raw.dtype}, shape {raw.shape})"
        )
    if raw.ndim != 2 or 0 in raw.shape:
        raise ValueError(f"'{name}' must have shape (N, D) with N, D >= 1 (got shape {raw.shape})")
    return raw


def knn_graph(embeddings: ArrayLike, k: int = 80) -> KNNGraph:
    """Connects each embedding to its `k` most similar others by inner product.

    Exactly up to `knn.EXACT_ROWS` embeddings; above, nearly all of the most similar are found
    (`knn.MIN_RECALL` of them or more, measured on a sample; of more than `knn.MANY_ROWS`, as many
    as `knn.MAX_FURTHER` lists per row bring). Self is excluded by id, so duplicates
    of a node remain its neighbors.

    Args:
        embeddings: Rows of any length, scaled to unit length here, shape (N, D).
        k: Neighbors per node; 1 <= k < N.

    Returns:
        The graph; `similarity` is the cosine in [-1, 1], falling along each row.

    Raises:
        MemoryError: There is not enough memory for so many embeddings.
        TypeError: `k` is not a whole number.
        ValueError: `embeddings` cannot be used or `k` is out of range.
    """
    size = size_of(embeddings)
    if size is not None:
        needed = graph_bytes(size.rows, size.dimensions, check_k(k, size.rows))
        refuse_too_large(size, needed, f" with k={k}", "use a smaller k")
    x = unit_rows(embeddings)
    return knn_graph_of_unit_rows(x, check_k(k, len(x)))


def knn_graph_of_unit_rows(x: NDArray[np.float32], k: int) -> KNNGraph:
    """As `knn_graph`, for rows that `unit_rows` has already scaled and checked."""
    found = nearest_neighbors(x, k)
    return KNNGraph(found.ids, found.similarity)
