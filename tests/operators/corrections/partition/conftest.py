"""Random states and random corrections of them."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

Part = Callable[[str], ModuleType]


@pytest.fixture
def actions(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.partition.actions")


@pytest.fixture
def statements(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.partition.statements")


@pytest.fixture
def states(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.partition.state")


@pytest.fixture
def deltas(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.partition.delta")


@pytest.fixture
def random_state(states: ModuleType) -> Callable[[np.random.Generator], Any]:
    """Makes a state of 60 rows in about 8 clusters, some noise, two parts per cluster."""

    def make(rng: np.random.Generator) -> Any:
        labels = rng.integers(-1, 8, 60)
        parts = labels * 2 + rng.integers(0, 2, 60)
        return states.initial_state(labels, rng.random(60, np.float32), parts)

    return make


@pytest.fixture
def random_action(
    actions: ModuleType, statements: ModuleType, plugin_part: Part
) -> Callable[[Any, np.random.Generator], Any]:
    """Draws a correction that can be done in a state."""

    leave_out = plugin_part("operators.corrections.partition.leave_out").LeaveOut

    def draw(state: Any, rng: np.random.Generator) -> Any:
        present = np.unique(state.clusters[state.clusters >= 0]).tolist()
        rows = rng.choice(60, rng.integers(1, 6), replace=False)
        pick = [int(c) for c in rng.permutation(present)[:3]]
        large = [c for c in present if len(state.members(c)) > 1]
        choices: list[Callable[[], Any]] = [
            lambda: actions.Move(rows),
            lambda: actions.MarkNoise(rows),
        ]
        if pick:
            choices += [
                lambda: actions.Move(rows, pick[0]),
                lambda: statements.Rename(pick[0], str(rng.choice(["Tom", "Ann", "é", "🐈"]))),
                lambda: statements.Rename(pick[0], None),
                lambda: statements.Confirm(tuple(pick)),
                lambda: statements.Confirm(tuple(pick), False),
                lambda: statements.Confirm((pick[0],), True, "Eve"),
            ]
        inside = rows[state.clusters[rows] >= 0]
        if len(inside):
            choices.append(lambda: leave_out(inside))
        if len(pick) > 1:
            choices += [
                lambda: actions.Merge(tuple(pick), pick[-1]),
                lambda: statements.Judge(pick[0], pick[1], str(rng.choice(["different", "later"]))),
                lambda: statements.Judge(pick[0], pick[1], None),
            ]
        if large:
            cluster = int(rng.choice(large))
            members = state.members(cluster)
            part = rng.choice(members, rng.integers(1, len(members)), replace=False)
            choices.append(lambda: actions.Split(cluster, (part,)))
        return choices[rng.integers(len(choices))]()

    return draw
