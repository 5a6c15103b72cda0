from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def settling(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.settling")


def check_kept(state: Any, settled: Any) -> None:
    """Whatever was confirmed is together and apart as before."""
    rows = np.flatnonzero(state.confirmed)
    old, new = state.clusters[rows], settled.labels[rows]
    for cluster in np.unique(old):
        assert len(np.unique(new[old == cluster])) == 1
    for one in np.unique(old):
        for two in np.unique(old):
            if one < two and (
                state.names.get(one) is None or state.names.get(one) != state.names.get(two)
            ):
                assert set(new[old == one]).isdisjoint(new[old == two])
    assert np.array_equal(old == -1, new == -1)


@pytest.mark.parametrize("seed", range(40))
def test_no_confirmed_decision_is_broken_by_any_new_clustering(
    settling: ModuleType,
    actions: ModuleType,
    random_state: Callable,
    random_action: Callable,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    state = random_state(rng)
    for _ in range(30):
        state, _ = actions.carry_out(state, random_action(state, rng))
    labels = rng.integers(-1, 6, 60)  # a clustering that knows nothing of the links
    settled = settling.settle(labels, state)
    check_kept(state, settled)
    free = ~state.confirmed
    left = free & (settled.labels != labels)  # to keep apart what was called different
    assert (settled.labels[left] > labels.max(initial=-1)).all()
    apart = [pair for pair, verdict in state.verdicts.items() if verdict == "different"]
    assert set(state.clusters[left].tolist()) <= {cluster for pair in apart for cluster in pair}
    assert settled.confirmed.tolist() == state.confirmed.tolist()
    assert set(settled.names.values()) <= set(state.names.values())
    assert all(0 <= one < two for one, two in settled.verdicts)


def test_names_go_where_most_of_their_images_went(settling: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.array([0, 0, 0, 1, 1, 1]), names={0: "Tom", 1: "Ann"})
    settled = settling.settle(np.array([4, 4, 5, 5, 5, 5]), state)
    assert settled.names == {4: "Tom", 5: "Ann"}


def test_confirmed_name_wins_over_a_larger_cluster(
    settling: ModuleType, states: ModuleType
) -> None:
    flags = np.array([False, False, False, True])
    state = states.initial_state(
        np.array([0, 0, 0, 1]), confirmed=flags, names={0: "Tom", 1: "Ann"}
    )
    assert settling.settle(np.zeros(4, int), state).names == {0: "Ann"}


def test_moved_rows_are_those_that_left_the_crowd(settling: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.array([0, 0, 0, 1, -1]))
    moved = settling.changed_rows(np.array([7, 7, 8, 8, -1]), state)
    assert moved.tolist() == [False, False, True, False, False]


def test_doubted_rows_are_counted_by_cluster(settling: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.array([0, 0, 1]), confirmed=np.array([True, True, False]))
    settled = settling.settle(np.array([0, 0, 1]), state)
    assert settling.doubted_clusters(settled, np.array([0.1, 0.9, 0.1])) == {0: 1}


def test_clusters_that_were_called_different_are_divided_where_they_became_one(
    settling: ModuleType, states: ModuleType
) -> None:
    verdicts = {(0, 1): "different", (0, 2): "different", (1, 2): "different", (0, 3): "later"}
    state = states.initial_state(np.array([0, 0, 0, 1, 1, 2, 3, 3]), verdicts=verdicts)
    settled = settling.settle(np.zeros(8, np.int64), state)
    assert settled.labels.tolist() == [0, 0, 0, 1, 1, 2, 0, 0]
    assert set(settled.verdicts) == {(0, 1), (0, 2), (1, 2)}
    assert settled.verdicts_lost == 0


def test_what_is_confirmed_stays_when_different_clusters_are_divided(
    settling: ModuleType, states: ModuleType
) -> None:
    flags = np.array([True, False, False, False])
    names = {0: "Tom"}
    state = states.initial_state(
        np.array([0, 1, 1, 1]), confirmed=flags, names=names, verdicts={(0, 1): "different"}
    )
    settled = settling.settle(np.zeros(4, np.int64), state)
    assert settled.labels.tolist() == [0, 1, 1, 1]
    assert settled.names == {0: "Tom"}


def test_answers_about_what_is_gone_or_has_one_name_are_counted_as_lost(
    settling: ModuleType, states: ModuleType
) -> None:
    verdicts = {(0, 1): "different", (0, 7): "different"}
    flags, names = np.ones(2, bool), {0: "Tom", 1: "Tom"}
    state = states.initial_state(np.array([0, 1]), confirmed=flags, names=names, verdicts=verdicts)
    settled = settling.settle(np.zeros(2, np.int64), state)
    assert settled.labels.tolist() == [0, 0]
    assert (settled.verdicts, settled.verdicts_lost) == ({}, 2)


def test_unconfirmed_rows_that_took_no_part_go_where_most_of_their_cluster_is(
    settling: ModuleType, states: ModuleType
) -> None:
    state = states.initial_state(np.array([0, 0, 0, 1, 1, -1]))
    settled = settling.settle(np.array([4, 4, -2, -2, -2, -2]), state)
    assert settled.labels.tolist() == [4, 4, 4, 5, 5, -1]


@pytest.mark.parametrize("seed", range(40))
def test_answers_hold_in_any_new_clustering(
    settling: ModuleType, states: ModuleType, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    clusters = np.concatenate([np.arange(6), rng.integers(6, size=24)])
    pairs = [(a, b) for b in range(6) for a in range(b) if rng.random() < 0.5]
    verdicts = dict.fromkeys(pairs, "different")
    state = states.initial_state(clusters, confirmed=rng.random(30) < 0.1, verdicts=verdicts)
    found = rng.integers(3, size=30)
    settled = settling.settle(found, state)
    check_kept(state, settled)
    assert settled.verdicts_lost == 0
    assert all(first != second for first, second in settled.verdicts)
    # Nothing was put together beyond what is confirmed.
    free = np.flatnonzero(~state.confirmed)
    together = settled.labels[free][:, None] == settled.labels[free]
    assert (together <= (found[free][:, None] == found[free])).all()
