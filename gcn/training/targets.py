"""Training targets of both networks, from known classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


def same_class(neighbors: NDArray[np.int32], labels: Int64) -> tuple[Bool, Bool]:
    """Target of every edge of a kNN graph, and whether it is known.

    Args:
        neighbors: Shape (N, k).
        labels: Class per node, -1 = unknown, shape (N,).

    Returns:
        1[y_i = y_j], and "both ends are labeled"; each of shape (N, k).
    """
    other, own = labels[neighbors], labels[:, None]
    return other == own, (other >= 0) & (own >= 0)


def connection_targets(
    pairs: Int64, parts: Int64, labels: Int64
) -> tuple[NDArray[np.float32], Bool]:
    """Target strength of every pair of clusters, and whether it is known.

    Args:
        pairs: Cluster ids, shape (E, 2).
        parts: Cluster of each node, 0..M-1, shape (N,).
        labels: Class of each node, -1 = unknown, shape (N,).

    Returns:
        t_PQ = Σ_c n_Pc n_Qc / (|P| |Q|) over the labeled members, the share of cross pairs of
        one class, shape (E,), float32; and "both have a labeled member", shape (E,).
    """
    known = labels >= 0
    num = int(parts.max()) + 1
    classes = np.unique(labels[known], return_inverse=True)[1]
    shape = (num, int(classes.max(initial=0)) + 1)
    counts = csr_array((np.ones(len(classes), np.float32), (parts[known], classes)), shape)
    labeled = counts.sum(1)
    p, q = pairs[:, 0], pairs[:, 1]
    together = np.asarray(counts[p].multiply(counts[q]).sum(1)).reshape(-1)
    possible = labeled[p] * labeled[q]
    return (together / np.maximum(possible, 1)).astype(np.float32), possible > 0
