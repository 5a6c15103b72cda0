"""Average linkage of a sparse graph against that of all its images."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from gcn.merging.linkage import average_linkage, link_small_first

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


class Drawn(NamedTuple):
    """Clusters with the strength of some pairs."""

    sizes: Int64
    pairs: Int64
    strength: Float32


def draw(seed: int, num: int = 30, share: float = 0.5) -> Drawn:
    rng = np.random.default_rng(seed)
    every = np.stack(np.triu_indices(num, 1), 1)
    pairs = every[rng.random(len(every)) < share]
    strength = (0.05 + 0.95 * rng.random(len(pairs))).astype(np.float32)
    return Drawn(rng.integers(1, 6, num), pairs, strength)


def groups(labels: Int64) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def of_images(drawn: Drawn, least: float) -> Int64:
    """The same by scipy, which compares every image of a cluster with every other."""
    sizes, pairs, strength = drawn
    num = len(sizes)
    similarity = np.eye(num)
    similarity[tuple(pairs.T)] = similarity[tuple(pairs[:, ::-1].T)] = strength
    cluster = np.repeat(np.arange(num), sizes)
    distance = 1.0 - similarity[cluster[:, None], cluster]
    np.fill_diagonal(distance, 0.0)
    found = fcluster(linkage(squareform(distance), "average"), 1.0 - least, "distance")
    return found[np.cumsum(sizes) - 1].astype(np.int64)


@pytest.mark.parametrize("least", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("seed", range(8))
def test_joins_what_average_linkage_of_all_images_does(seed: int, least: float) -> None:
    drawn = draw(seed)
    found = average_linkage(*drawn, least)
    assert groups(found) == groups(of_images(drawn, least))
    assert found.min() == 0
    assert len(np.unique(found)) == found.max() + 1


def test_a_pair_that_was_not_scored_counts_zero() -> None:
    pairs, strength = np.array([[0, 1], [1, 2]]), np.array([0.9, 0.8], np.float32)
    one = np.ones(3, np.int64)
    assert groups(average_linkage(one, pairs, strength, 0.5)) == {frozenset({0, 1}), frozenset({2})}
    assert groups(average_linkage(one, pairs, strength, 0.4)) == {frozenset({0, 1, 2})}


def test_large_clusters_count_for_more() -> None:
    pairs, strength = np.array([[0, 1], [1, 2]]), np.array([0.9, 0.8], np.float32)
    sizes = np.array([1, 9, 3])
    assert average_linkage(sizes, pairs, strength, 0.5).max() == 0


@pytest.mark.parametrize("seed", range(4))
def test_forbidden_pairs_never_meet(seed: int) -> None:
    drawn = draw(seed)
    rng = np.random.default_rng(seed)
    forbidden = rng.integers(0, 30, (40, 2))
    forbidden = forbidden[forbidden[:, 0] != forbidden[:, 1]]
    found = average_linkage(*drawn, 0.2, forbidden)
    assert (found[forbidden[:, 0]] != found[forbidden[:, 1]]).all()
    assert found.max() < 29, "others are joined"


def test_nothing_strong_and_nothing_scored_stay_apart() -> None:
    drawn = draw(0)
    assert average_linkage(*drawn, 1.1).tolist() == list(range(30))
    none = average_linkage(
        np.ones(4, np.int64), np.empty((0, 2), np.int64), drawn.strength[:0], 0.5
    )
    assert none.tolist() == [0, 1, 2, 3]


def test_the_order_of_pairs_does_not_matter() -> None:
    drawn = draw(3)
    order = np.random.default_rng(0).permutation(len(drawn.pairs))
    shuffled = Drawn(drawn.sizes, drawn.pairs[order], drawn.strength[order])
    assert average_linkage(*drawn, 0.5).tolist() == average_linkage(*shuffled, 0.5).tolist()


def test_a_hub_that_takes_in_thousands_is_not_looked_through_each_time() -> None:
    """Of a star all leaves are joined one by one; time must not grow with their square."""

    def seconds(leaves: int) -> float:
        ends = np.arange(1, leaves + 1)
        pairs = np.stack([np.zeros_like(ends), ends], 1)
        sizes = np.ones(leaves + 1, np.int64)
        sizes[0] = 10 * leaves
        strength = np.linspace(0.9, 1.0, leaves, dtype=np.float32)
        before = time.process_time()
        assert average_linkage(sizes, pairs, strength, 0.5).max() == 0
        return time.process_time() - before

    seconds(1000)
    assert seconds(32_000) < 32 * max(seconds(4000), 0.01)


def small_first(drawn: Drawn, number: int) -> Int64:
    """The same over a matrix of all clusters."""
    sizes, pairs, strength = drawn
    members = [{i} for i in range(len(sizes))]
    matrix = np.zeros((len(sizes), len(sizes)))
    matrix[tuple(pairs.T)] = matrix[tuple(pairs[:, ::-1].T)] = strength
    weighted = matrix * np.outer(sizes, sizes)

    def value(a: int, b: int) -> float:
        one, other = (sum(sizes[list(members[each])]) for each in (a, b))
        total = weighted[np.ix_(list(members[a]), list(members[b]))].sum()
        return total / (one * other) * (1 / one + 1 / other)

    while len(members) > number:
        values = {(a, b): value(a, b) for b in range(len(members)) for a in range(b)}
        a, b = max(values, key=lambda pair: values[pair])
        if values[a, b] == 0.0:
            break
        members[a] |= members.pop(b)
    labels = np.empty(len(sizes), np.int64)
    for label, each in enumerate(members):
        labels[list(each)] = label
    return labels


@pytest.mark.parametrize("number", [1, 4, 15])
@pytest.mark.parametrize("seed", range(6))
def test_joins_small_ones_first_down_to_a_number(seed: int, number: int) -> None:
    drawn = draw(seed)
    found = link_small_first(*drawn, number)
    assert groups(found) == groups(small_first(drawn, number))
    assert found.max() + 1 == number


def test_odd_images_are_not_kept_apart_at_the_cost_of_large_groups() -> None:
    sizes = np.array([100, 100, 1, 1])
    pairs = np.array([[0, 1], [0, 2], [1, 3]])
    strength = np.array([0.2, 0.1, 0.1], np.float32)
    assert groups(average_linkage(sizes, pairs, strength, 0.2)) == {
        frozenset({0, 1}),
        frozenset({2}),
        frozenset({3}),
    }
    assert link_small_first(sizes, pairs, strength, 2).tolist() == [0, 1, 0, 1]


def test_groups_that_are_not_related_are_left() -> None:
    pairs, strength = np.array([[0, 1]]), np.array([0.5], np.float32)
    assert link_small_first(np.ones(3, np.int64), pairs, strength, 1).tolist() == [0, 0, 1]
    forbidden = np.array([[0, 1]])
    left = link_small_first(np.ones(3, np.int64), pairs, strength, 1, forbidden)
    assert left.tolist() == [0, 1, 2]
