from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def pairs(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.pairs")


def mixture(pairs: ModuleType, cluster: int, sources: dict[int, int], **said: object):
    size = sum(sources.values())
    return pairs.Mixture(cluster, size, bool(said.get("confirmed")), said.get("name"), sources)


def test_strength_is_the_mean_over_scored_pairs_of_images(pairs: ModuleType) -> None:
    rng = np.random.default_rng(3)
    ends = np.array([(p, q) for p in range(6) for q in range(p) if rng.random() < 0.6])[:, ::-1]
    scored = pairs.ScoredPairs(ends, rng.random(len(ends), np.float32))
    table = {tuple(end): value for end, value in zip(ends.tolist(), scored.strength, strict=True)}
    clusters = [
        mixture(pairs, 10 + c, {int(b): int(rng.integers(1, 9)) for b in rng.permutation(6)[:3]})
        for c in range(5)
    ]
    found = pairs.present_strengths(clusters, scored)
    for (one, two), strength in zip(found.pairs.tolist(), found.strength, strict=True):
        total = weight = 0.0
        for base, rows in clusters[one - 10].sources.items():
            for other, others in clusters[two - 10].sources.items():
                value = table.get((min(base, other), max(base, other)))
                value = pairs.SAME_BASE if base == other else value
                if value is not None:
                    total, weight = total + value * rows * others, weight + rows * others
        assert strength == pytest.approx(total / weight, rel=1e-5)
    assert len(found.pairs) == 10


def test_clusters_of_the_run_keep_their_strengths(pairs: ModuleType) -> None:
    scored = pairs.ScoredPairs(np.array([[0, 1], [1, 2]]), np.array([0.5, 0.25], np.float32))
    found = pairs.present_strengths([mixture(pairs, c, {c: 4}) for c in range(3)], scored)
    assert dict(zip(map(tuple, found.pairs.tolist()), found.strength, strict=True)) == {
        (0, 1): 0.5,
        (1, 2): 0.25,
    }


def test_what_was_one_cluster_of_the_run_may_be_one_again(pairs: ModuleType) -> None:
    empty = pairs.ScoredPairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))
    pieces = [mixture(pairs, 0, {7: 9}), mixture(pairs, 4, {7: 2}), mixture(pairs, 5, {8: 2})]
    found = pairs.present_strengths(pieces, empty)
    assert found.pairs.tolist() == [[0, 4]]
    assert found.strength.tolist() == [0.5]


def test_without_scores_there_are_no_pairs(pairs: ModuleType) -> None:
    empty = pairs.ScoredPairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))
    assert len(pairs.present_strengths([mixture(pairs, 0, {0: 1})], empty).pairs) == 0


def test_an_answer_settles_the_smaller_or_the_open_one(pairs: ModuleType) -> None:
    large, small = mixture(pairs, 0, {0: 9}), mixture(pairs, 1, {1: 2})
    sure = mixture(pairs, 2, {2: 3}, confirmed=True, name="Tom")
    other = mixture(pairs, 3, {3: 5}, confirmed=True, name="Ann")
    assert pairs.images_settled(large, small) == 2
    assert pairs.images_settled(large, sure) == pairs.images_settled(sure, large) == 9
    assert pairs.images_settled(sure, other) == 0
