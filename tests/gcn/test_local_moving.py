"""Local moving against the objective computed in full after every move."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csr_array

from gcn.local_moving import move_nodes

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


def symmetric(rng: np.random.Generator, num: int, share: float) -> Float64:
    dense = np.triu(rng.normal(size=(num, num)) * (rng.random((num, num)) < share), 1)
    return dense + dense.T


def move(dense: Float64, sizes: Float64, labels: Int64, resolution: float) -> Int64:
    adjacency, moved = csr_array(dense), labels.copy()
    order = np.arange(len(labels))
    move_nodes(adjacency.indptr, adjacency.indices, adjacency.data, sizes, order, moved, resolution)
    return moved


def objective(dense: Float64, sizes: Float64, labels: Int64, resolution: float) -> float:
    together = np.triu(labels[:, None] == labels[None, :], 1)
    return float(((dense - resolution * np.outer(sizes, sizes)) * together).sum())


@pytest.mark.parametrize("seed", range(20))
def test_moving_never_makes_it_worse_wherever_it_starts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense, sizes = symmetric(rng, 40, 0.2), rng.integers(1, 5, 40).astype(float)
    for start in (np.arange(40), np.zeros(40, np.int64), rng.integers(0, 40, 40)):
        for resolution in (0.0, 0.02, 0.5):
            moved = move(dense, sizes, start, resolution)
            assert moved.min() >= 0
            assert moved.max() < 40
            assert objective(dense, sizes, moved, resolution) >= (
                objective(dense, sizes, start, resolution) - 1e-6
            )


def test_without_a_toll_no_node_is_left_that_would_rather_go_elsewhere() -> None:
    # With one, nodes without a link to what has changed are not looked at again.
    for seed in range(20):
        dense = np.abs(symmetric(np.random.default_rng(seed), 30, 0.2))
        moved = move(dense, np.ones(30), np.arange(30), 0.0)
        links = dense @ (moved[:, None] == np.arange(30))
        assert (links.max(1) <= links[np.arange(30), moved] + 1e-9).all()


def test_a_community_that_costs_more_than_it_gives_falls_apart() -> None:
    sizes, together = np.array([2.0, 1.0, 3.0]), np.zeros(3, np.int64)
    assert len(set(move(np.zeros((3, 3)), sizes, together, 0.1).tolist())) == 3
    assert len(set(move(np.zeros((3, 3)), sizes, together, 0.0).tolist())) == 1


def test_sizes_decide_whether_a_link_is_worth_its_toll() -> None:
    dense = np.array([[0.0, 1.0], [1.0, 0.0]])
    for size, joined in ((3.0, True), (5.0, False)):
        moved = move(dense, np.array([size, 2.0]), np.arange(2), 0.125)
        assert (moved[0] == moved[1]) == joined  # 1 against 0.125 * 2 * size


def test_a_node_takes_the_community_with_the_largest_gain() -> None:
    dense = np.zeros((5, 5))
    for a, b, weight in ((0, 1, 9.0), (2, 3, 9.0), (4, 0, 1.0), (4, 1, 1.0), (4, 2, 3.0)):
        dense[a, b] = dense[b, a] = weight
    moved = move(dense, np.ones(5), np.array([0, 0, 1, 1, 2]), 0.1)
    assert moved[4] == moved[2] == moved[3] != moved[0] == moved[1]


def test_links_of_a_node_to_itself_do_not_count() -> None:
    dense = np.array([[100.0, 1.0], [1.0, 100.0]])
    assert len(set(move(dense, np.ones(2), np.arange(2), 2.0).tolist())) == 2
    assert len(set(move(dense, np.ones(2), np.zeros(2, np.int64), 2.0).tolist())) == 2
