from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def slugs(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.base.slugs")


SAVED = [
    {"name": "Cluster Review", "description": "mine"},
    {"name": "other", "description": None},
]


@pytest.mark.parametrize("name", ["Cluster Review", "cluster review", "cluster: review"])
def test_what_has_the_same_slug_is_found(slugs: ModuleType, name: str) -> None:
    assert slugs.other_of_slug(SAVED, name, {"made by the run"}) == "Cluster Review"


def test_ones_own_and_other_slugs_are_not_in_the_way(slugs: ModuleType) -> None:
    assert slugs.other_of_slug(SAVED, "cluster: review", {"mine"}) is None
    assert slugs.other_of_slug(SAVED, "something else", set()) is None
    assert slugs.other_of_slug(SAVED, "other", {"mine"}) == "other"
    assert slugs.other_of_slug([], "other", set()) is None


def test_runs_whose_keys_have_no_signs_for_a_slug_are_told_apart(slugs: ModuleType) -> None:
    from fiftyone.core.utils import to_slug

    assert slugs.name_of_run("people", "review") == "people: review"
    keys = [
        "\N{CJK UNIFIED IDEOGRAPH-96C6}",
        "\N{CJK UNIFIED IDEOGRAPH-5408}",
        "s\xfc",
        "s",
        "s\xf6",
    ]
    names = [slugs.name_of_run(key, "review") for key in keys]
    assert all(name.startswith(key) for name, key in zip(names, keys, strict=True))
    assert len({to_slug(name) for name in names}) == 5
