"""Local moving against the map equation computed in full."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csr_array
from scipy.special import entr

from gcn.merging.map_equation import move_nodes

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


def map_equation(inside: Float64, pairs: Int64, between: Float64, labels: Int64) -> float:
    """What merging minimizes, computed in full: bits per step that a walk takes to describe."""
    total = 2.0 * (inside.sum() + between.sum()) or 1.0
    visits = (2.0 * inside + np.bincount(pairs.ravel(), between.repeat(2), len(inside))) / total
    ends = labels[pairs]
    apart = ends[:, 0] != ends[:, 1]
    leaving = np.bincount(ends[apart].ravel(), between[apart].repeat(2) / total, labels.max() + 1)
    crossed = p_log_p(leaving.sum()) - 2.0 * p_log_p(leaving)
    return crossed - p_log_p(visits) + p_log_p(leaving + np.bincount(labels, visits))


def p_log_p(p: npt.ArrayLike) -> float:
    return float(-entr(p).sum() / np.log(2.0))


def symmetric(rng: np.random.Generator, num: int, share: float) -> Float64:
    """Random weights, zero on the diagonal."""
    dense = np.triu(rng.random((num, num)) * (rng.random((num, num)) < share), 1)
    return dense + dense.T


def move(
    dense: Float64, inside: Float64, labels: Int64, foes: Float64 | None = None
) -> tuple[Int64, int]:
    """Moves the nodes of a graph with `inside` weight on each node, in order."""
    total = dense.sum() + 2.0 * inside.sum()
    flow, moved = csr_array(dense / total), labels.copy()
    apart = csr_array(np.zeros_like(dense) if foes is None else foes)
    moves = move_nodes(
        flow.indptr.astype(np.int64),
        flow.indices.astype(np.int64),
        flow.data,
        (dense.sum(1) + 2.0 * inside) / total,
        apart.indptr.astype(np.int64),
        apart.indices.astype(np.int64),
        np.arange(len(labels)),
        moved,
    )
    return moved, moves


def length(dense: Float64, inside: Float64, labels: Int64) -> float:
    a, b = np.nonzero(np.triu(dense))
    return map_equation(inside, np.stack([a, b], 1), dense[a, b], labels)


@pytest.mark.parametrize("seed", range(20))
def test_moving_never_makes_the_description_longer_wherever_it_starts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense, inside = symmetric(rng, 40, 0.15), rng.random(40) * (seed % 2)
    for start in (np.arange(40), np.zeros(40, np.int64), rng.integers(0, 40, 40)):
        moved, moves = move(dense, inside, start)
        assert moved.min() >= 0
        assert moved.max() < 40
        gain = length(dense, inside, start) - length(dense, inside, moved)
        assert gain > 0.0 if moves else np.array_equal(moved, start)


@pytest.mark.parametrize("seed", range(10))
def test_where_nothing_moves_no_single_move_would_shorten_the_description(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense, inside = symmetric(rng, 25, 0.2), rng.random(25)
    labels, moves = np.arange(25), 1
    while moves:
        labels, moves = move(dense, inside, labels)
    least = length(dense, inside, labels)
    # Module 24 stands for one of the node's own: fewer than 25 are taken.
    for i in range(25):
        for module in {*labels.tolist(), int(np.setdiff1d(np.arange(26), labels)[0])}:
            other = labels.copy()
            other[i] = module
            assert length(dense, inside, other) >= least - 1e-9


def test_a_node_goes_from_strangers_to_its_neighbors() -> None:
    cliques = np.kron(np.eye(3), np.ones((4, 4))) - np.eye(12)
    start = np.arange(12) // 4
    start[0] = 2
    moved, moves = move(cliques, np.zeros(12), start)
    assert moves == 1
    assert moved.tolist() == (np.arange(12) // 4).tolist()


def test_a_node_without_edges_stays_where_it_is() -> None:
    dense = np.zeros((4, 4))
    dense[0, 1] = dense[1, 0] = 1.0
    moved, _ = move(dense, np.zeros(4), np.arange(4))
    assert moved[0] == moved[1]
    assert moved[2:].tolist() == [2, 3]


@pytest.mark.parametrize("seed", range(10))
def test_foes_are_never_joined(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = symmetric(rng, 30, 0.3)
    foes = (symmetric(rng, 30, 0.2) > 0).astype(np.float64)
    moved, moves = move(dense, np.zeros(30), np.arange(30), foes)
    assert moves
    a, b = np.nonzero(foes)
    assert (moved[a] != moved[b]).all()


def test_only_listed_nodes_move_and_links_to_oneself_do_not_count() -> None:
    dense = np.array([[5.0, 1.0, 1.0], [1.0, 5.0, 0.0], [1.0, 0.0, 5.0]])
    flow = csr_array(dense / dense.sum())
    none = np.zeros(4, np.int64)
    for listed in ([], [1], [2, 1]):
        labels = np.arange(3)
        move_nodes(
            flow.indptr.astype(np.int64),
            flow.indices.astype(np.int64),
            flow.data,
            dense.sum(1) / dense.sum(),
            none,
            none[:0],
            np.array(listed, np.int64),
            labels,
        )
        kept = [i for i in range(3) if i not in listed]
        assert labels[kept].tolist() == kept
