"""Which rows belong to which cluster, as a matrix that adds them up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


def member_matrix(labels: NDArray[np.int64]) -> Any:
    """Clusters by rows: a product with it sums over the members of each cluster.

    Args:
        labels: Cluster of each row, from 0 without gaps, shape (N,).

    Returns:
        Ones where a row belongs to a cluster, shape (C, N), float32.
    """
    ones, rows = np.ones(len(labels), np.float32), np.arange(len(labels))
    return csr_array((ones, (labels, rows)), (int(labels.max()) + 1, len(labels)))
