from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def links(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.links")


def test_confirmed_rows_are_bound_and_their_clusters_kept_apart(
    links: ModuleType, states: ModuleType
) -> None:
    flags = np.array([True, True, True, True, False, True, False])
    state = states.initial_state(np.array([0, 0, 1, 0, 1, 2, -1]), confirmed=flags)
    found = links.links_of(state)
    assert found.must_link.tolist() == [[0, 1], [1, 3]]
    assert found.cannot_link.tolist() == [[0, 2], [0, 5], [2, 5]]


def test_clusters_of_one_name_may_be_joined(links: ModuleType, states: ModuleType) -> None:
    names = {0: "Tom", 1: "Tom"}
    state = states.initial_state(np.array([0, 1]), confirmed=np.ones(2, bool), names=names)
    assert len(links.links_of(state).cannot_link) == 0


def test_different_clusters_are_kept_apart_by_their_surest_rows(
    links: ModuleType, states: ModuleType
) -> None:
    confidence = np.array([0.1, 0.9, 0.8, 0.2], np.float32)
    verdicts = {(0, 1): "different", (0, 5): "different"}
    state = states.initial_state(np.array([0, 0, 1, 1]), confidence, verdicts=verdicts)
    assert links.links_of(state).cannot_link.tolist() == [[1, 2]]


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
    links: ModuleType,
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
    settled = links.settle(labels, state)
    check_kept(state, settled)
    free = ~state.confirmed
    assert np.array_equal(settled.labels[free], labels[free])
    assert settled.confirmed.tolist() == state.confirmed.tolist()
    assert set(settled.names.values()) <= set(state.names.values())
    assert all(0 <= one < two for one, two in settled.verdicts)


def test_names_go_where_most_of_their_images_went(links: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.array([0, 0, 0, 1, 1, 1]), names={0: "Tom", 1: "Ann"})
    settled = links.settle(np.array([4, 4, 5, 5, 5, 5]), state)
    assert settled.names == {4: "Tom", 5: "Ann"}


def test_confirmed_name_wins_over_a_larger_cluster(links: ModuleType, states: ModuleType) -> None:
    flags = np.array([False, False, False, True])
    state = states.initial_state(
        np.array([0, 0, 0, 1]), confirmed=flags, names={0: "Tom", 1: "Ann"}
    )
    assert links.settle(np.zeros(4, int), state).names == {0: "Ann"}


def test_moved_rows_are_those_that_left_the_crowd(links: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.array([0, 0, 0, 1, -1]))
    moved = links.changed_rows(np.array([7, 7, 8, 8, -1]), state)
    assert moved.tolist() == [False, False, True, False, False]


def test_doubted_rows_are_counted_by_cluster(links: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.array([0, 0, 1]), confirmed=np.array([True, True, False]))
    settled = links.settle(np.array([0, 0, 1]), state)
    assert links.doubted_clusters(settled, np.array([0.1, 0.9, 0.1])) == {0: 1}
