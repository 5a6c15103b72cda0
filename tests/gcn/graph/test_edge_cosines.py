"""Cosines along edges, and images that are the same, against numbers in double precision."""

import numpy as np
import pytest

from gcn.graph.edge_cosines import IDENTICAL, edge_cosines, identical_edges
from gcn.graph.knn_graph import KNNGraph, knn_graph, unit_rows
from gcn.graph.moments import random_pair_moments
from gcn.runtime.fixed_point import fixed, floats


@pytest.mark.parametrize("dimensions", [1, 2, 64, 2048])
def test_cosines_are_those_of_the_rows(dimensions: int) -> None:
    x = unit_rows(np.random.default_rng(dimensions).normal(size=(300, dimensions)) + 0.5)
    graph = knn_graph(x, 7)
    found = floats(edge_cosines(fixed(x), graph, np.arange(300)))
    expected = np.einsum("id,ikd->ik", x, x[graph.neighbors], dtype=np.float64)
    np.testing.assert_allclose(found, expected, atol=8e-5)


def test_rows_that_were_left_out_are_zero_and_order_does_not_matter() -> None:
    x = unit_rows(np.random.default_rng(0).normal(size=(300, 8)))
    graph = knn_graph(x, 5)
    whole = edge_cosines(fixed(x), graph, np.arange(300))
    rows = np.random.default_rng(1).permutation(300)[:120]
    some = edge_cosines(fixed(x), graph, rows)
    np.testing.assert_array_equal(some[rows], whole[rows])
    left_out = np.setdiff1d(np.arange(300), rows)
    assert not some[left_out].any()


@pytest.mark.parametrize("dimensions", [2, 128, 1280])
def test_only_edges_between_the_same_images_are_identical(dimensions: int) -> None:
    rng = np.random.default_rng(dimensions)
    once = rng.normal(size=(60, dimensions))
    nearly = once + 0.01 * np.linalg.norm(once, axis=1, keepdims=True) * _unit(rng, once.shape)
    x = unit_rows(np.concatenate([once, 3.0 * once, nearly]))
    graph = knn_graph(x, 3)
    rows = fixed(x)
    found = identical_edges(rows, graph.neighbors, edge_cosines(rows, graph, np.arange(180)), 0.0)
    exact = unit_rows(x).astype(np.float64)
    cosine = np.einsum("id,ikd->ik", exact, exact[graph.neighbors])
    same = graph.neighbors % 60 == np.arange(180)[:, None] % 60
    both_copies = (graph.neighbors < 120) & (np.arange(180)[:, None] < 120)
    assert found[same & both_copies].all()
    assert found.sum() >= 120
    # Between a hundredth of a degree and none, rounding may decide.
    assert not found[cosine < IDENTICAL - 5e-6].any()


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e4, 1e5])
@pytest.mark.parametrize("dimensions", [64, 1280])
def test_copies_are_told_from_images_that_share_nearly_all_of_their_direction(
    offset: float, dimensions: int
) -> None:
    rng = np.random.default_rng(dimensions)
    images = rng.normal(size=(60, dimensions)) + offset * _unit(rng, (1, dimensions))
    rows = fixed(unit_rows(np.concatenate([images, 3.0 * images])))
    others = np.stack([np.delete(np.arange(120), i) for i in range(120)]).astype(np.int32)
    graph = KNNGraph(others, np.empty(others.shape, np.float32))
    cosines = edge_cosines(rows, graph, np.arange(120))
    found = identical_edges(rows, others, cosines, random_pair_moments(rows).mean)
    np.testing.assert_array_equal(found, others % 60 == np.arange(120)[:, None] % 60)


@pytest.mark.parametrize("dimensions", [2, 64, 1280])
def test_one_image_computed_again_and_again_is_the_same_in_a_set_of_nothing_else(
    dimensions: int,
) -> None:
    rng = np.random.default_rng(dimensions)
    image = rng.normal(size=dimensions)
    rows = fixed(unit_rows(image * (1.0 + 1e-6 * rng.normal(size=(40, dimensions)))))
    graph = knn_graph(floats(rows), 39)
    cosines = edge_cosines(rows, graph, np.arange(40))
    mean = random_pair_moments(rows).mean
    assert identical_edges(rows, graph.neighbors, cosines, mean).all()


def _unit(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    rows = rng.normal(size=shape)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_row_of_zeros_is_like_none() -> None:
    x = np.zeros((3, 4), np.int16)
    graph = knn_graph(np.eye(3), 2)
    cosines = edge_cosines(x, graph, np.arange(3))
    assert not cosines.any()
    assert not identical_edges(x, graph.neighbors, cosines, 0.0).any()
