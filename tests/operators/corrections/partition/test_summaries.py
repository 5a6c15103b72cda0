import dataclasses
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def summaries(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.summaries")


def test_summaries_count_what_is_there(
    summaries: ModuleType, states: ModuleType, random_state: Callable
) -> None:
    state = random_state(np.random.default_rng(5))
    found = {summary.cluster: summary for summary in summaries.summarize(state)}
    assert set(found) == set(np.unique(state.clusters).tolist())
    for cluster, summary in found.items():
        rows = state.members(cluster)
        assert sorted(summary.rows.tolist()) == rows.tolist()
        assert np.all(np.diff(state.confidence[summary.rows]) >= 0)
        assert summary.confidence == pytest.approx(state.confidence[rows].mean())
        assert summary.parts == len(set(state.parts[rows].tolist()))
        assert sum(summary.sources.values()) == len(rows)
    (one,) = summaries.summarize(state, np.array([3]))
    assert one.rows.tolist() == found[3].rows.tolist()


@pytest.mark.parametrize("size", range(1, 12))
def test_exemplars_are_different_images(
    summaries: ModuleType, states: ModuleType, size: int
) -> None:
    state = states.initial_state(np.zeros(size, int), np.linspace(0, 1, size, dtype=np.float32))
    (summary,) = summaries.summarize(state)
    roles = summary.exemplars()
    rows = [row for chosen in roles.values() for row in chosen]
    assert len(rows) == len(set(rows)) == min(size, 5)
    assert roles["representative"][0] == size - 1
    assert summary.is_small == (size < 10)


def test_state_follows_the_flags(summaries: ModuleType, states: ModuleType) -> None:
    flags = np.array([True, True, True, False, False, False, True])
    state = states.initial_state(np.array([0, 0, 1, 1, 2, 2, -1]), confirmed=flags)
    names = {summary.cluster: summary.state for summary in summaries.summarize(state)}
    assert names == {0: "confirmed", 1: "partly", 2: "new", -1: "noise"}


def test_parts_come_largest_first(summaries: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.zeros(6, int), parts=np.array([9, 4, 4, 4, 9, 1]))
    groups = summaries.groups_by_part(state, 0)
    assert [group.tolist() for group in groups] == [[1, 2, 3], [0, 4], [5]]


@pytest.mark.parametrize(("joined", "expected"), [(True, False), (False, True)])
def test_parts_that_a_person_joined_do_not_look_mixed(
    summaries: ModuleType, states: ModuleType, joined: bool, expected: bool
) -> None:
    parts = np.array([0, 0, 0, 1, 1])
    of_run = parts if joined else np.zeros(5, int)
    state = states.initial_state(of_run, np.full(5, 0.3, np.float32), parts)
    state = dataclasses.replace(state, clusters=np.zeros(5, int))
    (summary,) = summaries.summarize(state)
    assert (summary.parts, len(summary.sources)) == (2, 2 if joined else 1)
    assert summary.is_mixed == expected
