import time
from collections.abc import Callable
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest

Table = dict[tuple[int, int], Fraction]


@pytest.fixture
def pairs(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.pairs")


@pytest.fixture
def nearest(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.nearest")


def mixture(pairs: ModuleType, cluster: int, sources: dict[int, int]) -> Any:
    return pairs.Mixture(cluster, sum(sources.values()), False, None, sources)


def strength_of(one: Any, two: Any, table: Table) -> Fraction | None:
    """The mean over all scored pairs of images between the two, without rounding."""
    total, weight = Fraction(0), 0
    for base, rows in one.sources.items():
        for other, others in two.sources.items():
            value = table.get((min(base, other), max(base, other)))
            if value is not None and base >= 0 and other >= 0:
                total, weight = total + value * rows * others, weight + rows * others
    return total / weight if weight else None


def nearest_one_by_one(
    clusters: list[Any], table: Table, about: set[int] | None, most: int
) -> dict[tuple[int, int], Fraction]:
    """Compares each cluster with all others."""
    found: dict[tuple[int, int], Fraction] = {}
    for one in clusters:
        if about is not None and one.cluster not in about:
            continue
        others = []
        for two in clusters:
            strength = strength_of(one, two, table) if two.cluster != one.cluster else None
            if strength is not None:
                others.append((-strength, -two.size, two.cluster))
        kinds = {two.cluster: kind(two) for two in clusters}
        for is_alike in (False, True):
            group = [other for other in others if (kinds[other[2]] == kind(one)) == is_alike]
            for strength, _, two in sorted(group)[:most]:
                found[min(one.cluster, two), max(one.cluster, two)] = -strength
    return found


def kind(one: Any) -> dict[int, Fraction]:
    """Shares of the clusters of the run in it, without noise."""
    known = {base: rows for base, rows in one.sources.items() if base >= 0}
    return {base: Fraction(rows, sum(known.values())) for base, rows in known.items()}


@pytest.mark.parametrize("seed", range(8))
def test_nearest_clusters_are_those_of_comparing_all(
    pairs: ModuleType, nearest: ModuleType, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(nearest, "NEAREST", int(rng.integers(1, 8)))
    ends = [(i, j) for j in range(6) for i in range(j) if rng.random() < 0.7]
    eighths = rng.integers(0, 9, len(ends)).tolist()  # many are equal, and none is rounded
    table = {end: Fraction(value, 8) for end, value in zip(ends, eighths, strict=True)}
    table |= {(base, base): Fraction(1, 2) for base in range(6)}
    scored = pairs.ScoredPairs(np.array(ends), np.array(eighths, np.float32) / 8)
    numbers = rng.permutation(200)[:60].tolist()
    clusters = [
        mixture(
            pairs,
            number,
            {int(b): int(rng.integers(1, 4)) for b in rng.integers(-1, 6, rng.integers(1, 3))},
        )
        for number in numbers
    ]
    for about in (None, set(), {numbers[0]}, set(numbers[:9])):
        found = nearest.nearest_pairs(clusters, scored, about)
        expected = nearest_one_by_one(clusters, table, about, nearest.NEAREST)
        ours = dict(zip(map(tuple, found.pairs.tolist()), found.strength, strict=True))
        assert len(ours) == len(found.pairs)
        assert ours == {pair: np.float32(float(value)) for pair, value in expected.items()}


def test_without_clusters_or_scores_nothing_is_near(pairs: ModuleType, nearest: ModuleType) -> None:
    empty = pairs.ScoredPairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))
    assert len(nearest.nearest_pairs([], empty).pairs) == 0
    alone = [mixture(pairs, 0, {0: 1}), mixture(pairs, 1, {-1: 2}), mixture(pairs, -1, {0: 3})]
    assert len(nearest.nearest_pairs(alone, empty).pairs) == 0


def test_pieces_of_one_cluster_take_time_in_proportion_to_their_number(
    pairs: ModuleType, nearest: ModuleType
) -> None:
    empty = pairs.ScoredPairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))

    def seconds(number: int) -> float:
        pieces = [mixture(pairs, cluster, {7: 1 + cluster % 3}) for cluster in range(number)]
        begun = time.process_time()
        found = nearest.nearest_pairs(pieces, empty)
        assert len(found.pairs) < nearest.NEAREST * number
        return time.process_time() - begun

    seconds(100)  # loads what it needs
    few = min(seconds(4_000) for _ in range(3))
    assert seconds(32_000) < 20 * few  # all pairs would take 64 times as long, and 4 GB
