"""Ranks of pairs against a loop, and features in blocks against all at once."""

import numpy as np
import pytest

from gcn.cluster_graph import pair_features as module
from gcn.cluster_graph.cluster_similarity import ClusterSimilarity
from gcn.cluster_graph.cross_edges import cross_edges
from gcn.cluster_graph.pair_features import (
    NUM_PAIR_FEATURES,
    PairColumns,
    PairFeature,
    pair_features,
)
from gcn.graph.knn_graph import knn_graph, unit_rows
from gcn.graph.moments import random_pair_moments

RANKED = {
    PairFeature.COVERED: [PairFeature.COVERED_RANK_LEAST, PairFeature.COVERED_RANK_MOST],
    PairFeature.SIMILARITY: [PairFeature.SIMILARITY_RANK_LEAST, PairFeature.SIMILARITY_RANK_MOST],
}


def random_pairs(seed: int, num: int = 14) -> tuple[np.ndarray, PairColumns, int]:
    rng = np.random.default_rng(seed)
    x = unit_rows(rng.normal(size=(80, 5)))
    graph = knn_graph(x, 6)
    affinity = rng.random(graph.similarity.shape).astype(np.float32)
    parts = np.concatenate([np.arange(num), rng.integers(0, num, 80 - num)])
    sizes = np.bincount(parts)
    sums = np.stack([x[parts == part].sum(0) for part in range(num)])
    space = ClusterSimilarity(random_pair_moments(x), sums, sizes, 0.0)
    cross = cross_edges(graph.neighbors, affinity, parts, num)
    every = np.stack(np.triu_indices(num, 1), 1)
    pairs = every[np.sort(rng.choice(len(every), 60, replace=False))]
    depth = rng.random(num).astype(np.float32)
    return pairs, PairColumns(sizes, 6, cross, [space, space], depth), num


@pytest.mark.parametrize("seed", range(3))
def test_ranks_count_the_better_pairs_of_either_cluster(seed: int) -> None:
    pairs, columns, num = random_pairs(seed)
    found = pair_features(pairs, columns, num)
    for column, places in RANKED.items():
        value = found[:, column]
        for e, pair in enumerate(pairs):
            better = [
                int(((pairs == end).any(1) & (value > value[e])).sum()) for end in pair.tolist()
            ]
            expected = np.sort(np.log1p(better) / np.log(81.0))
            assert found[e, places] == pytest.approx(expected, abs=1e-5)


def test_blocks_give_what_all_at_once_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs, columns, num = random_pairs(5)
    whole = pair_features(pairs, columns, num)
    monkeypatch.setattr(module, "_BLOCK_PAIRS", 7)
    np.testing.assert_array_equal(pair_features(pairs, columns, num), whole)


def test_no_pairs_have_no_features() -> None:
    _, columns, num = random_pairs(6)
    found = pair_features(np.empty((0, 2), np.int64), columns, num)
    assert found.shape == (0, NUM_PAIR_FEATURES)
