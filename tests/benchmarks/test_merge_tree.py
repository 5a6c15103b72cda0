"""Cuts of merge trees against the components of the strong edges."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.baselines import connected_components_tree
from benchmarks.merge_tree import MergeTree, cut
from gcn.evaluation.metrics import evaluate
from gcn.graph.knn_graph import knn_graph


def test_cut_does_the_merges_at_and_above_the_threshold() -> None:
    start = np.array([0, 1, 2, 3, 3])
    tree = MergeTree(start, np.array([[0, 1], [3, 2], [1, 3]]), np.array([0.9, 0.5, 0.5]))
    assert cut(tree, 1.0).tolist() == [0, 1, 2, 3, 3]
    assert cut(tree, 0.9).tolist() == [0, 0, 1, 2, 2]
    assert cut(tree, 0.5).tolist() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_components_tree_cuts_to_the_components_of_the_strong_edges(seed: int) -> None:
    rng = np.random.default_rng(seed)
    embeddings = rng.normal(size=(80, 3))
    embeddings[10:15] = embeddings[3]  # duplicates: cosine 1
    graph = knn_graph(embeddings, 6)
    tree = connected_components_tree(graph)
    source = np.repeat(np.arange(80), 6)
    for threshold in (1.0 - 1e-6, 0.99, 0.97, 0.9, 0.5, -1.0):
        keep = graph.similarity.ravel() >= threshold
        edges = (np.ones(keep.sum()), (source[keep], graph.neighbors.ravel()[keep]))
        _, expected = connected_components(coo_matrix(edges, shape=(80, 80)), directed=False)
        assert evaluate(expected, cut(tree, threshold)).ari == 1.0
