from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def rules(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.corrections.partition.name_rules")


@pytest.mark.parametrize(
    "name", ['O\'Neil "x"', "🐈", "<b>bold</b>", "$set", "a.b.c", ".x", "noise 2", "c17", "日本"]
)
def test_any_line_of_text_is_a_name(rules: ModuleType, name: str) -> None:
    assert rules.checked_name(name) == name


def test_space_around_and_composition_do_not_matter(rules: ModuleType) -> None:
    assert rules.checked_name("  e\u0301  ") == "é"
    assert rules.checked_name("   ") is None
    assert rules.checked_name("\ufeffTo\u00adm\u200b ") == "Tom"
    assert rules.checked_name("\u200b \u2060") is None
    assert rules.checked_name(None) is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 10_000, "at most 200 characters \\(got 10,000\\)"),
        ("x" * 201, "at most 200 characters \\(got 201\\)"),
        ("a\nb", "one line without control characters"),
        ("a\u2028b", "one line without control characters"),
        ("a\u202eb", "one line without control characters"),
        ("a\x00b", "one line without control characters"),
        ("\ud800", "one line without control characters"),
        ("noise", "how a cluster without a name is called"),
        ("c00017", "how a cluster without a name is called"),
        ("c" + "9" * 30, "how a cluster without a name is called"),
        (17, "must be a text"),
    ],
)
def test_other_names_get_one_sentence(rules: ModuleType, name: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rules.checked_name(name)
