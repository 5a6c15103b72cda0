"""Merging clusters along the flow between them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ..cluster_graph.membership import member_matrix
from ..runtime.progress import Progress, tell
from .map_equation import move_nodes

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

_PASSES = 3
_DIGITS = 12


class _Level(NamedTuple):
    """A graph of nodes that stand for clusters, coarser from level to level.

    Attributes:
        flow: Symmetric; share of a walk's steps along each edge, shape (n, n).
        visits: Share of the steps that end at each node, shape (n,).
        foes: Symmetric; nonzero where two nodes must stay apart, shape (n, n).
        free: Nodes that may move, shape (n,).
    """

    flow: Any
    visits: Float64
    foes: Any
    free: NDArray[np.bool_]


def merge_clusters(
    inside: Float64,
    pairs: Int64,
    between: Float64,
    forbidden: Int64 | None = None,
    anchor: Int64 | None = None,
    progress: Progress | None = None,
) -> Int64:
    """Merges clusters among which a random walk stays for long.

    Minimizes the map equation of two levels: the length of the shortest description of a walk
    along the edges of the kNN graph, with a code book per merged cluster and one for going from
    one to another. It has no resolution to choose, and only the proportions of the flows count.
    A cluster without flow to any other stays alone. Local moving, coarsening, and local moving
    again on the way back, up to three times.

    Source: Rosvall & Bergstrom, "Maps of random walks on complex networks reveal community
    structure", PNAS 105, 2008; multi-level refinement of Rotta & Noack, "Multilevel local search
    algorithms for modularity clustering", ACM JEA 16, 2011.

    Args:
        inside: Weight of the edges inside each cluster, shape (M,).
        pairs: Cluster pairs with edges between them, each once, shape (E, 2).
        between: Weight of those edges, shape (E,), at least 0.
        forbidden: Cluster pairs that must stay apart, shape (L, 2).
        anchor: Where each cluster is and stays, from 0 without gaps, or -1 for one that may go
            anywhere, shape (M,); clusters of different anchors never meet. All are free if left
            out.
        progress: Called with the share done; may raise to cancel.

    Returns:
        New cluster id of each cluster, 0.. without gaps, shape (M,).
    """
    pairs, between = pairs[between > 0.0], between[between > 0.0].astype(np.float64)
    num = len(inside)
    visits, leaving, crossing = _walk(inside, pairs, between)
    # Clusters are numbered anew by what is known of them: ties and queues follow the numbers, and
    # the order in which clusters come in must not change the result.
    order = _order(visits, leaving)
    rank = np.argsort(order)
    labels, free = _start(None if anchor is None else anchor[order], num)
    finest = _Level(
        _symmetric(rank[pairs], crossing, num),
        visits[order],
        _foes(None if forbidden is None else rank[forbidden], num),
        free,
    )
    for done in range(_PASSES):
        tell(progress, done / _PASSES, "Merging")
        improved = _improve(finest, labels)
        if np.array_equal(improved, labels):
            break
        labels = improved
    return labels[rank]


def _walk(inside: Float64, pairs: Int64, between: Float64) -> tuple[Float64, Float64, Float64]:
    """Shares of a walk's steps: into each cluster, out of each cluster, and along each pair."""
    total = 2.0 * float(inside.sum() + between.sum()) or 1.0
    degree = np.bincount(pairs.reshape(-1), np.repeat(between, 2), len(inside))
    return (2.0 * inside + degree) / total, degree / total, between / total


def _order(visits: Float64, degree: Float64) -> Int64:
    """Nodes by rising visits, then by rising degree: small ones find their place first."""
    ties = np.round(degree, _DIGITS), np.round(visits, _DIGITS)
    return np.lexsort((np.arange(len(visits)), *ties))


def _start(anchor: Int64 | None, num: int) -> tuple[Int64, NDArray[np.bool_]]:
    """Labels to begin with, the anchors' first, and which of the clusters may leave them."""
    if anchor is None:
        return np.arange(num), np.ones(num, bool)
    free = anchor < 0
    labels = anchor.copy()
    labels[free] = int(anchor.max()) + 1 + np.arange(int(free.sum()))
    return labels, free


def _symmetric(pairs: Int64, values: Float64, num: int) -> Any:
    a, b = pairs[:, 0], pairs[:, 1]
    both = (np.concatenate([a, b]), np.concatenate([b, a]))
    return csr_array((np.concatenate([values, values]), both), shape=(num, num))


def _foes(pairs: Int64 | None, num: int) -> Any:
    pairs = np.empty((0, 2), np.int64) if pairs is None else pairs
    return _symmetric(pairs, np.ones(len(pairs)), num)


def _improve(finest: _Level, labels: Int64) -> Int64:
    """One pass: coarsens while something moves, then refines level by level."""
    levels: list[_Level] = []
    maps: list[Int64] = []
    level, start = finest, labels
    while True:
        moved = _moved(level, start)
        num = int(moved.max()) + 1
        if num == len(level.visits):
            break
        levels.append(level)
        maps.append(moved)
        level, start = _coarsened(level, moved), np.arange(num)
    found = np.arange(len(level.visits))
    for fine, coarse in zip(reversed(levels), reversed(maps), strict=True):
        found = _moved(fine, found[coarse])
    return found


def _moved(level: _Level, start: Int64) -> Int64:
    labels, flow, foes = start.astype(np.int64), level.flow, level.foes
    order = _order(level.visits, np.asarray(flow.sum(1)))
    order = order[level.free[order]]
    indptr, indices = _int64(flow)
    foe_indptr, foe_indices = _int64(foes)
    # A queue alone misses nodes for which only modules without a link to them have changed.
    while move_nodes(
        indptr, indices, flow.data, level.visits, foe_indptr, foe_indices, order, labels
    ):
        pass
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _int64(matrix: Any) -> tuple[Int64, Int64]:
    """Row starts and columns, of one kind for all sizes, so that the loop is compiled once."""
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def _coarsened(level: _Level, labels: Int64) -> _Level:
    num = int(labels.max()) + 1
    members = member_matrix(labels)
    flow, foes = ((members @ each @ members.T).tocsr() for each in (level.flow, level.foes))
    free = np.ones(num, bool)
    free[labels[~level.free]] = False
    return _Level(flow, np.bincount(labels, level.visits, num).astype(np.float64), foes, free)
