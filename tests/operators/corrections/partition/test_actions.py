import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def state(states: ModuleType) -> Any:
    """Ten rows: 0-3 in cluster 0, 4-6 in 1, 7-8 in 2, 9 noise; cluster 0 has two parts."""
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, -1])
    parts = np.array([0, 0, 0, 1, 2, 2, 2, 3, 3, 4])
    return states.initial_state(labels, parts=parts)


def test_merge_moves_all_rows_and_keeps_flags(
    statements: ModuleType, actions: ModuleType, state: Any
) -> None:
    state, _ = actions.carry_out(state, statements.Confirm((1,)))
    after, delta = actions.carry_out(state, actions.Merge((0, 1), 0))
    assert after.members(0).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert after.confirmed.tolist() == state.confirmed.tolist()
    assert delta.rows.tolist() == [4, 5, 6]


def test_merged_cluster_takes_the_only_name(
    statements: ModuleType, actions: ModuleType, state: Any
) -> None:
    state, _ = actions.carry_out(state, statements.Rename(1, "Tom"))
    after, _ = actions.carry_out(state, actions.Merge((0, 1), 0))
    assert after.names == {0: "Tom"}


def test_merge_hands_answers_on(statements: ModuleType, actions: ModuleType, state: Any) -> None:
    for action in (statements.Judge(1, 2, "different"), statements.Judge(0, 1, "different")):
        state, _ = actions.carry_out(state, action)
    after, _ = actions.carry_out(state, actions.Merge((0, 1), 0))
    assert after.verdicts == {(0, 2): "different"}


def test_different_is_not_overruled_by_later(
    statements: ModuleType, actions: ModuleType, state: Any
) -> None:
    for action in (statements.Judge(0, 2, "different"), statements.Judge(1, 2, "later")):
        state, _ = actions.carry_out(state, action)
    after, _ = actions.carry_out(state, actions.Merge((0, 1), 0))
    assert after.verdicts == {(0, 2): "different"}


def test_split_keeps_the_largest_piece_and_tells_the_others_apart(
    statements: ModuleType, actions: ModuleType, state: Any
) -> None:
    state, _ = actions.carry_out(state, statements.Confirm((0,), True, "Tom"))
    state, _ = actions.carry_out(state, statements.Judge(0, 1, "different"))
    after, _ = actions.carry_out(state, actions.Split(0, (np.array([3]),)))
    assert after.members(0).tolist() == [0, 1, 2]
    assert after.members(3).tolist() == [3]
    assert after.names == {0: "Tom"}
    assert after.confirmed.tolist() == [True, True, True] + [False] * 7
    assert after.verdicts == {(0, 1): "different", (0, 3): "different", (1, 3): "different"}


@pytest.mark.parametrize("all_apart", [False, True])
def test_pieces_that_leave_may_be_one_unless_said_otherwise(
    actions: ModuleType, state: Any, all_apart: bool
) -> None:
    groups = (np.array([0]), np.array([1]))
    after, _ = actions.carry_out(state, actions.Split(0, groups, all_apart))
    expected = {(0, 3), (0, 4), (3, 4)} if all_apart else {(0, 3), (0, 4)}
    assert set(after.verdicts) == expected


def test_move_confirms_and_leaves_the_others(actions: ModuleType, state: Any) -> None:
    after, _ = actions.carry_out(state, actions.Move(np.array([0, 9]), 1))
    assert after.members(1).tolist() == [0, 4, 5, 6, 9]
    assert np.flatnonzero(after.confirmed).tolist() == [0, 9]
    assert after.members(0).tolist() == [1, 2, 3]


def test_new_cluster_differs_from_where_its_rows_were(actions: ModuleType, state: Any) -> None:
    after, _ = actions.carry_out(state, actions.Move(np.array([0, 9]), None, "Ann"))
    assert after.label(3) == "Ann"
    assert after.verdicts == {(0, 3): "different"}


def test_noise_and_back(actions: ModuleType, state: Any) -> None:
    after, _ = actions.carry_out(state, actions.MarkNoise(np.array([7, 8])))
    assert after.members(-1).tolist() == [7, 8, 9]
    back, _ = actions.carry_out(after, actions.Restore(np.array([7, 8]), np.array([2, 2])))
    assert back.is_same(state)


def test_done_already_is_no_change(statements: ModuleType, actions: ModuleType, state: Any) -> None:
    state, _ = actions.carry_out(state, statements.Rename(1, "Tom"))
    assert statements.Rename(1, "Tom").plan(state).is_empty
    assert statements.Confirm((1,), False).plan(state).is_empty
    assert statements.Judge(0, 1, None).plan(state).is_empty


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda a, _: a.Merge((1, 1), 1), "needs two different clusters"),
        (lambda a, _: a.Merge((1, 7), 1), "There is no cluster 'c00007'"),
        (lambda a, _: a.Merge((1, -1), 1), "Noise is not a cluster"),
        (lambda a, _: a.Split(2, (np.array([7, 8]),)), "all of its 2 images would stay together"),
        (lambda a, _: a.Split(2, (np.array([0]),)), "not in 'c00002'"),
        (lambda a, _: a.Split(2, (np.array([7]), np.array([7]))), "in two of the groups"),
        (lambda a, _: a.Move(np.array([], int), 1), "Select at least one image"),
        (lambda a, _: a.Move(np.array([0]), 9), "There is no cluster 'c00009'"),
        (lambda a, _: a.MarkNoise(np.array([], int)), "Select at least one image"),
        (lambda _, s: s.Rename(-1, "x"), "Noise is not a cluster"),
        (lambda _, s: s.Confirm(()), "Name at least one cluster"),
        (lambda _, s: s.Judge(1, 1, "later"), "two different clusters"),
        (lambda _, s: s.Judge(1, 2, "perhaps"), "no answer"),
    ],
)
def test_impossible_corrections_get_one_sentence(
    actions: ModuleType, statements: ModuleType, state: Any, make: Any, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        make(actions, statements).plan(state)


def test_splitting_one_image_says_so(actions: ModuleType, states: ModuleType) -> None:
    state = states.initial_state(np.array([0, 1]))
    with pytest.raises(ValueError, match="cannot be split: it has one image"):
        actions.Split(0, (np.array([0]),)).plan(state)


def test_what_is_left_out_is_open_again_part_by_part_and_different(
    states: ModuleType, plugin_part: Callable[[str], ModuleType], actions: ModuleType
) -> None:
    leave_out = plugin_part("operators.corrections.partition.leave_out").LeaveOut
    labels, parts = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    state = states.initial_state(labels, parts=parts, confirmed=np.ones(6, bool))
    after, delta = actions.carry_out(state, leave_out(np.array([1, 2, 3, 4])))
    assert after.clusters.tolist() == [0, 2, 3, 3, 4, 1]
    assert after.confirmed.tolist() == [True, False, False, False, False, True]
    assert dict(after.verdicts) == dict.fromkeys([(0, 2), (0, 3), (1, 4)], "different")
    assert delta.rows.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("rows", [[], [6]])
def test_leaving_out_needs_rows_of_a_cluster(
    states: ModuleType,
    plugin_part: Callable[[str], ModuleType],
    actions: ModuleType,
    rows: list[int],
) -> None:
    leave_out = plugin_part("operators.corrections.partition.leave_out").LeaveOut
    state = states.initial_state(np.array([0, 0, 0, 1, 1, 1, -1]))
    with pytest.raises(ValueError, match="Select images of the cluster to leave out"):
        actions.carry_out(state, leave_out(np.array(rows, np.int64)))


def test_keys_are_read_back(states: ModuleType) -> None:
    for number in (-1, 0, 17, 123456):
        assert states.cluster_number(states.cluster_key(number, 5)) == number
    assert states.cluster_number("c2147483647") == 2**31 - 1
    huge = ("c2147483648", "c99999999999", "c" + "9" * 5_000)
    for text in ("", "c", "c1", "tom", "c0001x", "c²²²²²", "C00001", *huge):
        assert states.cluster_number(text) is None


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_verdicts_are_inherited_as_by_looking_at_all_of_them(
    plugin_part: Callable[[str], ModuleType], state: Any, seed: int, skips: bool
) -> None:
    rng = np.random.default_rng(seed)
    draft = plugin_part("operators.corrections.partition.draft").Draft(state)
    expected: dict[tuple[int, int], str] = {}
    for _ in range(30):
        one, two = sorted(rng.permutation(7)[:2].tolist())
        verdict = [None, "different", "later"][rng.integers(3)]
        draft.judge(one, two, verdict)
        expected.pop((one, two), None)
        expected |= {} if verdict is None else {(one, two): verdict}
        source, heir = rng.permutation(7)[:2].tolist()
        draft.inherit(source, heir, skips)
        for pair, said in list(expected.items()):
            other = sum(pair) - source
            if source in pair and other != heir and (skips or said == "different"):
                key = (min(other, heir), max(other, heir))
                expected |= {key: said} if said == "different" or key not in expected else {}
        assert {pair: after for pair, _, after in draft.delta().verdicts} == expected


def test_thousands_of_pieces_inherit_what_was_said_in_linear_time(
    actions: ModuleType, states: ModuleType
) -> None:
    others, pieces = 20, 4_000
    labels = np.concatenate([np.zeros(pieces, np.int64), np.arange(1, others + 1)])
    said = dict.fromkeys([(0, other) for other in range(1, others + 1)], "different")
    state = states.initial_state(labels, verdicts=said)
    split = actions.Split(0, tuple(np.arange(pieces)[:, None]))
    begun = time.process_time()
    after, _ = actions.carry_out(state, split)
    assert time.process_time() - begun < 5  # looking at all verdicts for each piece takes minutes
    assert len(after.verdicts) == others * pieces + pieces - 1
