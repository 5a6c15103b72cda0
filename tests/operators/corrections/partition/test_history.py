"""Undo and redo against a plain list with a cursor, as every editor has it."""

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def history(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.history")


@pytest.mark.parametrize("seed", range(30))
def test_log_agrees_with_a_list_and_a_cursor(history: ModuleType, seed: int) -> None:
    rng = np.random.default_rng(seed)
    done: list[int] = []
    undone: list[int] = []
    states: dict[int, str] = {}
    for number in range(1, 60):
        kind = str(rng.choice(["edit", "edit", "undo", "redo"]))
        current_done = [n for n, s in states.items() if s == history.DONE]
        current_undone = [n for n, s in states.items() if s == history.UNDONE]
        of: tuple[int, ...] = ()
        if kind == "undo":
            point = int(rng.integers(0, number)) if rng.random() < 0.3 else None
            of = history.to_undo(current_done, point)
            for entry in of:
                assert done.pop() == entry
                undone.append(entry)
        elif kind == "redo":
            of = history.to_redo(current_undone, None)
            for entry in of:
                assert undone.pop() == entry
                done.append(entry)
        else:
            done.append(number)
            undone.clear()
        states |= history.advance(states, history.Step(number, kind, of))
        assert [n for n, s in sorted(states.items()) if s == history.DONE] == done
        assert [n for n, s in sorted(states.items()) if s == history.UNDONE] == undone[::-1]


def test_redo_up_to_a_point_stops_there(history: ModuleType) -> None:
    assert history.to_redo([3, 5, 4], 4) == (3, 4)
    assert history.to_undo([3, 5, 4], 3) == (5, 4)
    assert history.to_undo([], None) == history.to_redo([], None) == ()


def test_reading_from_the_start_gives_the_same(history: ModuleType) -> None:
    steps = [history.Step(1, "move"), history.Step(2, "undo", (1,)), history.Step(3, "redo", (1,))]
    assert history.states_of(steps) == {1: "done", 2: "note", 3: "note"}
    dropped = [*steps[:2], history.Step(3, "move")]
    assert history.states_of(dropped) == {1: "dropped", 2: "note", 3: "done"}
