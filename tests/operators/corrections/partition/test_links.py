from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def links(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.links")


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
