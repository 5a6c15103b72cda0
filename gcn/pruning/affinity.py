"""Affinity of edges and nodes: what GCN-V's scores mean for the graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.compiled import compiled
from ..runtime.parallel import for_row_blocks

Float32 = NDArray[np.float32]


def symmetric_affinity(
    affinity: Float32,
    neighbors: NDArray[np.int32],
    order: NDArray[np.integer] | None = None,
    in_place: bool = False,
) -> Float32:
    """Averages the two directions of every mutual edge; one-sided edges keep their value.

    Args:
        affinity: p_ij in [0, 1], shape (N, k).
        neighbors: Shape (N, k).
        order: All nodes in the order in which memory is read, shape (N,); it does not change
            the result.
        in_place: Whether the result is written over `affinity`.

    Returns:
        p̃_ij = (p_ij + p_ji) / 2 where both exist, shape (N, k), float32.
    """
    order = np.arange(len(affinity)) if order is None else order
    averaged = affinity if in_place else affinity.copy()
    for_row_blocks(_average_rows, len(averaged), order, neighbors, averaged)
    return averaged


def node_affinity(affinity: Float32, similarity: Float32) -> Float32:
    """How deep each node lies inside its class.

    Source: patent application CN115331039A, claim 2; s_nbr of Yang et al., CVPR 2020, as a mean
    over the node's own neighbors. With true labels for `affinity` it is the training target.

    Args:
        affinity: Probability that both ends are of one class, shape (N, k).
        similarity: Cosine, shape (N, k).

    Returns:
        ĉ_i = (1/k) Σ_j similarity_ij (2 p_ij - 1), shape (N,), float32, in [-1, 1].
    """
    return (similarity * (2.0 * affinity - 1.0)).mean(1, dtype=np.float32)


def copy_reverse_edges(
    affinity: Float32,
    neighbors: NDArray[np.int32],
    rows: NDArray[np.bool_],
    others: NDArray[np.bool_],
) -> None:
    """Gives edges the affinity of their reverse edge, in place, where both are listed.

    Args:
        affinity: Shape (N, k).
        neighbors: Shape (N, k).
        rows: Nodes whose edges are overwritten, shape (N,).
        others: Nodes at the far end whose value is taken, shape (N,); disjoint from `rows`.
    """
    for_row_blocks(_copy_rows, len(affinity), affinity, neighbors, rows, others)


@compiled(nogil=True)
def _copy_rows(
    start: int, stop: int, affinity: Any, neighbors: Any, rows: Any, others: Any
) -> None:
    for i in range(start, stop):
        if not rows[i]:
            continue
        for r in range(neighbors.shape[1]):
            j = neighbors[i, r]
            if not others[j]:
                continue
            t = _rank_of(i, neighbors[j])
            if t >= 0:
                affinity[i, r] = affinity[j, t]


@compiled(nogil=True)
def _average_rows(start: int, stop: int, order: Any, neighbors: Any, affinity: Any) -> None:
    for at in range(start, stop):
        i = order[at]
        for r in range(neighbors.shape[1]):
            j = neighbors[i, r]
            # The node of the smaller number settles both directions, which no other node touches.
            if j < i:
                continue
            t = _rank_of(i, neighbors[j])
            if t >= 0:
                mean = np.float32(0.5) * (affinity[i, r] + affinity[j, t])
                affinity[i, r] = mean
                affinity[j, t] = mean


@compiled(nogil=True, inline="always")
def _rank_of(i: Any, listed: Any) -> Any:
    """Where a node stands in a list of different ones; -1 if it does not."""
    # To look at all of the list in vector registers is quicker than to stop half way.
    rank, wanted = np.int32(-1), np.int32(i)
    for t in range(len(listed)):
        rank += np.int32(listed[t] == wanted) * np.int32(t + 1)
    return rank
