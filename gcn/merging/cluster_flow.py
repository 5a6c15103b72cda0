"""Flow along the edges of the kNN graph, inside clusters and between those that belong together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.compiled import compiled

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


def cluster_flow(
    neighbors: NDArray[np.integer],
    affinity: Float32,
    parts: Int64,
    pairs: Int64,
    strength: Float32,
    min_strength: float,
) -> tuple[Float64, Float64]:
    """Adds up the edges that both networks speak for.

    An edge of affinity p between clusters of connection strength q counts p where √(p q) reaches
    the threshold; inside a cluster q is 1. Edges between clusters that were not scored count
    nothing.

    Args:
        neighbors: kNN graph, shape (N, k).
        affinity: Symmetric affinity p̃ of its edges, shape (N, k).
        parts: Cluster of each node, 0..M-1, shape (N,).
        pairs: Scored pairs P < Q, each once, in order, shape (E, 2).
        strength: Their connection strength in [0, 1], shape (E,).
        min_strength: The third threshold τ3.

    Returns:
        Sums inside each cluster, shape (M,), and between each pair, shape (E,).
    """
    num = int(parts.max()) + 1
    inside, between = np.zeros(num), np.zeros(len(pairs))
    starts = np.searchsorted(pairs[:, 0], np.arange(num + 1))
    larger = np.ascontiguousarray(pairs[:, 1])
    least = np.float32(min_strength**2)
    _add_edges(neighbors, affinity, parts, starts, larger, strength, least, inside, between)
    return inside, between


@compiled(nogil=True)
def _add_edges(
    neighbors: Any,
    affinity: Any,
    parts: Any,
    starts: Any,
    larger: Any,
    strength: Any,
    least: Any,
    inside: Any,
    between: Any,
) -> None:
    for i in range(neighbors.shape[0]):
        for r in range(neighbors.shape[1]):
            p = affinity[i, r]
            if p < least:
                continue
            a, b = parts[i], parts[neighbors[i, r]]
            if a == b:
                inside[a] += p
                continue
            first, last = starts[min(a, b)], starts[min(a, b) + 1]
            at = first + np.searchsorted(larger[first:last], max(a, b))
            if at < last and larger[at] == max(a, b) and p * strength[at] >= least:
                between[at] += p
