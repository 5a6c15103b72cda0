"""Centroid linkage against scipy and a plain loop."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from benchmarks.baselines import centroid_linkage_tree
from benchmarks.merge_tree import cut
from gcn.evaluation.metrics import evaluate
from gcn.graph.knn_graph import unit_rows


def plain_linkage(cosines: np.ndarray, sizes: list[int], threshold: float) -> list[set[int]]:
    groups = [{part} for part in range(len(sizes))]
    cosines, weights = cosines.astype(np.float64).copy(), list(sizes)
    while len(groups) > 1:
        np.fill_diagonal(cosines, -np.inf)
        a, b = sorted(np.unravel_index(cosines.argmax(), cosines.shape))
        if cosines[a, b] < threshold:
            break
        mixed = (weights[a] * cosines[a] + weights[b] * cosines[b]) / (weights[a] + weights[b])
        cosines[a], cosines[:, a] = mixed, mixed
        cosines = np.delete(np.delete(cosines, b, 0), b, 1)
        groups[a] |= groups.pop(b)
        weights[a] += weights.pop(b)
    return groups


@pytest.mark.parametrize("seed", range(5))
def test_linkage_of_single_images_is_scipys_average_linkage(seed: int) -> None:
    x = unit_rows(np.random.default_rng(seed).normal(size=(60, 4)))
    tree = centroid_linkage_tree(x, np.arange(60))
    expected = linkage(x, "average", metric="cosine")
    assert tree.similarity == pytest.approx(1 - np.sort(expected[:, 2]), abs=1e-5)
    for threshold in (0.9, 0.6, 0.2, 0.0):
        labels = fcluster(expected, 1 - threshold, "distance")
        assert evaluate(labels, cut(tree, threshold)).ari == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_linkage_of_parts_weighs_them_by_size(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = unit_rows(rng.normal(size=(90, 4)))
    parts = np.unique(rng.integers(0, 20, 90), return_inverse=True)[1]
    sizes = np.bincount(parts).tolist()
    centroids = unit_rows(np.stack([x[parts == part].mean(0) for part in range(len(sizes))]))
    tree = centroid_linkage_tree(x, parts)
    for threshold in (0.9, 0.5, 0.1):
        expected = np.empty(90, np.int64)
        for number, group in enumerate(plain_linkage(centroids @ centroids.T, sizes, threshold)):
            expected[np.isin(parts, list(group))] = number
        assert evaluate(expected, cut(tree, threshold)).ari == 1.0


def test_one_part_needs_no_merge() -> None:
    tree = centroid_linkage_tree(unit_rows([[1.0, 0.0], [1.0, 0.1]]), np.zeros(2, np.int64))
    assert len(tree.pairs) == 0
    assert cut(tree, 0.5).tolist() == [0, 0]
