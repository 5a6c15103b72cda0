"""Which rows belong to which cluster: as numbers, as lists, and as a matrix that adds rows up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ..knn.lists import InvertedLists, inverted
from ..runtime.compiled import compiled
from ..runtime.fixed_point import Rows, unit_of
from ..runtime.parallel import for_row_blocks


def member_matrix(labels: NDArray[np.int64]) -> Any:
    """Clusters by rows: a product with it sums over the members of each cluster.

    Args:
        labels: Cluster of each row, from 0 without gaps, shape (N,).

    Returns:
        Ones where a row belongs to a cluster, shape (C, N), float32.
    """
    ones, rows = np.ones(len(labels), np.float32), np.arange(len(labels))
    return csr_array((ones, (labels, rows)), (int(labels.max()) + 1, len(labels)))


def member_lists(labels: NDArray[np.int64]) -> InvertedLists:
    """The rows of each cluster, rising.

    Args:
        labels: Cluster of each row, from 0 without gaps, shape (N,).

    Returns:
        A list per cluster.
    """
    return inverted(labels.astype(np.int32)[:, None], int(labels.max()) + 1)


def by_falling_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumbers clusters by falling size; equal sizes by their first row.

    Args:
        labels: Any non-negative ids, shape (N,).

    Returns:
        Ids 0..C-1, shape (N,), int64.
    """
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse]


def number_parts(
    labels: NDArray[np.int64],
    rows: NDArray[np.integer],
    parts: NDArray[np.integer],
    number: int,
) -> int:
    """Gives the parts of one cluster ids of their own; the first keeps that of the cluster.

    Args:
        labels: Cluster of each of N rows, shape (N,); changed in place.
        rows: The rows of the cluster, shape (R,).
        parts: Part of each of them, from 0 without gaps, shape (R,).
        number: First id that is free.

    Returns:
        The first id that is free then.
    """
    others = int(parts.max())
    ids = np.concatenate([[labels[rows[0]]], number + np.arange(others)])
    labels[rows] = ids[parts]
    return number + others


def sums_of_members(members: Any, x: Rows) -> NDArray[np.float32]:
    """The product of a member matrix with rows that may be in fixed point, without copying them.

    Args:
        members: From `member_matrix`, shape (C, N).
        x: Shape (N, D).

    Returns:
        Shape (C, D), float32.
    """
    sums = np.zeros((members.shape[0], x.shape[1]), np.float32)
    unit = unit_of(x)
    for_row_blocks(_add_rows, len(sums), members.indptr, members.indices, x, unit, sums)
    return sums


@compiled(nogil=True)
def _add_rows(start: int, stop: int, first: Any, rows: Any, x: Any, unit: Any, sums: Any) -> None:
    # In single precision a sum of millions ends where one row more no longer counts in full.
    total = np.empty(x.shape[1], np.float64)
    for c in range(start, stop):
        total[:] = 0.0
        for at in range(first[c], first[c + 1]):
            i = rows[at]
            for d in range(x.shape[1]):
                total[d] += x[i, d]
        for d in range(x.shape[1]):
            sums[c, d] = total[d] * unit
