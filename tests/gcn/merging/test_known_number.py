"""Clusters joined down to a number that is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gcn.merging.known_number import join_to_number

Int64 = NDArray[np.int64]

_K = 6


def draw(seed: int, num_classes: int = 4, pieces: int = 5) -> tuple[Int64, Int64, Int64]:
    """Classes that came out in pieces: a kNN graph, the pieces, and the classes.

    Five in six neighbors are of the same class, from whichever piece.
    """
    rng = np.random.default_rng(seed)
    num_pieces = num_classes * pieces
    clusters = np.repeat(np.arange(num_pieces), rng.integers(3, 30, num_pieces))
    classes = clusters // pieces
    neighbors = np.empty((len(clusters), _K), np.int64)
    for i, own in enumerate(classes):
        inside = np.flatnonzero((classes == own) & (np.arange(len(classes)) != i))
        outside = np.flatnonzero(classes != own)
        neighbors[i] = np.r_[rng.choice(inside, _K - 1, replace=False), rng.choice(outside)]
    return neighbors, clusters, classes


def all_pairs(num: int) -> Int64:
    return np.stack(np.triu_indices(num, 1), 1)


def even(pairs: Int64) -> NDArray[np.float32]:
    return np.full(len(pairs), 0.1, np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_the_pieces_of_a_class_come_together(seed: int) -> None:
    neighbors, clusters, classes = draw(seed)
    pairs = all_pairs(20)
    joined = join_to_number(neighbors, clusters, pairs, even(pairs), 4)
    assert len({*zip(joined, classes, strict=True)}) == 4
    assert sorted({*joined.tolist()}) == [0, 1, 2, 3]


@pytest.mark.parametrize("number", [1, 2, 7, 19])
def test_there_are_as_many_as_are_wanted_and_none_is_divided(number: int) -> None:
    neighbors, clusters, _ = draw(0)
    pairs = all_pairs(20)
    joined = join_to_number(neighbors, clusters, pairs, even(pairs), number)
    assert joined.max() + 1 == number
    for cluster in range(20):
        assert len(set(joined[clusters == cluster])) == 1


def test_fewer_joins_are_the_first_of_more() -> None:
    neighbors, clusters, _ = draw(1)
    pairs = all_pairs(20)
    fine = join_to_number(neighbors, clusters, pairs, even(pairs), 9)
    coarse = join_to_number(neighbors, clusters, pairs, even(pairs), 3)
    assert len({*zip(fine, coarse, strict=True)}) == 9


@pytest.mark.parametrize("number", [20, 21, 500])
def test_clusters_that_are_fewer_stay_as_they_are(number: int) -> None:
    neighbors, clusters, _ = draw(2)
    pairs = all_pairs(20)
    joined = join_to_number(neighbors, clusters, pairs, even(pairs), number)
    assert joined.tolist() == clusters.tolist()


def test_the_strength_of_the_network_decides_between_pairs_of_equal_edges() -> None:
    neighbors = np.array([[1, 2], [2, 0], [0, 1]])
    clusters, pairs = np.arange(3), all_pairs(3)
    strength = np.array([0.1, 0.1, 0.2], np.float32)
    assert join_to_number(neighbors, clusters, pairs, strength, 2).tolist() == [0, 1, 1]


def test_what_stays_apart_is_not_joined_for_any_number() -> None:
    neighbors, clusters, classes = draw(3)
    pairs = all_pairs(20)
    rows = np.array([np.flatnonzero(clusters == cluster)[0] for cluster in (0, 1, 2)])
    assert len(set(classes[rows])) == 1
    apart = rows[all_pairs(3)]
    joined = join_to_number(neighbors, clusters, pairs, even(pairs), 1, apart)
    assert joined.max() + 1 == 3
    assert len(set(joined[rows])) == 3


def test_clusters_that_share_no_edge_or_no_strength_are_left() -> None:
    neighbors = np.array([[1], [0], [3], [2], [3]])
    clusters, pairs = np.arange(5), all_pairs(5)
    strength = np.where((pairs == [0, 1]).all(1), 0.0, 0.5).astype(np.float32)
    joined = join_to_number(neighbors, clusters, pairs, strength, 1)
    assert joined.tolist() == [0, 1, 2, 2, 2]


def test_the_numbers_of_clusters_do_not_matter() -> None:
    neighbors, clusters, _ = draw(4)
    pairs = all_pairs(20)
    rank = np.random.default_rng(0).permutation(20)
    strength = np.random.default_rng(1).random(len(pairs)).astype(np.float32) + 0.1
    renamed = np.sort(rank[pairs], 1)
    order = np.lexsort(renamed.T[::-1])
    one = join_to_number(neighbors, clusters, pairs, strength, 5)
    other = join_to_number(neighbors, rank[clusters], renamed[order], strength[order], 5)
    assert len({*zip(one, other, strict=True)}) == 5
