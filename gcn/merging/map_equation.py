"""Local moving of nodes between modules by the map equation: the compiled loop behind `merge`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..runtime.compiled import compiled

_TINY = 1e-12


class _Modules(NamedTuple):
    """What the map equation knows of each module, all of shape (n,).

    Attributes:
        visits: Flow of the nodes inside.
        exits: Flow that leaves.
        members: Number of nodes.
    """

    visits: Any
    exits: Any
    members: Any


@compiled(nogil=True)
def move_nodes(
    indptr: Any,
    indices: Any,
    flow: Any,
    visits: Any,
    foe_indptr: Any,
    foes: Any,
    order: Any,
    labels: Any,
) -> int:
    """Moves nodes, in place, to the module that shortens the description of a random walk most.

    The walk goes along the edges in proportion to their flow; a code says at each step where it
    is, with code words of modules where it crosses from one to another. A node is looked at again
    whenever a neighbor has gone elsewhere, until none moves.

    Source: Rosvall & Bergstrom, "Maps of random walks on complex networks reveal community
    structure", PNAS 105, 2008; queue of Traag, Waltman & van Eck, "From Louvain to Leiden:
    guaranteeing well-connected communities", Scientific Reports 9, 2019.

    Args:
        indptr: Row starts of the symmetric adjacency of n nodes in CSR form, shape (n + 1,).
        indices: Its columns.
        flow: Its values; with `visits` they describe a walk whose visits sum to 1.
        visits: Share of the walk's steps at each node, shape (n,), float64.
        foe_indptr: Row starts of the nodes that each node never shares a module with, (n + 1,).
        foes: Those nodes.
        order: Nodes in the order in which they are first looked at, shape (m,), int64; nodes that
            it leaves out stay where they are.
        labels: Module of each node, in [0, n), shape (n,), int64; changed in place.

    Returns:
        The number of moves.
    """
    n = len(labels)
    leaving: Any = np.zeros(n)
    modules = _Modules(np.zeros(n), np.zeros(n), np.zeros(n, np.int64))
    _count(indptr, indices, flow, visits, labels, leaving, modules)
    total = modules.exits.sum()
    empty = np.empty(n, np.int64)
    num_empty = _list_empty(modules.members, empty)
    queue, queued = np.empty(n, np.int64), np.ones(n, np.bool_)
    queue[: len(order)] = order
    link, near, seen = np.zeros(n), np.empty(n + 1, np.int64), np.full(n, -1, np.int64)
    head, waiting, moves = 0, len(order), 0
    while waiting > 0:
        i, head, waiting = queue[head], (head + 1) % n, waiting - 1
        queued[i] = False
        own = labels[i]
        num_near = _links(i, indptr, indices, flow, labels, link, seen, near)
        num_near = _without_foes(i, foe_indptr, foes, labels, near, num_near)
        total += _leave(own, link[own], leaving[i], visits[i], modules)
        if modules.members[own] > 0:
            near[num_near], link[empty[num_empty - 1]] = empty[num_empty - 1], 0.0
            num_near += 1
        best = _best(own, num_near, near, link, leaving[i], visits[i], total, modules)
        if best != own:
            moves += 1
            num_empty -= modules.members[best] == 0
            if modules.members[own] == 0:
                empty[num_empty] = own
                num_empty += 1
            labels[i] = best
            waiting = _requeue(i, best, indptr, indices, labels, queue, queued, head, waiting)
        total += _join(best, link[best], leaving[i], visits[i], modules)
    return moves


@compiled(nogil=True)
def _count(
    indptr: Any, indices: Any, flow: Any, visits: Any, labels: Any, leaving: Any, modules: Any
) -> None:
    """Adds up the flow that leaves each node, and fills the modules."""
    for i in range(len(labels)):
        c = labels[i]
        modules.visits[c] += visits[i]
        modules.members[c] += 1
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if j != i:
                leaving[i] += flow[e]
                modules.exits[c] += flow[e] * (labels[j] != c)


@compiled(nogil=True)
def _list_empty(members: Any, empty: Any) -> int:
    """Fills in the modules without nodes; returns how many there are."""
    num_empty = 0
    for c in range(len(members)):
        if members[c] == 0:
            empty[num_empty] = c
            num_empty += 1
    return num_empty


@compiled(nogil=True)
def _links(
    i: int, indptr: Any, indices: Any, flow: Any, labels: Any, link: Any, seen: Any, near: Any
) -> int:
    """Adds up the flow from node i to each module near it, its own first.

    `link` holds the sums, `near` the modules, of which the number is returned; `seen` tells the
    stale sums of other nodes from those of i.
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
        link[c] += flow[e]
    for t in range(num_near):
        seen[near[t]] = -1
    return num_near


@compiled(nogil=True)
def _without_foes(i: int, foe_indptr: Any, foes: Any, labels: Any, near: Any, num_near: int) -> int:
    """Takes the modules that hold a foe of i out of `near`; returns how many are left."""
    for e in range(foe_indptr[i], foe_indptr[i + 1]):
        c = labels[foes[e]]
        for t in range(1, num_near):
            if near[t] == c:
                num_near -= 1
                near[t] = near[num_near]
                break
    return num_near


@compiled(nogil=True)
def _leave(c: int, link: Any, leaving: float, visits: float, modules: Any) -> float:
    """Takes a node out of module c; returns by how much the flow between modules grows."""
    before = modules.exits[c]
    modules.members[c] -= 1
    if modules.members[c] == 0:
        modules.visits[c], modules.exits[c] = 0.0, 0.0
    else:
        modules.visits[c] -= visits
        modules.exits[c] = max(before - leaving + 2.0 * link, 0.0)
    return modules.exits[c] - before


@compiled(nogil=True)
def _join(c: int, link: Any, leaving: float, visits: float, modules: Any) -> float:
    """Puts a node into module c; returns by how much the flow between modules grows."""
    before = modules.exits[c]
    modules.members[c] += 1
    modules.visits[c] += visits
    modules.exits[c] = max(before + leaving - 2.0 * link, 0.0)
    return modules.exits[c] - before


@compiled(nogil=True)
def _best(
    own: int,
    num_near: int,
    near: Any,
    link: Any,
    leaving: float,
    visits: float,
    total: float,
    modules: Any,
) -> int:
    """The module where a node that stands outside of all costs least; its own one in a tie."""
    best, least = own, np.inf
    for t in range(num_near):
        c = near[t]
        before, inside = modules.exits[c], modules.visits[c]
        after = max(before + leaving - 2.0 * link[c], 0.0)
        cost = (
            _p_log_p(total - before + after)
            - 2.0 * (_p_log_p(after) - _p_log_p(before))
            + _p_log_p(after + inside + visits)
            - _p_log_p(before + inside)
        )
        if cost < least - _TINY:
            best, least = c, cost
    return best


@compiled(nogil=True)
def _p_log_p(p: float) -> float:
    return p * np.log(p) if p > 0.0 else 0.0


@compiled(nogil=True)
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
