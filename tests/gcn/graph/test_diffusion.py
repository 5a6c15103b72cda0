"""Similarity of averaged embeddings against torch-geometric's convolution without weights."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch_geometric.nn import SimpleConv

from gcn.graph.diffusion import diffused_similarity, transition_roots
from gcn.graph.knn_graph import KNNGraph, knn_graph, unit_rows
from gcn.graph.moments import random_pair_moments
from gcn.runtime.fixed_point import fixed, floats

Float32 = npt.NDArray[np.float32]

K, SCALE = 6, 0.2
ROUNDING = 2e-4
"""Of a cosine of averages in fixed point, of rows and weights in fixed point."""


@pytest.fixture(scope="module")
def x() -> Float32:
    return unit_rows(np.random.default_rng(9).normal(size=(300, 7)))


@pytest.fixture(scope="module")
def graph(x: Float32) -> KNNGraph:
    return knn_graph(x, K)


def averaged(x: Float32, graph: KNNGraph, width: float) -> Float32:
    """Each row with the mean of its neighbors, which are weighted by the softmax of similarity."""
    weights = torch.softmax(torch.from_numpy(graph.similarity) / width, 1)
    neighbors = torch.from_numpy(graph.neighbors.astype(np.int64))
    edge_index = torch.stack([neighbors.ravel(), torch.arange(len(x)).repeat_interleave(K)])
    conv = SimpleConv(aggr="add", combine_root="sum")
    out = conv(torch.from_numpy(x), edge_index, weights.ravel())
    return torch.nn.functional.normalize(out).numpy()


def along_edges(x: Float32, graph: KNNGraph) -> Float32:
    return np.take_along_axis(x @ x.T, graph.neighbors.astype(np.int64), axis=1)


def test_both_similarities_are_cosines_of_averages_with_a_broad_and_a_narrow_width(
    x: Float32, graph: KNNGraph
) -> None:
    roots = transition_roots(graph.similarity, SCALE)
    every = np.ones(len(x), bool)
    broad, sharp, moments = diffused_similarity(
        fixed(x), graph, roots, every, np.random.default_rng(0).permutation(len(x)), None
    )
    smooth = averaged(x, graph, SCALE)
    np.testing.assert_allclose(floats(broad), along_edges(smooth, graph), atol=ROUNDING)
    expected = along_edges(averaged(x, graph, SCALE / 4), graph)
    np.testing.assert_allclose(floats(sharp), expected, atol=ROUNDING)
    of_averages = random_pair_moments(smooth)
    assert moments.mean == pytest.approx(of_averages.mean, abs=ROUNDING)
    assert moments.std == pytest.approx(of_averages.std, rel=1e-3)


def test_what_is_not_asked_for_is_left_out(x: Float32, graph: KNNGraph) -> None:
    roots, order = transition_roots(graph.similarity, SCALE), np.arange(len(x))
    asked = order < 40
    all_broad, all_sharp, all_moments = diffused_similarity(
        fixed(x), graph, roots, np.ones(len(x), bool), order, None
    )
    broad, sharp, moments = diffused_similarity(fixed(x), graph, roots, asked, order, None)
    near = asked.copy()
    near[graph.neighbors[asked].ravel()] = True
    assert near.sum() < len(x)
    np.testing.assert_array_equal(broad, np.where(near[:, None], all_broad, 0))
    np.testing.assert_array_equal(sharp, np.where(asked[:, None], all_sharp, 0))
    assert moments == all_moments
