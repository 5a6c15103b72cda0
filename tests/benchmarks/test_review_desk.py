from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmarks.effort_clusterings import Clustering
from benchmarks.effort_strengths import strengths_of
from benchmarks.review_desk import (
    NEIGHBORS,
    PAGE,
    PARTS,
    ReviewDesk,
    pages,
)
from operators.corrections.partition.actions import Action, Merge, Move, Split
from operators.corrections.partition.pairs import mixture_of, present_strengths
from operators.corrections.partition.statements import Confirm, Judge
from operators.corrections.partition.summaries import SMALL, summarize


def desk_of(labels: list[int], confidence: list[float] | None = None, **known: Any) -> ReviewDesk:
    """A desk of images whose embeddings do not matter, for relations are given."""
    relations = known.pop("relations", ([[0, 1]], [0.5]))
    pairs, strength = np.array(relations[0], np.int64), np.array(relations[1], np.float32)
    sure = np.ones(len(labels)) if confidence is None else np.array(confidence)
    clustering = Clustering(
        "x", "", np.array(labels), sure.astype(np.float32), relations=(pairs, strength), **known
    )
    return ReviewDesk(clustering, np.eye(len(labels), dtype=np.float32))


def test_grid_shows_the_weakest_first():
    desk = desk_of([0, 0, 0, 1], [0.9, 0.2, 0.5, 1.0])
    assert desk.grid(0).tolist() == [1, 2, 0]


def test_grid_of_a_cluster_that_is_gone_is_empty():
    desk = desk_of([0, 0, 1])
    desk.decide([Merge((0, 1), 0)])
    assert not desk.has(1)
    assert desk.grid(1).size == 0


def test_clusters_come_in_the_order_of_the_panel_without_noise():
    desk = desk_of([0, 1, 1, 2, 2, 2, -1], [1, 1, 1, 0.1, 0.1, 0.1, 0])
    assert desk.clusters() == [1, 0, 2]


def test_neighbors_come_strongest_first_and_not_if_called_different():
    desk = desk_of([0, 1, 2, 3], relations=([[0, 1], [0, 2], [0, 3]], [0.3, 0.9, 0.6]))
    assert desk.neighbors(0) == [2, 3, 1]
    desk.decide([Judge(0, 3, "different")])
    assert desk.neighbors(0) == [2, 1]
    assert desk.neighbors(3) == []


def test_parts_are_shown_only_where_there_are_several():
    desk = desk_of([0, 0, 0, 1], [0.1, 0.2, 0.3, 1], parts=np.array([0, 0, 1, 2]))
    assert [part.rows.tolist() for part in desk.parts(0)] == [[0, 1], [2]]
    assert desk.parts(0)[0].exemplars.tolist() == [1, 0]
    assert desk.parts(1) == []


def test_small_clusters_stand_with_the_named_cluster_that_they_are_nearest_to():
    relations = ([[0, 3], [1, 2], [0, 4]], [0.9, 0.8, 0.2])
    desk = desk_of([0, 0, 1, 1, 2, 3, 4, 5], relations=relations)
    desk.decide([Confirm((0,), name="a")])
    desk.decide([Confirm((1,), name="b")])
    assert desk.small_clusters().tolist() == [5, 6, 4, 7]


def test_small_clusters_do_not_stand_with_one_that_they_were_called_different_from():
    desk = desk_of([0, 0, 1, 1, 2], relations=([[0, 2], [1, 2]], [0.9, 0.2]))
    desk.decide([Confirm((0,), name="a"), Confirm((1,), name="b"), Judge(0, 2, "different")])
    assert desk.small_clusters().tolist() == [4]
    desk.decide([Judge(1, 2, "different")])
    assert desk.small_clusters().tolist() == [4]


@pytest.mark.parametrize("seed", range(5))
def test_neighbors_are_those_of_the_plugins_own_strengths(seed: int):
    rng = np.random.default_rng(seed)
    pairs = np.stack(np.triu_indices(8, 1), 1)
    pairs = pairs[rng.random(len(pairs)) < 0.6]
    relations: Any = (pairs, rng.random(len(pairs)).astype(np.float32))
    desk = desk_of(rng.permutation(np.arange(80) % 8).tolist(), relations=relations)
    for _ in range(6):
        first, second = rng.choice(desk.clusters(), 2, replace=False).tolist()
        desk.decide([Move(rng.choice(desk.grid(first), 2, replace=False), second)])
    mixtures = [mixture_of(summary, None) for summary in summarize(desk.state)]
    result: Any = Clustering("x", "", desk.state.origins, desk.state.confidence, None, relations)
    found = present_strengths(mixtures, strengths_of(result, np.empty((0, 0))))
    for cluster in desk.clusters():
        own = [
            (-strength, sum(pair) - cluster)
            for pair, strength in zip(found.pairs.tolist(), found.strength.tolist(), strict=True)
            if cluster in pair
        ]
        assert desk.neighbors(cluster) == [other for _, other in sorted(own)][:NEIGHBORS]


def test_a_decision_and_its_ticks_are_counted():
    desk = desk_of([0, 0, 1])
    changed = desk.decide([Move(np.array([0]), 1), Confirm((1,))], ticks=1)
    assert sorted(changed) == [0, 1]
    assert (desk.decisions, desk.ticks) == (1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_shown_after_many_decisions_is_what_the_state_says(seed: int):
    rng = np.random.default_rng(seed)
    pairs = np.stack(np.triu_indices(6, 1), 1)
    desk = desk_of(
        rng.permutation(np.arange(60) % 6).tolist(),
        rng.random(60).tolist(),
        relations=(pairs, rng.random(len(pairs))),
    )
    for _ in range(15):
        first, second = rng.choice(desk.clusters(), 2, replace=False).tolist()
        some = rng.choice(desk.grid(first), max(1, len(desk.grid(first)) // 2), replace=False)
        actions: list[Action] = [Merge((first, second), first), Move(some, None), Confirm((first,))]
        if len(desk.clusters()) > 3:
            actions.append(Move(some, second))
        if len(some) < len(desk.grid(first)):
            actions.append(Split(first, (some,)))
        if len(desk.clusters()) == 2:
            actions = actions[1:]
        desk.decide([actions[int(rng.integers(len(actions)))]])
    expected = {summary.cluster: summary for summary in summarize(desk.state)}
    assert set(desk.clusters()) == set(expected)
    for cluster, summary in expected.items():
        assert desk.grid(cluster).tolist() == summary.rows.tolist()
        assert set(desk.neighbors(cluster)) <= set(expected) - {cluster}
    small = [cluster for cluster in expected if expected[cluster].size < SMALL]
    assert set(desk.state.clusters[desk.small_clusters()]) == set(small)


def test_pages_hold_all_rows_in_order():
    rows = np.arange(2 * PAGE + 1)
    assert [len(page) for page in pages(rows)] == [PAGE, PAGE, 1]
    assert np.concatenate(pages(rows)).tolist() == rows.tolist()


def test_a_question_that_the_panel_asks_back_is_a_decision_more():
    desk = desk_of([0, 1])
    desk.decide([Merge((0, 1), 0), Confirm((0,))], decisions=2)
    assert desk.decisions == 2


def test_as_much_is_shown_as_in_the_panel(plugin_part: Callable[[str], ModuleType]):
    reads = plugin_part("operators.corrections.reads.cluster")
    assert reads.NEIGHBORS == NEIGHBORS
    assert reads.PARTS_SHOWN == PARTS
