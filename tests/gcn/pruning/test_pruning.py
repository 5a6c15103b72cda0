"""The forest of pure clusters against plain Python, and links that a person sets."""

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest

from gcn.evaluation.metrics import evaluate
from gcn.graph.edge_cosines import IDENTICAL
from gcn.graph.knn_graph import KNNGraph, knn_graph
from gcn.pruning.affinity import symmetric_affinity
from gcn.pruning.pruning import (
    components,
    density_forest,
    edge_pairs,
    prune_edges,
    pure_clusters,
)

from ..conftest import MakeBlobs

Pairs = npt.NDArray[np.int64]
NONE = np.empty((0, 2), np.int64)


def same_images(graph: KNNGraph) -> npt.NDArray[np.int64]:
    return edge_pairs(graph, graph.similarity >= IDENTICAL)


def pairs(*rows: tuple[int, int]) -> Pairs:
    return np.array(rows, np.int64).reshape(-1, 2)


def random_case(seed: int, n: int = 60, k: int = 6) -> tuple[KNNGraph, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    graph = knn_graph(rng.normal(size=(n, 4)), k)
    affinity = symmetric_affinity(rng.random((n, k)).astype(np.float32), graph.neighbors)
    return graph, affinity, rng.random(n).astype(np.float32)


def plain_forest(
    graph: KNNGraph, affinity: np.ndarray, depth: np.ndarray, min_affinity: float
) -> list[int]:
    best: dict[int, tuple[float, int]] = {}
    for i, row in enumerate(graph.neighbors.tolist()):
        for r, j in enumerate(row):
            if affinity[i, r] >= min_affinity:
                low, high = (i, j) if depth[i] < depth[j] else (j, i)
                best[low] = max(best.get(low, (-1.0, -1)), (float(affinity[i, r]), high))
    return [best[i][1] if i in best else -1 for i in range(len(depth))]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("min_affinity", [0.0, 0.5, 0.9, 1.1])
def test_forest_links_each_node_to_its_best_deeper_neighbor(seed: int, min_affinity: float) -> None:
    graph, affinity, depth = random_case(seed)
    forest = density_forest(graph, affinity, prune_edges(affinity, min_affinity), depth)
    assert forest.parent.tolist() == plain_forest(graph, affinity, depth, min_affinity)
    linked = forest.parent >= 0
    assert (depth[forest.parent[linked]] > depth[linked]).all()
    assert (forest.strength[linked] >= min_affinity).all()
    assert (forest.strength[~linked] == 0).all()


def test_prune_edges_keeps_the_threshold_itself() -> None:
    affinity = np.array([[0.5, 0.49999], [0.2, 0.9]], np.float32)
    assert prune_edges(affinity, 0.5).tolist() == [[True, False], [False, True]]


def test_ties_in_depth_make_no_cycle() -> None:
    graph, affinity, _ = random_case(1)
    kept = prune_edges(affinity, 0.0)
    forest = density_forest(graph, affinity, kept, np.zeros(60, np.float32))
    for node in range(60):
        steps = 0
        while forest.parent[node] >= 0:
            node, steps = forest.parent[node], steps + 1
            assert steps <= 60


def test_pure_clusters_are_the_trees_of_the_forest() -> None:
    graph, affinity, depth = random_case(2)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.6), depth)
    parts = pure_clusters(same_images(graph), forest, NONE, NONE)
    assert sorted(set(parts)) == list(range((forest.parent < 0).sum()))
    children = np.flatnonzero(forest.parent >= 0)
    assert (parts[children] == parts[forest.parent[children]]).all()


def test_one_false_edge_attaches_one_subtree_and_no_chain(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(30, 30), noise=0.2)
    graph = knn_graph(blobs.embeddings, 10)
    same = blobs.labels[graph.neighbors] == blobs.labels[:, None]
    affinity = np.where(same, 0.9, 0.0).astype(np.float32)
    depth = graph.similarity.mean(1)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.5), depth)
    scores = evaluate(blobs.labels, pure_clusters(same_images(graph), forest, NONE, NONE))
    assert scores.pairwise_precision == 1.0


@pytest.mark.parametrize("copies", [2, 5, 40])
def test_identical_images_share_a_cluster_without_any_kept_edge(copies: int) -> None:
    embeddings = np.random.default_rng(3).normal(size=(80, 16))
    embeddings[:copies] = embeddings[0]
    graph = knn_graph(embeddings, 8)
    affinity = np.zeros((80, 8), np.float32)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.5), np.zeros(80, np.float32))
    parts = pure_clusters(same_images(graph), forest, NONE, NONE)
    assert len(set(parts[:copies])) == 1
    assert len(set(parts)) == 80 - copies + 1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.0, 0.03, 0.2, 1.0])
def test_edges_are_told_by_pairs_that_join_the_same_nodes(seed: int, share: float) -> None:
    graph, *_ = random_case(seed)
    chosen = np.random.default_rng(seed).random(graph.neighbors.shape) < share
    i, rank = np.nonzero(chosen)
    expected = components(np.stack([i, graph.neighbors[i, rank]], 1).astype(np.int64), 60)
    joined = edge_pairs(graph, chosen)
    np.testing.assert_array_equal(components(joined, 60), expected)
    assert len(joined) == 60 - len(set(expected))


def test_crowds_of_identical_images_take_memory_by_image_not_by_edge() -> None:
    graph = knn_graph(np.ones((2000, 4)), 400)
    same = np.ones(graph.neighbors.shape, bool)
    edge_pairs(graph, same)  # is compiled
    tracemalloc.start()
    try:
        assert len(edge_pairs(graph, same)) == 1999
        assert tracemalloc.get_traced_memory()[1] < same.size
    finally:
        tracemalloc.stop()


def test_must_link_joins_trees() -> None:
    graph, affinity, depth = random_case(4)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.8), depth)
    before = pure_clusters(same_images(graph), forest, NONE, NONE)
    one, other = np.flatnonzero(before == 0)[0], np.flatnonzero(before == 1)[0]
    after = pure_clusters(same_images(graph), forest, pairs((one, other)), NONE)
    assert after[one] == after[other]
    assert after.max() == before.max() - 1


@pytest.mark.parametrize("seed", range(6))
def test_cannot_link_splits_a_tree_and_leaves_the_others(seed: int) -> None:
    graph, affinity, depth = random_case(seed)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.3), depth)
    before = pure_clusters(same_images(graph), forest, NONE, NONE)
    largest = np.bincount(before).argmax()
    members = np.flatnonzero(before == largest)
    apart = pairs((members[0], members[-1]), (members[1], members[2]))
    after = pure_clusters(same_images(graph), forest, NONE, apart)
    assert (after[apart[:, 0]] != after[apart[:, 1]]).all()
    for label in set(after[members].tolist()):  # only the torn tree was cut, and only inside it
        assert set(before[after == label]) == {largest}
    assert after.max() <= before.max() + 2
    others = before != largest
    assert evaluate(before[others], after[others]).ari == 1.0


def test_must_and_cannot_link_hold_together() -> None:
    graph, affinity, depth = random_case(7)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.3), depth)
    must, cannot = pairs((0, 1), (1, 2), (3, 4)), pairs((0, 3), (5, 2))
    parts = pure_clusters(same_images(graph), forest, must, cannot)
    assert (parts[must[:, 0]] == parts[must[:, 1]]).all()
    assert (parts[cannot[:, 0]] != parts[cannot[:, 1]]).all()


def test_identical_images_may_be_kept_apart_by_a_person() -> None:
    embeddings = np.random.default_rng(5).normal(size=(30, 8))
    embeddings[1] = embeddings[0]
    graph = knn_graph(embeddings, 5)
    affinity = np.ones((30, 5), np.float32)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.5), graph.similarity.mean(1))
    parts = pure_clusters(same_images(graph), forest, NONE, pairs((0, 1)))
    assert parts[0] != parts[1]


def test_contradicting_links_raise_and_name_the_rows() -> None:
    graph, affinity, depth = random_case(8)
    forest = density_forest(graph, affinity, prune_edges(affinity, 0.5), depth)
    with pytest.raises(ValueError, match=r"rows 0 and 2 are in 'cannot_link' but 'must_link'"):
        pure_clusters(same_images(graph), forest, pairs((0, 1), (1, 2)), pairs((0, 2)))


def test_components_are_numbered_without_gaps() -> None:
    labels = components(pairs((0, 3), (3, 5), (1, 2)), 7)
    assert labels.dtype == np.int64
    assert len({labels[0], labels[3], labels[5]}) == 1
    assert labels[1] == labels[2]
    assert sorted(set(labels)) == [0, 1, 2, 3]
