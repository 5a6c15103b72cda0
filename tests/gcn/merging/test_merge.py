"""Merging against every partition, and against what must not happen."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from gcn.evaluation.metrics import evaluate
from gcn.merging.merge import merge_clusters

from .test_map_equation import map_equation

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


class Clusters(NamedTuple):
    """Weights of edges inside clusters and between some pairs of them."""

    inside: Float64
    pairs: Int64
    between: Float64

    def merged(self, forbidden: Int64 | None = None, anchor: Int64 | None = None) -> Int64:
        return merge_clusters(*self, forbidden, anchor)

    def length(self, labels: Int64) -> float:
        return map_equation(*self, labels)


def draw(rng: np.random.Generator, num: int, share: float) -> Clusters:
    every = np.stack(np.triu_indices(num, 1), 1)
    pairs = every[rng.random(len(every)) < share]
    return Clusters(5.0 * rng.random(num), pairs, 10.0 * rng.random(len(pairs)) ** 2)


@cache
def partitions(num: int) -> Int64:
    """Every partition of `num` clusters, one a row."""
    rows = [[0]]
    for _ in range(num - 1):
        rows = [[*row, label] for row in rows for label in range(max(row) + 2)]
    return np.array(rows)


def described(clusters: Clusters, labels: Int64) -> float:
    """Bits per step, summed over code books word by word."""
    inside, pairs, between = clusters
    num = len(inside)
    flow = np.zeros((num, num))
    flow[tuple(pairs.T)] = between
    flow = (flow + flow.T + 2.0 * np.diag(inside)) / (2.0 * (inside.sum() + between.sum()))
    visits = flow.sum(1)
    bits, entering = 0.0, np.zeros(0)
    for module in range(int(labels.max()) + 1):
        members = labels == module
        leaving = flow[members][:, ~members].sum()
        words = np.append(visits[members], leaving)
        used = words[words > 0]
        bits -= (used * np.log2(used / words.sum())).sum()
        entering = np.append(entering, leaving)
    used = entering[entering > 0]
    return float(bits - (used * np.log2(used / entering.sum())).sum())


def test_the_objective_is_the_length_of_all_code_words() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        clusters = draw(rng, 9, 0.5)
        labels = np.unique(rng.integers(0, 4, 9), return_inverse=True)[1]
        assert clusters.length(labels) == pytest.approx(described(clusters, labels), abs=1e-9)


def test_merging_is_almost_always_the_best_of_all_partitions_and_never_worse_than_none() -> None:
    rng = np.random.default_rng(0)
    found, best, none = np.empty(100), np.empty(100), np.empty(100)
    for trial in range(100):
        clusters = draw(rng, int(rng.integers(2, 8)), float(rng.choice([0.4, 0.7, 1.0])))
        num = len(clusters.inside)
        found[trial] = clusters.length(clusters.merged())
        best[trial] = min(clusters.length(row) for row in partitions(num))
        none[trial] = clusters.length(np.arange(num))
    assert (found <= none + 1e-9).all()
    assert (found >= best - 1e-9).all()
    assert (found <= best + 1e-9).mean() >= 0.95
    assert (found <= 1.02 * best + 1e-9).all()


@pytest.mark.parametrize("num", [6, 14, 60, 150])
@pytest.mark.parametrize("with_forbidden", [False, True])
def test_no_single_move_improves_the_result(num: int, with_forbidden: bool) -> None:
    rng = np.random.default_rng(num)
    for _ in range(3):
        clusters = draw(rng, num, min(1.0, 6 / num))
        apart = clusters.pairs[::6] if with_forbidden else np.empty((0, 2), np.int64)
        labels = clusters.merged(apart)
        least = clusters.length(labels)
        for i in range(num):
            partners = np.concatenate([apart[apart[:, 0] == i, 1], apart[apart[:, 1] == i, 0]])
            for module in np.setdiff1d(np.arange(labels.max() + 2), labels[partners]):
                other = labels.copy()
                other[i] = module
                assert clusters.length(other) >= least - 1e-9


@pytest.mark.parametrize(("num", "share"), [(7, 0.7), (60, 0.1), (200, 0.03)])
def test_the_order_of_clusters_and_pairs_does_not_matter(num: int, share: float) -> None:
    rng = np.random.default_rng(num)
    for _ in range(10):
        clusters = draw(rng, num, share)
        order, mixed = rng.permutation(num), rng.permutation(len(clusters.pairs))
        renamed = np.sort(np.argsort(order)[clusters.pairs[mixed]], 1)
        other = Clusters(clusters.inside[order], renamed, clusters.between[mixed])
        apart = clusters.pairs[::9]
        labels = clusters.merged(apart)
        again = other.merged(np.argsort(order)[apart])
        assert evaluate(labels[order], again).ari == 1.0


@pytest.mark.parametrize("num_groups", [2, 12, 40])
def test_planted_groups_are_found_exactly(num_groups: int) -> None:
    rng = np.random.default_rng(num_groups)
    truth = rng.permutation(np.repeat(np.arange(num_groups), rng.integers(3, 9, num_groups)))
    pairs = np.stack(np.triu_indices(len(truth), 1), 1)
    same = truth[pairs[:, 0]] == truth[pairs[:, 1]]
    seen = same | (rng.random(len(pairs)) < 0.1)
    between = np.where(same, 5.0, 0.3) * rng.uniform(0.7, 1.3, len(pairs))
    labels = merge_clusters(np.zeros(len(truth)), pairs[seen], between[seen])
    assert evaluate(truth, labels).ari == 1.0
    assert sorted(set(labels)) == list(range(num_groups))


def test_a_long_chain_is_not_one_cluster() -> None:
    # Single linkage would join all sixty.
    pairs = np.stack([np.arange(59), np.arange(1, 60)], 1)
    labels = merge_clusters(np.zeros(60), pairs, np.ones(59))
    assert np.bincount(labels).max() <= 8


def test_a_bridge_between_two_groups_does_not_join_them() -> None:
    pairs = np.stack(np.triu_indices(12, 1), 1)
    same = pairs[:, 0] // 6 == pairs[:, 1] // 6
    bridge = (pairs == [0, 11]).all(1)
    kept = same | bridge
    labels = merge_clusters(np.zeros(12), pairs[kept], np.ones(int(kept.sum())))
    assert evaluate(np.arange(12) // 6, labels).ari == 1.0


def test_only_the_proportions_of_flows_count() -> None:
    clusters = draw(np.random.default_rng(3), 50, 0.1)
    labels = clusters.merged()
    for factor in (1e-6, 1e6):
        scaled = Clusters(factor * clusters.inside, clusters.pairs, factor * clusters.between)
        assert evaluate(labels, scaled.merged()).ari == 1.0


@pytest.mark.parametrize("seed", range(10))
def test_forbidden_clusters_stay_apart_whatever_pulls_them_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.stack(np.triu_indices(40, 1), 1)
    apart = pairs[rng.choice(len(pairs), 25, replace=False)][:, ::-1]
    labels = merge_clusters(rng.random(40), pairs, np.full(len(pairs), 100.0), apart)
    assert (labels[apart[:, 0]] != labels[apart[:, 1]]).all()
    assert labels.max() < 12


def test_forbidden_pairs_need_not_be_linked() -> None:
    pairs, between = np.array([[0, 1], [1, 2]]), np.array([2.0, 1.0])
    labels = merge_clusters(np.zeros(3), pairs, between, np.array([[2, 0]]))
    assert labels[0] == labels[1] != labels[2]


@pytest.mark.parametrize("num", [1, 3])
@pytest.mark.parametrize("inside", [0.0, 1.0])
def test_without_flow_between_them_clusters_stay_alone(num: int, inside: float) -> None:
    none = np.empty((0, 2), np.int64)
    labels = merge_clusters(np.full(num, inside), none, np.empty(0), forbidden=none)
    assert sorted(labels) == list(range(num))
    pairs = np.array([[0, num - 1]]) if num > 1 else none
    labels = merge_clusters(np.full(num, inside), pairs, np.zeros(len(pairs)))
    assert sorted(labels) == list(range(num))


def drawn_anchor(rng: np.random.Generator, num: int, num_anchors: int) -> Int64:
    anchor = np.where(rng.random(num) < 0.5, rng.integers(0, num_anchors, num), -1)
    anchor[:num_anchors] = np.arange(num_anchors)
    return rng.permutation(anchor)


@pytest.mark.parametrize("seed", range(10))
def test_anchored_clusters_neither_part_nor_meet(seed: int) -> None:
    rng = np.random.default_rng(seed)
    clusters, anchor = draw(rng, 40, 0.3), drawn_anchor(rng, 40, 5)
    found = clusters.merged(anchor=anchor)
    held = anchor >= 0
    seats = np.unique(np.stack([anchor[held], found[held]], 1), axis=0)
    assert seats[:, 0].tolist() == list(range(5))
    assert len(set(seats[:, 1])) == 5


def test_merging_around_anchors_is_almost_always_the_best_of_all_ways() -> None:
    rng = np.random.default_rng(1)
    found, best = np.empty(60), np.empty(60)
    for at in range(60):
        clusters, anchor = draw(rng, 7, 0.7), drawn_anchor(rng, 7, 2)
        found[at] = clusters.length(clusters.merged(anchor=anchor))
        rows = partitions(7)
        together = rows[:, :, None] == rows[:, None, :]
        held = np.flatnonzero(anchor >= 0)
        wanted = anchor[held, None] == anchor[held]
        fit = (together[:, held[:, None], held] == wanted).all((1, 2))
        best[at] = min(clusters.length(row) for row in rows[fit])
    assert (found >= best - 1e-9).all()
    assert (found <= best + 1e-9).mean() >= 0.9


def test_arguments_are_not_changed() -> None:
    clusters = draw(np.random.default_rng(0), 30, 0.5)
    before = [np.copy(part) for part in clusters]
    apart = clusters.pairs[:3].copy()
    clusters.merged(apart)
    for part, old in zip((*clusters, apart), (*before, clusters.pairs[:3]), strict=True):
        np.testing.assert_array_equal(part, old)
