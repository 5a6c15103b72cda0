from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def wording(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.base.wording")


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "images", "0 images"),
        (1, "images", "1 image"),
        (1, "patches", "1 patch"),
        (2, "patches", "2 patches"),
        (1, "classes", "1 class"),
        (1200, "clusters", "1,200 clusters"),
    ],
)
def test_one_thing_is_singular(wording: ModuleType, number: int, noun: str, text: str) -> None:
    assert wording.count_text(number, noun) == text


@pytest.mark.parametrize(
    ("things", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_the_last_of_a_list_comes_after_an_and(
    wording: ModuleType, things: list[str], text: str
) -> None:
    assert wording.list_text(things) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "'a'"), (["a\nb", 1], r"['a\nb', 1]"), ("x" * 90, f"'{'x' * 56}...")],
)
def test_a_value_is_shown_in_one_short_line(wording: ModuleType, value: object, text: str) -> None:
    assert wording.shown(value) == text
