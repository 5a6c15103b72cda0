"""Work that the garbage collector does not interrupt, and what the collector is afterwards."""

import gc
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

Part = Callable[[str], ModuleType]


@pytest.fixture
def paused(plugin_part: Part) -> Callable[[], Any]:
    return plugin_part("operators.base.collector").paused_collector


@pytest.fixture
def runs() -> Iterator[list[int]]:
    """Generations that the collector goes through, as they come."""
    seen: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_the_collector_rests_inside_and_runs_again_after(
    paused: Callable[[], Any], runs: list[int]
) -> None:
    with paused():
        runs.clear()
        kept = [{"place": place} for place in range(20_000)]
        assert not runs
    assert gc.isenabled()
    kept += [{"place": place} for place in range(20_000)]
    assert runs


def test_an_error_starts_the_collector_again(paused: Callable[[], Any]) -> None:
    with pytest.raises(ZeroDivisionError), paused():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off(paused: Callable[[], Any]) -> None:
    gc.disable()
    try:
        with paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
