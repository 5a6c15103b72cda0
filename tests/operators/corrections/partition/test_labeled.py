"""Labels that images had before they were clustered count as confirmations."""

from types import ModuleType

import numpy as np
import pytest

from .conftest import Part


@pytest.fixture
def labeled(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.corrections.partition.labeled")


def test_each_label_is_a_confirmed_cluster_of_its_own(
    labeled: ModuleType, states: ModuleType
) -> None:
    nothing = states.initial_state(np.full(5, states.OUTSIDE))
    found = labeled.with_labels(nothing, ["b", None, "a", "b", None])
    state = found.state
    assert [state.names.get(cluster) for cluster in state.clusters.tolist()] == [
        "b",
        None,
        "a",
        "b",
        None,
    ]
    assert state.confirmed.tolist() == [True, False, True, True, False]
    assert state.clusters[[1, 4]].tolist() == [states.OUTSIDE] * 2
    assert found[1:] == (3, 3, 2, 0)


def test_images_join_the_cluster_that_has_the_name_already(
    labeled: ModuleType, states: ModuleType
) -> None:
    before = states.initial_state(np.array([0, 0, 1, 1]), names={1: "a"})
    found = labeled.with_labels(before, ["a", None, None, "a"])
    assert found.state.clusters.tolist() == [1, 0, 1, 1]
    assert found.state.confirmed.tolist() == [True, False, False, True]
    assert (found.state.names, found.names, found.new) == ({1: "a"}, 0, 0)
    assert before.clusters.tolist() == [0, 0, 1, 1]


def test_what_a_person_confirmed_stays(labeled: ModuleType, states: ModuleType) -> None:
    confirmed = np.array([True, True, True, False])
    clusters = np.array([0, states.NOISE, 1, 1])
    before = states.initial_state(clusters, confirmed=confirmed, names={0: "a", 1: "b"})
    found = labeled.with_labels(before, ["b", "a", "b", "a"])
    assert found.state.clusters.tolist() == [0, states.NOISE, 1, 0]
    assert (found.contradicted, found.images) == (2, 1)


def test_a_label_of_which_all_images_are_confirmed_elsewhere_names_nothing(
    labeled: ModuleType, states: ModuleType
) -> None:
    before = states.initial_state(np.array([0, 0, 1]), confirmed=np.array([True, True, False]))
    named = labeled.with_labels(before, ["a", "b", None])
    assert (named.state.names, named.names, named.contradicted) == ({}, 0, 2)


def test_a_confirmed_cluster_without_a_name_gets_the_one_that_its_labels_agree_on(
    labeled: ModuleType, states: ModuleType
) -> None:
    confirmed = np.ones(6, bool)
    before = states.initial_state(np.array([0, 0, 1, 1, 2, 2]), confirmed=confirmed)
    found = labeled.with_labels(before, ["a", None, "a", "b", "c", "c"])
    assert {0: "a", 2: "c"}.items() <= found.state.names.items()
    assert 1 not in found.state.names
    assert found.state.clusters.tolist() == before.clusters.tolist()
    assert found.contradicted == 2  # those of the cluster whose labels differ


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_one_label_end_up_under_that_name_unless_confirmed_elsewhere(
    labeled: ModuleType, states: ModuleType, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    before = states.initial_state(
        rng.integers(-2, 6, 40), confirmed=rng.random(40) < 0.3, names={0: "a", 3: "b", 4: "x"}
    )
    labels = [("a", "b", "c", None)[number] for number in rng.integers(0, 4, 40)]
    found = labeled.with_labels(before, labels)
    state = found.state
    for row, label in enumerate(labels):
        if label is None or before.confirmed[row]:
            assert state.clusters[row] == before.clusters[row]
            assert state.confirmed[row] == before.confirmed[row] or label is not None
        else:
            assert (state.names[int(state.clusters[row])], state.confirmed[row]) == (label, True)
    assert before.names.items() <= state.names.items()
    assert found.images == int((state.confirmed & ~before.confirmed).sum())
