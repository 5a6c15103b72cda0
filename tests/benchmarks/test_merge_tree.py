"""The exact threshold sweep against scoring every threshold from the start."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.baselines import connected_components_tree
from benchmarks.merge_tree import MergeTree, best_threshold, cut, sweep
from gcn.graph import knn_graph
from gcn.metrics import evaluate


def random_tree(seed: int) -> tuple[MergeTree, np.ndarray]:
    rng = np.random.default_rng(seed)
    num_images = int(rng.integers(2, 60))
    num_parts = int(rng.integers(2, num_images + 1))
    start = rng.permutation(np.append(np.arange(num_parts), rng.integers(0, num_parts, num_images)))
    pairs = np.array([(rng.integers(0, i), i) for i in range(1, num_parts)])
    strengths = np.sort(rng.integers(0, 10, num_parts - 1) / 10)[::-1]  # with ties
    labels = rng.integers(0, rng.integers(1, 9), len(start))
    return MergeTree(start, rng.permutation(pairs), strengths.astype(np.float64)), labels


@pytest.mark.parametrize("seed", range(20))
def test_sweep_equals_scoring_each_cut(seed: int) -> None:
    tree, labels = random_tree(seed)
    result = sweep(tree, labels)
    assert list(result.threshold[1:]) == sorted(set(tree.similarity), reverse=True)
    for threshold, precision, recall, f in zip(*result, strict=True):
        scores = evaluate(labels, cut(tree, threshold))
        assert precision == pytest.approx(scores.bcubed_precision)
        assert recall == pytest.approx(scores.bcubed_recall)
        assert f == pytest.approx(scores.bcubed_f)


@pytest.mark.parametrize("seed", range(10))
def test_best_threshold_gives_the_best_f(seed: int) -> None:
    tree, labels = random_tree(seed)
    result = sweep(tree, labels)
    best = evaluate(labels, cut(tree, best_threshold(result))).bcubed_f
    assert best == pytest.approx(result.f.max())


def test_f_at_looks_up_the_partition_of_any_threshold() -> None:
    tree, labels = random_tree(3)
    result = sweep(tree, labels)
    grid = np.array([-1.0, 0.0, 0.35, 0.5, 0.61, 2.0])
    expected = [evaluate(labels, cut(tree, threshold)).bcubed_f for threshold in grid]
    assert result.f_at(grid) == pytest.approx(expected)


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
