"""The first kNN graph: embeddings joined by inner product."""

from __future__ import annotations

from typing import NamedTuple

import faiss  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
from numpy.typing import ArrayLike, NDArray

_QUERY_ROWS = 16_384


class KNNGraph(NamedTuple):
    """A directed graph of fixed out-degree: row i lists the k nearest others of node i.

    Attributes:
        neighbors: Node ids, shape (N, k), int32; self never included.
        similarity: Inner products, shape (N, k), float32; each row falls.
    """

    neighbors: NDArray[np.int32]
    similarity: NDArray[np.float32]


def check_k(k: int, num_nodes: int) -> int:
    """Returns `k` as an int, or says in one sentence why it cannot be used.

    Raises:
        TypeError: `k` is not a whole number.
        ValueError: `k` is below 1 or not below `num_nodes`.
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise TypeError(f"'k' must be a whole number of at least 1 (got {k!r})")
    if k < 1:
        raise ValueError(f"'k' must be at least 1 (got {k})")
    if k >= num_nodes:
        raise ValueError(
            f"'k' must be smaller than the number of embeddings (got k={k}, N={num_nodes});"
            " leave it out to have it chosen"
        )
    return int(k)


def unit_rows(embeddings: ArrayLike) -> NDArray[np.float32]:
    """Scales every row to unit length, so that inner products are cosines.

    Args:
        embeddings: Shape (N, D), any float or integer type, finite, no zero row.

    Returns:
        A new array of unit rows, shape (N, D), float32, C-contiguous.

    Raises:
        ValueError: Not 2-D, empty, not finite, or a row of zeros.
    """
    raw = _as_matrix(embeddings)
    longest = np.abs(raw).max(1)
    bad = np.flatnonzero(~np.isfinite(longest))
    if bad.size:
        raise ValueError(
            f"'embeddings' must be finite, but {bad.size} of {len(raw)} rows hold NaN or infinity"
            f" (the first is row {bad[0]}); leave those rows out or compute them again"
        )
    zero = np.flatnonzero(longest == 0)
    if zero.size:
        raise ValueError(
            f"'embeddings' must not hold zero vectors, but {zero.size} of {len(raw)} rows are zero"
            f" (the first is row {zero[0]}); leave those rows out or compute them again"
        )
    # Scaled by the largest entry first, no square can overflow or vanish.
    x = np.ascontiguousarray(raw / longest[:, None], np.float32)
    x /= np.sqrt(np.einsum("ij,ij->i", x, x))[:, None]
    return x


def _as_matrix(embeddings: ArrayLike) -> NDArray[np.floating]:
    try:
        raw = np.asarray(embeddings)
    except ValueError as error:
        raise ValueError(
            "'embeddings' must have rows of equal length; compute them all with one network"
        ) from error
    if raw.dtype.kind not in "fiu":
        raise ValueError(
            "'embeddings' must be one array of numbers with rows of equal length"
            f" (got dtype {raw.dtype}, shape {raw.shape})"
        )
    if raw.ndim != 2 or 0 in raw.shape:
        raise ValueError(
            f"'embeddings' must have shape (N, D) with N, D >= 1 (got shape {raw.shape})"
        )
    # Half precision and integers lack the range for the arithmetic that follows.
    return raw if raw.dtype.kind == "f" and raw.dtype.itemsize >= 4 else raw.astype(np.float32)


def knn_graph(embeddings: ArrayLike, k: int = 80) -> KNNGraph:
    """Connects each embedding to its `k` most similar others, exactly, by inner product.

    Self is excluded by id, so duplicates of a node remain its neighbors.

    Args:
        embeddings: Rows of any length, scaled to unit length here, shape (N, D).
        k: Neighbors per node; 1 <= k < N.

    Returns:
        The graph; `similarity` is the cosine in [-1, 1], falling along each row.

    Raises:
        TypeError: `k` is not a whole number.
        ValueError: `embeddings` cannot be used or `k` is out of range.
    """
    x = unit_rows(embeddings)
    return knn_graph_of_unit_rows(x, check_k(k, len(x)))


def knn_graph_of_unit_rows(x: NDArray[np.float32], k: int) -> KNNGraph:
    """As `knn_graph`, for rows that `unit_rows` has already scaled and checked."""
    num_nodes = len(x)
    index = faiss.IndexFlatIP(x.shape[1])
    index.add(x)  # pyright: ignore[reportCallIssue]
    neighbors = np.empty((num_nodes, k), np.int32)
    similarity = np.empty((num_nodes, k), np.float32)
    for start in range(0, num_nodes, _QUERY_ROWS):
        stop = min(start + _QUERY_ROWS, num_nodes)
        found_similarity, found = index.search(x[start:stop], k + 1)  # pyright: ignore[reportCallIssue]
        keep = found != np.arange(start, stop)[:, None]  # (rows, k + 1)
        # Where duplicates crowd self out of the list, the last and weakest entry goes instead.
        keep[keep.all(1), -1] = False
        neighbors[start:stop] = found[keep].reshape(-1, k)
        similarity[start:stop] = found_similarity[keep].reshape(-1, k)
    np.clip(similarity, -1.0, 1.0, out=similarity)
    return KNNGraph(neighbors, similarity)
