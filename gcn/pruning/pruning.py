"""Pruning to the second kNN graph, and its pure clusters."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..graph.knn_graph import KNNGraph, in_degrees
from ..runtime.compiled import compiled

Float32 = NDArray[np.float32]
IntPairs = NDArray[np.int64]


class Forest(NamedTuple):
    """Each node's best remaining edge to a node deeper inside its class.

    Attributes:
        parent: Node id, or -1 for the root of a tree, shape (N,), int64.
        strength: Affinity of that edge, 0 for a root, shape (N,), float32.
    """

    parent: NDArray[np.int64]
    strength: Float32


def prune_edges(affinity: Float32, min_affinity: float) -> NDArray[np.bool_]:
    """Marks the edges of the second kNN graph: those whose affinity is high enough.

    Args:
        affinity: Symmetric affinity p̃, shape (N, k).
        min_affinity: The first threshold τ1.

    Returns:
        True for kept edges, shape (N, k).
    """
    return affinity >= min_affinity


def density_forest(
    graph: KNNGraph, affinity: Float32, kept: NDArray[np.bool_], depth: Float32
) -> Forest:
    """Links every node by its best kept edge, in either direction, to a deeper node.

    Depth ties are broken by in-degree, then by id, so that identical images share one root.

    Args:
        graph: The first kNN graph, N nodes.
        affinity: Symmetric affinity p̃, shape (N, k).
        kept: Edges of the second kNN graph, shape (N, k).
        depth: Node affinity ĉ, shape (N,).

    Returns:
        The forest; it has no cycle because depth rises along every link.
    """
    num_nodes = len(depth)
    in_degree = in_degrees(graph.neighbors)
    order = np.lexsort((np.arange(num_nodes), in_degree, np.round(depth, 5)))
    place = np.empty(num_nodes, np.int64)
    place[order] = np.arange(num_nodes)
    parent = np.full(num_nodes, -1, np.int64)
    strength = np.zeros(num_nodes, np.float32)
    tie = np.full(num_nodes, -2.0, np.float32)
    _link(graph.neighbors, graph.similarity, affinity, kept, place, parent, strength, tie)
    return Forest(parent, strength)


def pure_clusters(
    identical: IntPairs, forest: Forest, must_link: IntPairs, cannot_link: IntPairs
) -> NDArray[np.int64]:
    """Numbers the trees of the forest, with identical images and must-links joined.

    Where a tree would hold both ends of a cannot-link it is cut: its links are put back
    strongest first, leaving out those that would join such a pair.

    Args:
        identical: Pairs of rows that are the same image, shape (I, 2).
        forest: Over the N nodes.
        must_link: Row pairs, shape (M, 2).
        cannot_link: Row pairs, shape (L, 2).

    Returns:
        Cluster ids from 0 without gaps, shape (N,), int64.

    Raises:
        ValueError: A pair must link and must not link.
    """
    num_nodes = len(forest.parent)
    firm = np.concatenate([identical, must_link])
    children = np.flatnonzero(forest.parent >= 0)
    links = np.stack([children, forest.parent[children]], 1)
    parts = components(np.concatenate([firm, links]), num_nodes)
    if not len(cannot_link):
        return parts
    torn = np.unique(parts[cannot_link[:, 0]][_joined(parts, cannot_link)])
    if not torn.size:
        return parts
    groups = components(np.concatenate([identical, must_link]), num_nodes)
    if _joined(groups, cannot_link).any():
        # Identical images that a person keeps apart stay apart; must-links are binding.
        groups = components(must_link, num_nodes)
        _refuse_contradiction(groups, cannot_link)
    inside = np.isin(parts[links[:, 0]], torn)
    order = np.argsort(-forest.strength[links[inside, 0]], kind="stable")
    return _relink(parts, torn, groups, links[inside][order], cannot_link)


def components(pairs: IntPairs, num_nodes: int) -> NDArray[np.int64]:
    """Connected components of an undirected graph given by node pairs.

    Args:
        pairs: Shape (E, 2).
        num_nodes: N.

    Returns:
        Component ids from 0, shape (N,), int64.
    """
    ones = np.ones(len(pairs), np.int8)
    adjacency = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(num_nodes, num_nodes))
    return connected_components(adjacency, directed=False)[1].astype(np.int64)


def edge_pairs(graph: KNNGraph, chosen: NDArray[np.bool_]) -> IntPairs:
    """Pairs that join the same nodes as the chosen edges do, at most one for each node.

    In a crowd of identical images nearly every edge is chosen: as pairs they would take gigabytes.

    Args:
        graph: N nodes.
        chosen: True for chosen edges, shape (N, k).

    Returns:
        Each node that is joined with one of a lower number, and that one, shape (at most N, 2).
    """
    root = np.arange(len(chosen))
    _unite(graph.neighbors, chosen, root)
    joined = np.flatnonzero(root != np.arange(len(root)))
    return np.stack([joined, root[joined]], 1)


def _joined(parts: NDArray[np.int64], pairs: IntPairs) -> NDArray[np.bool_]:
    return parts[pairs[:, 0]] == parts[pairs[:, 1]]


def _refuse_contradiction(groups: NDArray[np.int64], cannot_link: IntPairs) -> None:
    joined = _joined(groups, cannot_link)
    if joined.any():
        i, j = cannot_link[joined][0]
        raise ValueError(
            f"rows {i} and {j} are in 'cannot_link' but 'must_link' joins them; remove one of both"
        )


def _relink(
    parts: NDArray[np.int64],
    torn: NDArray[np.int64],
    groups: NDArray[np.int64],
    links: IntPairs,
    cannot_link: IntPairs,
) -> NDArray[np.int64]:
    """Builds the torn parts again from their groups, never joining a cannot-link pair."""
    root = {int(g): int(g) for g in np.unique(groups)}
    foes: dict[int, set[int]] = {}
    for a, b in groups[cannot_link]:
        foes.setdefault(int(a), set()).add(int(b))
        foes.setdefault(int(b), set()).add(int(a))

    def find(g: int) -> int:
        while root[g] != g:
            root[g] = root[root[g]]
            g = root[g]
        return g

    for a, b in groups[links]:
        p, q = find(int(a)), find(int(b))
        if p == q or q in {find(f) for f in foes.get(p, ())}:
            continue
        root[q] = p
        foes.setdefault(p, set()).update(foes.pop(q, set()))
    offset = int(parts.max()) + 1
    fixed = parts.copy()
    for i in np.flatnonzero(np.isin(parts, torn)):
        fixed[i] = offset + find(int(groups[i]))
    return np.unique(fixed, return_inverse=True)[1].astype(np.int64)


@compiled(nogil=True)
def _unite(neighbors: Any, chosen: Any, root: Any) -> None:
    for i in range(neighbors.shape[0]):
        for r in range(neighbors.shape[1]):
            if chosen[i, r]:
                a, b = _root_of(root, i), _root_of(root, neighbors[i, r])
                root[max(a, b)] = min(a, b)


@compiled(nogil=True)
def _root_of(root: Any, i: Any) -> Any:
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@compiled(nogil=True)
def _link(
    neighbors: Any,
    similarity: Any,
    affinity: Any,
    kept: Any,
    place: Any,
    parent: Any,
    strength: Any,
    tie: Any,
) -> None:
    for i in range(neighbors.shape[0]):
        for r in range(neighbors.shape[1]):
            if not kept[i, r]:
                continue
            j = neighbors[i, r]
            low, high = (i, j) if place[i] < place[j] else (j, i)
            p, s = affinity[i, r], similarity[i, r]
            if parent[low] >= 0:
                if p < strength[low] or (p == strength[low] and s < tie[low]):
                    continue
                tied = p == strength[low] and s == tie[low]
                if tied and place[high] <= place[parent[low]]:
                    continue
            parent[low] = high
            strength[low] = p
            tie[low] = s
