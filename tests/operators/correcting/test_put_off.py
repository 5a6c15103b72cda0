"""Pairs whose question was put off: asked after all others, the latest last."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Asked = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def asked(read: ModuleType, clustered: "fo.Dataset") -> Asked:
    """The pairs in the order in which they are asked."""

    def ask(**more: int) -> list[tuple[str, str]]:
        found = read.suggest_pairs(clustered, **{"include_later": True, "limit": 50, **more})
        return [(pair["first"]["cluster"], pair["second"]["cluster"]) for pair in found["pairs"]]

    return ask


def test_a_pair_that_is_put_off_comes_after_all_others(
    write: ModuleType, clustered: "fo.Dataset", asked: Asked
) -> None:
    first, *others = asked()
    write.answer_pair(clustered, *first, "later")
    assert asked() == [*others, first]


def test_putting_off_again_and_again_goes_through_all_pairs_in_turn(
    write: ModuleType, clustered: "fo.Dataset", asked: Asked
) -> None:
    pairs = asked()
    for _ in range(3):
        for pair in pairs:
            assert asked(limit=1) == [pair]
            assert write.answer_pair(clustered, *pair, "later")["entry"] is not None
    assert asked(include_later=False) == []


def test_the_order_outlasts_a_load_and_follows_an_undo(
    write: ModuleType,
    clustered: "fo.Dataset",
    asked: Asked,
    plugin_part: Callable[[str], ModuleType],
    check: Callable[["fo.Dataset"], None],
) -> None:
    one, two, three, four = asked()
    for pair in (two, one, two):
        write.answer_pair(clustered, *pair, "later")
    assert asked() == [three, four, one, two]
    plugin_part("operators").load_run(clustered, "cluster")
    assert asked() == [three, four, one, two]
    check(clustered)
    write.undo_correction(clustered)
    assert asked() == [three, four, two, one]
    write.redo_correction(clustered)
    assert asked() == [three, four, one, two]
    check(clustered)


def test_pages_hold_each_pair_once(
    write: ModuleType, read: ModuleType, clustered: "fo.Dataset", asked: Asked
) -> None:
    pairs = asked()
    for pair in pairs[:2]:
        write.answer_pair(clustered, *pair, "later")
    pages = [asked(offset=start, limit=1) for start in range(5)]
    assert pages == [[pair] for pair in (*pairs[2:], *pairs[:2])] + [[]]
    assert read.suggest_pairs(clustered, include_later=True)["total"] == 4


def test_clicking_twice_puts_off_once(
    write: ModuleType, clustered: "fo.Dataset", asked: Asked
) -> None:
    (pair,) = asked(limit=1)
    seq = write.answer_pair(clustered, *pair, "later", based_on=0)["seq"]
    again = write.answer_pair(clustered, *pair, "later", based_on=0)
    assert (again["repeated"], again["seq"]) == (True, seq)
