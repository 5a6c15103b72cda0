"""Writes over two connections: all of them are made, and none goes on after an error was told."""

import time
from collections.abc import Callable
from types import ModuleType

import pytest

Part = Callable[[str], ModuleType]
SideBySide = Callable[[Callable[[int], int], list[int]], list[int]]


@pytest.fixture
def side_by_side(plugin_part: Part) -> SideBySide:
    return plugin_part("operators.base.side_by_side").side_by_side


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_each_part_is_written_once_and_told_in_order(side_by_side: SideBySide, count: int) -> None:
    written: list[int] = []

    def write(part: int) -> int:
        written.append(part)
        return 10 * part

    assert side_by_side(write, list(range(count))) == [10 * part for part in range(count)]
    assert sorted(written) == list(range(count))


def test_nothing_is_written_any_more_once_an_error_is_told(side_by_side: SideBySide) -> None:
    written: list[int] = []

    def write(part: int) -> int:
        if part == 0:
            raise RuntimeError("the first part")
        time.sleep(0.05)
        written.append(part)
        return part

    with pytest.raises(RuntimeError, match="the first part"):
        side_by_side(write, list(range(20)))
    told = list(written)
    time.sleep(0.2)
    assert written == told
    assert len(told) < 19
