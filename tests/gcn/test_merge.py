"""Merging against one merge at a time in plain Python."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from gcn.merge import merge_clusters
from gcn.metrics import evaluate

Int64 = npt.NDArray[np.int64]


def floats(values: list[float]) -> npt.NDArray[np.float32]:
    return np.array(values, np.float32)


def plain_merge(
    sizes: list[int],
    scored: dict[tuple[int, int], float],
    min_strength: float,
    unseen_weight: float,
    forbidden: set[tuple[int, int]],
) -> list[set[int]]:
    def strength(one: set[int], other: set[int]) -> float:
        total = weight = 0.0
        for a, b in itertools.product(one, other):
            pair = (min(a, b), max(a, b))
            if pair in forbidden:
                return -1.0
            images = sizes[a] * sizes[b]
            weight += images if pair in scored else unseen_weight * images
            total += images * scored.get(pair, 0.0)
        return total / weight if weight else 0.0

    groups = [{cluster} for cluster in range(len(sizes))]
    while len(groups) > 1:
        a, b = max(
            itertools.combinations(range(len(groups)), 2),
            key=lambda pair: strength(groups[pair[0]], groups[pair[1]]),
        )
        if strength(groups[a], groups[b]) < min_strength:
            break
        groups[a] |= groups.pop(b)
    return groups


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("unseen_weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("with_forbidden", [False, True])
def test_merging_equals_one_merge_at_a_time(
    seed: int, unseen_weight: float, with_forbidden: bool
) -> None:
    rng = np.random.default_rng(seed)
    num = 14
    every = np.stack(np.triu_indices(num, 1), 1)
    pairs = every[rng.random(len(every)) < 0.5]
    strength = rng.random(len(pairs)).astype(np.float32)
    sizes = rng.integers(1, 9, num)
    apart = every[rng.choice(len(every), 6, replace=False)] if with_forbidden else None
    labels = merge_clusters(sizes, pairs, strength, 0.45, unseen_weight, apart)
    expected = np.empty(num, np.int64)
    groups = plain_merge(
        sizes.tolist(),
        {(int(p), int(q)): float(s) for (p, q), s in zip(pairs, strength, strict=True)},
        0.45,
        unseen_weight,
        set() if apart is None else {(int(p), int(q)) for p, q in apart},
    )
    for number, group in enumerate(groups):
        expected[list(group)] = number
    assert evaluate(expected, labels).ari == 1.0
    assert sorted(set(labels)) == list(range(len(groups)))


def test_a_chain_of_strong_pairs_is_not_one_cluster() -> None:
    # 0-1-2-3 with nothing between the ends: single linkage would join all four.
    pairs = np.array([[0, 1], [1, 2], [2, 3]])
    labels = merge_clusters(np.ones(4, np.int64), pairs, floats([0.9, 0.8, 0.9]), 0.5)
    assert labels[0] == labels[1] != labels[2] == labels[3]


def test_size_weighs_in_recombined_strength() -> None:
    # After 0 and 1 join, 2 is tied to them by (9 * 0.8 + 1 * 0.1) / 10 = 0.73.
    pairs, strength = np.array([[0, 1], [0, 2], [1, 2]]), floats([0.95, 0.8, 0.1])
    sizes = np.array([9, 1, 4])
    assert merge_clusters(sizes, pairs, strength, 0.72).tolist() == [0, 0, 0]
    assert merge_clusters(sizes, pairs, strength, 0.74).tolist() == [0, 0, 1]


def test_forbidden_clusters_stay_apart_in_any_company() -> None:
    pairs = np.array([[0, 1], [1, 2], [0, 2]])
    strength = floats([0.99, 0.9, 0.99])
    labels = merge_clusters(np.array([5, 5, 5]), pairs, strength, 0.1, forbidden=np.array([[2, 0]]))
    assert labels[0] != labels[2]
    assert len(set(labels)) == 2


@pytest.mark.parametrize("strength", [[0.49, 0.2], [0.0, 0.0]])
def test_weak_pairs_do_not_merge(strength: list[float]) -> None:
    pairs = np.array([[0, 1], [1, 2]])
    labels = merge_clusters(np.array([3, 2, 1]), pairs, floats(strength), 0.5)
    assert sorted(labels) == [0, 1, 2]


def test_the_threshold_itself_merges() -> None:
    labels = merge_clusters(np.array([1, 1]), np.array([[0, 1]]), floats([0.5]), 0.5)
    assert labels.tolist() == [0, 0]


def test_no_pairs_leave_every_cluster_alone() -> None:
    none = np.empty((0, 2), np.int64)
    labels = merge_clusters(np.array([4, 2, 7]), none, np.empty(0, np.float32), 0.5)
    assert labels.tolist() == [0, 1, 2]
    apart = np.array([[0, 1]])
    labels = merge_clusters(np.array([4, 2]), none, np.empty(0, np.float32), 0.5, forbidden=apart)
    assert labels.tolist() == [0, 1]


def test_arguments_are_not_changed() -> None:
    sizes, pairs = np.array([2, 1, 1]), np.array([[0, 1], [1, 2]])
    strength, apart = floats([0.9, 0.9]), np.array([[2, 0]])
    merge_clusters(sizes, pairs, strength, 0.5, forbidden=apart)
    assert (sizes.tolist(), pairs.tolist()) == ([2, 1, 1], [[0, 1], [1, 2]])
    assert (strength.tolist(), apart.tolist()) == (floats([0.9, 0.9]).tolist(), [[2, 0]])
