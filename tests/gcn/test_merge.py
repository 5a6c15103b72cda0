"""Merging against the best of all partitions, and against each single move."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from gcn.merge import merge_clusters, potts_objective
from gcn.metrics import evaluate

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]


class Scored(NamedTuple):
    """Clusters of known sizes, some of whose pairs are scored."""

    sizes: Int64
    pairs: Int64
    strength: Float32
    min_strength: float
    unseen_weight: float

    def merged(self, forbidden: Int64 | None = None) -> Int64:
        return merge_clusters(*self, forbidden)

    def gains(self) -> npt.NDArray[np.float64]:
        """What the objective gains by each pair of clusters that ends in one, symmetric."""
        num = len(self.sizes)
        gain = np.full((num, num), -self.unseen_weight * self.min_strength)
        gain[tuple(self.pairs.T)] = self.strength - self.min_strength
        gain = np.triu(gain, 1) * np.outer(self.sizes, self.sizes).astype(np.float64)
        return gain + gain.T


def draw(rng: np.random.Generator, num: int, share: float) -> Scored:
    every = np.stack(np.triu_indices(num, 1), 1)
    pairs = every[rng.random(len(every)) < share]
    return Scored(
        rng.integers(1, 9, num),
        pairs,
        rng.random(len(pairs)).astype(np.float32),
        float(rng.uniform(0.2, 0.7)),
        float(rng.choice([0.0, 0.25, 1.0])),
    )


def merged(
    strength: dict[tuple[int, int], float],
    min_strength: float,
    unseen_weight: float,
    sizes: tuple[int, ...] = (1, 1, 1),
) -> list[int]:
    pairs = np.array(list(strength), np.int64).reshape(-1, 2)
    values = np.array(list(strength.values()), np.float32)
    return merge_clusters(np.array(sizes), pairs, values, min_strength, unseen_weight).tolist()


@cache
def partitions(num: int) -> Int64:
    """Every partition of `num` clusters, one a row."""
    rows = [[0]]
    for _ in range(num - 1):
        rows = [[*row, label] for row in rows for label in range(max(row) + 2)]
    return np.array(rows)


def best_objective(scored: Scored) -> float:
    rows = partitions(len(scored.sizes))
    together = rows[:, :, None] == rows[:, None, :]
    return float((together * scored.gains()).sum((1, 2)).max()) / 2


def test_merging_is_almost_always_the_best_of_all_partitions_and_never_worse_than_none() -> None:
    rng = np.random.default_rng(0)
    found, best = np.empty(300), np.empty(300)
    for trial in range(300):
        scored = draw(rng, int(rng.integers(2, 8)), float(rng.choice([0.4, 0.7, 1.0])))
        found[trial] = potts_objective(*scored[:3], scored.merged(), *scored[3:])
        best[trial] = best_objective(scored)
    assert (found >= -1e-5).all()
    assert (found <= best + 1e-4).all()
    assert (found >= best - 1e-4).mean() >= 0.95
    assert found.sum() >= 0.99 * best.sum()


@pytest.mark.parametrize("unseen_weight", [0.0, 0.25, 1.0])
def test_the_objective_is_the_sum_over_pairs_inside_clusters(unseen_weight: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        scored = draw(rng, 9, 0.5)._replace(unseen_weight=unseen_weight)
        labels = rng.integers(0, 4, 9)
        together = labels[:, None] == labels[None, :]
        expected = float((together * scored.gains()).sum()) / 2
        found = potts_objective(*scored[:3], labels, *scored[3:])
        assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("num", [6, 14, 60, 150])
@pytest.mark.parametrize("with_forbidden", [False, True])
def test_no_single_move_improves_the_result(num: int, with_forbidden: bool) -> None:
    rng = np.random.default_rng(num)
    for _ in range(25):
        scored = draw(rng, num, min(1.0, 10 / num))
        apart = scored.pairs[::6] if with_forbidden else None
        labels = scored.merged(apart)
        gains = scored.gains()
        if apart is not None:
            gains[tuple(apart.T)] = gains[tuple(apart.T[::-1])] = -1e9
        # Column `num` is a cluster of one's own.
        links = gains @ (labels[:, None] == np.arange(num + 1))
        stay = links[np.arange(num), labels]
        assert (links - stay[:, None]).max() <= 1e-4


@pytest.mark.parametrize(("num", "share"), [(7, 0.7), (60, 0.2), (200, 0.07)])
def test_the_order_of_clusters_and_pairs_does_not_matter(num: int, share: float) -> None:
    rng = np.random.default_rng(num)
    for _ in range(25):
        scored = draw(rng, num, share)
        order, mixed = rng.permutation(num), rng.permutation(len(scored.pairs))
        renamed = np.sort(np.argsort(order)[scored.pairs[mixed]], 1)
        other = scored._replace(
            sizes=scored.sizes[order], pairs=renamed, strength=scored.strength[mixed]
        )
        apart = scored.pairs[::9]
        labels = scored.merged(apart)
        again = other.merged(np.argsort(order)[apart])
        assert evaluate(labels[order], again).ari == 1.0


@pytest.mark.parametrize("unseen_weight", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("num_groups", [1, 2, 12, 40])
def test_planted_groups_are_found_exactly(num_groups: int, unseen_weight: float) -> None:
    rng = np.random.default_rng(num_groups)
    truth = rng.permutation(np.repeat(np.arange(num_groups), rng.integers(2, 9, num_groups)))
    pairs = np.stack(np.triu_indices(len(truth), 1), 1)
    same = truth[pairs[:, 0]] == truth[pairs[:, 1]]
    seen = same | (rng.random(len(pairs)) < 0.3)
    low = np.where(same, 0.6, 0.0)
    strength = (low + 0.3 * rng.random(len(pairs))).astype(np.float32)
    labels = merge_clusters(
        rng.integers(1, 50, len(truth)), pairs[seen], strength[seen], 0.45, unseen_weight
    )
    assert evaluate(truth, labels).ari == 1.0
    assert sorted(set(labels)) == list(range(num_groups))


def test_a_chain_of_strong_links_between_unrelated_clusters_is_not_one_cluster() -> None:
    # Single linkage would join all thirty.
    chain = {(i, i + 1): 0.9 for i in range(29)}
    labels = merged(chain, 0.5, 1.0, (1,) * 30)
    assert np.bincount(labels).max() <= 3
    chain = {(i, i + 1): 0.9 + 0.001 * (i % 2) for i in range(29)}
    assert np.bincount(merged(chain, 0.6, 1.0, (1,) * 30)).max() == 2


@pytest.mark.parametrize(
    ("min_strength", "unseen_weight", "joined"),
    [
        # Two links of 0.7, and the third pair unseen: 2 * (0.7 - τ3) against its toll.
        (0.5, 0.0, True),
        (0.5, 0.25, True),  # 0.4 > 0.125, and better than 0.2 for one link alone
        (0.5, 1.0, False),  # 0.4 < 0.5
        (0.3, 1.0, True),  # 0.8 - 0.3 > 0.4
        (0.69, 0.0, True),
        (0.71, 0.0, False),
    ],
)
def test_unseen_pairs_weigh_as_much_as_they_are_told(
    min_strength: float, unseen_weight: float, joined: bool
) -> None:
    labels = merged({(0, 1): 0.7, (1, 2): 0.7}, min_strength, unseen_weight)
    assert (len(set(labels)) == 1) == joined


def test_a_pair_scored_zero_speaks_against_where_an_unseen_one_says_nothing() -> None:
    links = {(0, 1): 0.7, (1, 2): 0.65}
    assert merged(links, 0.5, 0.0) == [0, 0, 0]
    labels = merged({**links, (0, 2): 0.0}, 0.5, 0.0)
    assert labels[0] == labels[1] != labels[2]


def test_large_clusters_have_more_to_say() -> None:
    # All in one: 9 * 0.23 + 36 * 0.08 - 4 * 0.22 = 4.07. With the sizes of 0 and 1 exchanged, 2
    # would cost 36 * 0.22 and give 4 * 0.08.
    links = {(0, 1): 0.95, (0, 2): 0.8, (1, 2): 0.5}
    assert merged(links, 0.72, 1.0, (9, 1, 4)) == [0, 0, 0]
    labels = merged(links, 0.72, 1.0, (1, 9, 4))
    assert labels[0] == labels[1] != labels[2]


@pytest.mark.parametrize("seed", range(10))
def test_forbidden_clusters_stay_apart_whatever_pulls_them_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.stack(np.triu_indices(40, 1), 1)
    apart = pairs[rng.choice(len(pairs), 25, replace=False)][:, ::-1]
    strength = np.full(len(pairs), 0.999, np.float32)
    sizes = rng.integers(1, 2000, 40)
    labels = merge_clusters(sizes, pairs, strength, 0.01, 0.0, apart)
    assert (labels[apart[:, 0]] != labels[apart[:, 1]]).all()
    assert labels.max() < 12


def test_forbidden_pairs_need_not_be_scored() -> None:
    pairs, strength = np.array([[0, 1], [1, 2]]), np.array([0.99, 0.9], np.float32)
    labels = merge_clusters(np.ones(3, np.int64), pairs, strength, 0.1, 0.0, np.array([[2, 0]]))
    assert labels[0] == labels[1] != labels[2]


@pytest.mark.parametrize("strength", [[0.49, 0.2], [0.0, 0.0], [0.5, 0.5]])
@pytest.mark.parametrize("unseen_weight", [0.0, 1.0])
def test_only_pairs_above_the_threshold_merge(strength: list[float], unseen_weight: float) -> None:
    labels = merged({(0, 1): strength[0], (1, 2): strength[1]}, 0.5, unseen_weight, (3, 2, 1))
    assert sorted(labels) == [0, 1, 2]


@pytest.mark.parametrize("num", [1, 3])
def test_no_pairs_leave_every_cluster_alone(num: int) -> None:
    sizes, none = np.arange(1, num + 1), np.empty((0, 2), np.int64)
    labels = merge_clusters(sizes, none, np.empty(0, np.float32), 0.5, forbidden=none)
    assert sorted(labels) == list(range(num))


def drawn_anchor(rng: np.random.Generator, num: int, num_anchors: int) -> Int64:
    anchor = np.where(rng.random(num) < 0.5, rng.integers(0, num_anchors, num), -1)
    anchor[:num_anchors] = np.arange(num_anchors)
    return rng.permutation(anchor)


@pytest.mark.parametrize("seed", range(10))
def test_anchored_clusters_neither_part_nor_meet(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scored, anchor = draw(rng, 40, 0.3), drawn_anchor(rng, 40, 5)
    found = merge_clusters(*scored, anchor=anchor)
    held = anchor >= 0
    seats = np.unique(np.stack([anchor[held], found[held]], 1), axis=0)
    assert seats[:, 0].tolist() == list(range(5))
    assert len(set(seats[:, 1])) == 5


def test_merging_around_anchors_is_almost_always_the_best_of_all_ways() -> None:
    rng = np.random.default_rng(1)
    found, best = np.empty(200), np.empty(200)
    for at in range(200):
        scored, anchor = draw(rng, 7, 0.7), drawn_anchor(rng, 7, 2)
        labels = merge_clusters(*scored, anchor=anchor)
        rows = partitions(7)
        together = rows[:, :, None] == rows[:, None, :]
        held = np.flatnonzero(anchor >= 0)
        wanted = anchor[held, None] == anchor[held]
        fit = (together[:, held[:, None], held] == wanted).all((1, 2))
        best[at] = (together[fit] * scored.gains()).sum((1, 2)).max() / 2
        inside = labels[:, None] == labels
        found[at] = (inside * scored.gains()).sum() / 2
    assert (found <= best + 1e-4).all()
    assert (found >= best - 1e-4).mean() >= 0.9


def test_arguments_are_not_changed() -> None:
    scored = draw(np.random.default_rng(0), 30, 0.5)
    before = [np.copy(part) for part in scored[:3]]
    apart = scored.pairs[:3].copy()
    scored.merged(apart)
    for part, old in zip((*scored[:3], apart), (*before, scored.pairs[:3]), strict=True):
        np.testing.assert_array_equal(part, old)
