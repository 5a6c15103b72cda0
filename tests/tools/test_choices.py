"""Which clusters the pictures of the documentation show, whatever the run gave."""

from typing import Any

import pytest

from tools.pictures.choices import ChoiceError, choose_cluster, choose_mixed, longest_run, majority


def row(cluster: str, size: int, mixed: bool = False, parts: int = 2) -> dict[str, Any]:
    return {"cluster": cluster, "size": size, "mixed": mixed, "parts": parts}


TWOS = {"b": ["two"], "c": ["two", "two"], "d": ["one"]}


def test_the_largest_with_two_neighbors_of_its_digit_is_shown_with_them_ticked() -> None:
    digits = {"a": ["zero"] * 9, "e": ["two"] * 5, "f": ["two"] * 4, **TWOS}
    near = {"a": ["b", "c"], "e": ["b", "d", "c"], "f": ["b", "c"]}
    chosen = choose_cluster([row("a", 9), row("f", 4), row("e", 5)], near, digits)
    assert (chosen.cluster, chosen.name, chosen.ticked) == ("e", "two", (0, 2))


@pytest.mark.parametrize(
    ("large", "about"),
    [
        (["two"] * 8 + ["one"], row("a", 9)),
        (["two"] * 9, row("a", 9, mixed=True)),
        (["two"] * 9, row("a", 9, parts=12)),
    ],
)
def test_a_stray_a_mixed_look_or_many_parts_make_way_for_a_smaller_one(
    large: list[str], about: dict[str, Any]
) -> None:
    digits = {"a": large, "e": ["two"] * 5, **TWOS}
    near = {"a": ["b", "c"], "e": ["b", "c"]}
    assert choose_cluster([about, row("e", 5)], near, digits).cluster == "e"


def test_neighbors_that_are_out_of_sight_are_not_ticked() -> None:
    digits = {"a": ["two"] * 9, **TWOS}
    near = {"a": ["d", "d", "d", "b", "c"]}
    assert choose_cluster([row("a", 9)], near, digits).ticked == (3,)


def test_the_largest_that_looks_mixed_is_shown_as_such() -> None:
    rows = [row("a", 9), row("b", 3, mixed=True), row("c", 5, mixed=True)]
    assert choose_mixed(rows) == "c"
    with pytest.raises(ChoiceError, match="No cluster looks mixed"):
        choose_mixed(rows[:1])


def test_the_longest_run_is_selected_and_the_most_frequent_digit_is_the_name() -> None:
    digits = ["one", "one", "two", "two", "two", "one", "four", "four", "four"]
    assert longest_run(digits) == (2, 3)
    assert majority(digits) == "one"
