from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

Make = Callable[[np.random.Generator], Any]
Draw = Callable[[Any, np.random.Generator], Any]
SEEDS = range(40)


def play(
    actions: ModuleType, state: Any, draw: Draw, rng: np.random.Generator, number: int = 25
) -> tuple[list[Any], list[Any]]:
    """Does random corrections: all states on the way, and the changes between them."""
    states, changes = [state], []
    for _ in range(number):
        state, delta = actions.carry_out(state, draw(state, rng))
        states.append(state)
        changes.append(delta)
    return states, changes


@pytest.mark.parametrize("seed", SEEDS)
def test_undoing_everything_gives_the_start_and_redoing_the_end(
    actions: ModuleType, deltas: ModuleType, random_state: Make, random_action: Draw, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    states, changes = play(actions, random_state(rng), random_action, rng)
    state = states[-1]
    for before, delta in zip(states[-2::-1], changes[::-1], strict=True):
        state = deltas.apply_delta(state, deltas.invert(delta))
        assert state.is_same(before)
    assert state.is_same(states[0])
    for delta in changes:
        state = deltas.apply_delta(state, delta)
    assert state.is_same(states[-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_joined_changes_do_what_the_single_ones_did(
    actions: ModuleType, deltas: ModuleType, random_state: Make, random_action: Draw, seed: int
) -> None:
    rng = np.random.default_rng(100 + seed)
    states, changes = play(actions, random_state(rng), random_action, rng)
    whole = deltas.compose(changes)
    assert deltas.apply_delta(states[0], whole).is_same(states[-1])
    assert deltas.apply_delta(states[-1], deltas.invert(whole)).is_same(states[0])
    assert np.array_equal(whole.rows, np.unique(whole.rows))
    direct = deltas.difference(states[0], states[-1])
    assert np.array_equal(direct.rows, whole.rows)
    assert (direct.names, direct.verdicts) == (whole.names, whole.verdicts)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_not_touched_stays(
    actions: ModuleType, random_state: Make, random_action: Draw, seed: int
) -> None:
    rng = np.random.default_rng(200 + seed)
    states, changes = play(actions, random_state(rng), random_action, rng)
    for before, after, delta in zip(states, states[1:], changes, strict=False):
        others = np.setdiff1d(np.arange(60), delta.rows)
        assert np.array_equal(before.clusters[others], after.clusters[others])
        assert np.array_equal(before.confirmed[others], after.confirmed[others])
        touched = set(delta.touched())
        assert set(before.clusters[delta.rows]) | set(after.clusters[delta.rows]) <= touched
        numbers = set(np.unique(after.clusters).tolist())
        assert set(after.names) <= numbers
        assert all(set(pair) <= numbers for pair in after.verdicts)


def test_nothing_joined_is_nothing(deltas: ModuleType) -> None:
    assert deltas.compose([]).is_empty


def test_numbers_are_never_used_twice(
    actions: ModuleType, deltas: ModuleType, random_state: Make
) -> None:
    state = random_state(np.random.default_rng(0))
    after, delta = actions.carry_out(state, actions.Move(np.array([1, 2])))
    undone = deltas.apply_delta(after, deltas.invert(delta))
    again, _ = actions.carry_out(undone, actions.Move(np.array([3])))
    assert again.clusters[3] == after.clusters[1] + 1
