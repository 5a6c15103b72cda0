"""A sequence of merges, and the partition that a threshold on it gives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


class MergeTree(NamedTuple):
    """A sequence of merges of clusters, strongest first.

    Attributes:
        start: Cluster of each image before any merge, shape (N,), int64, 0..P-1.
        pairs: Two clusters of `start` that each merge joins, with all that was
            merged into either, shape (M, 2), int64.
        similarity: Strength of each merge, shape (M,), float64, falling.
    """

    start: NDArray[np.int64]
    pairs: NDArray[np.int64]
    similarity: NDArray[np.float64]


def cut(tree: MergeTree, threshold: float) -> NDArray[np.int64]:
    """Labels of the partition where every merge of at least `threshold` is done, shape (N,)."""
    num_parts = int(tree.start.max()) + 1
    done = tree.pairs[tree.similarity >= threshold]
    joined = coo_matrix((np.ones(len(done)), (done[:, 0], done[:, 1])), shape=(num_parts,) * 2)
    return connected_components(joined, directed=False)[1][tree.start].astype(np.int64)
