"""Local moving of nodes between communities: the compiled loop behind `merge`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit  # pyright: ignore[reportMissingTypeStubs]

_TINY = 1e-9


@njit(nogil=True)
def move_nodes(
    indptr: Any,
    indices: Any,
    weights: Any,
    sizes: Any,
    order: Any,
    labels: Any,
    resolution: float,
) -> None:
    """Moves nodes, in place, to the community where the constant Potts objective gains most.

    A node is looked at again whenever a neighbor has gone elsewhere, until none moves.

    Source: fast local move procedure of Traag, Waltman & van Eck, "From Louvain to Leiden:
    guaranteeing well-connected communities", Scientific Reports 9, 2019.

    Args:
        indptr: Row starts of the symmetric adjacency of n nodes in CSR form, shape (n + 1,).
        indices: Its columns.
        weights: Its values; negative ones speak against a common community.
        sizes: Images per node, shape (n,), float64.
        order: Nodes in the order in which they are first looked at, shape (m,), int64; nodes that
            it leaves out stay where they are.
        labels: Community of each node, in [0, n), shape (n,), int64; changed in place.
        resolution: Toll of each pair of images inside one community.
    """
    n = len(labels)
    total, members = np.zeros(n), np.zeros(n, np.int64)
    _count(labels, sizes, total, members)
    empty = np.empty(n, np.int64)
    num_empty = _list_empty(members, empty)
    queue, queued = np.empty(n, np.int64), np.ones(n, np.bool_)
    queue[: len(order)] = order
    link, near, seen = np.zeros(n), np.empty(n, np.int64), np.full(n, -1, np.int64)
    head, waiting = 0, len(order)
    while waiting > 0:
        i, head, waiting = queue[head], (head + 1) % n, waiting - 1
        queued[i] = False
        own = labels[i]
        total[own] -= sizes[i]
        members[own] -= 1
        num_near = _links(i, indptr, indices, weights, labels, link, seen, near)
        best, gain = _best(own, num_near, near, link, total, resolution * sizes[i])
        if gain < -_TINY:
            num_empty -= 1
            best = empty[num_empty]
        labels[i] = best
        total[best] += sizes[i]
        members[best] += 1
        if best != own:
            if members[own] == 0:
                empty[num_empty] = own
                num_empty += 1
            waiting = _requeue(i, best, indptr, indices, labels, queue, queued, head, waiting)


@njit(nogil=True, inline="always")
def _count(labels: Any, sizes: Any, total: Any, members: Any) -> None:
    for i in range(len(labels)):
        total[labels[i]] += sizes[i]
        members[labels[i]] += 1


@njit(nogil=True, inline="always")
def _list_empty(members: Any, empty: Any) -> int:
    num_empty = 0
    for c in range(len(members)):
        if members[c] == 0:
            empty[num_empty] = c
            num_empty += 1
    return num_empty


@njit(nogil=True, inline="always")
def _links(
    i: int,
    indptr: Any,
    indices: Any,
    weights: Any,
    labels: Any,
    link: Any,
    seen: Any,
    near: Any,
) -> int:
    """Adds up the weights from node i to each community near it, its own among them.

    `link` holds the sums, `near` the communities, of which the number is returned; `seen` tells
    the stale sums of other nodes from those of i.
    """
    own = labels[i]
    seen[own], link[own], near[0] = i, 0.0, own
    num_near = 1
    for e in range(indptr[i], indptr[i + 1]):
        j = indices[e]
        if j == i:
            continue
        c = labels[j]
        if seen[c] != i:
            seen[c], link[c], near[num_near] = i, 0.0, c
            num_near += 1
        link[c] += weights[e]
    for t in range(num_near):
        seen[near[t]] = -1
    return num_near


@njit(nogil=True, inline="always")
def _best(own: int, num_near: int, near: Any, link: Any, total: Any, toll: float) -> Any:
    """The community with the largest gain; the own one unless another is better."""
    best, gain = own, link[own] - toll * total[own]
    for t in range(num_near):
        c = near[t]
        found = link[c] - toll * total[c]
        if found > gain + _TINY:
            best, gain = c, found
    return best, gain


@njit(nogil=True, inline="always")
def _requeue(
    i: int,
    best: int,
    indptr: Any,
    indices: Any,
    labels: Any,
    queue: Any,
    queued: Any,
    head: int,
    waiting: int,
) -> int:
    """Queues the neighbors of i that stayed behind; returns how many nodes wait now."""
    for e in range(indptr[i], indptr[i + 1]):
        j = indices[e]
        if labels[j] != best and not queued[j]:
            queued[j] = True
            queue[(head + waiting) % len(labels)] = j
            waiting += 1
    return waiting
