"""Labels of many images at once are what FiftyOne's own `set_values` stores."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def labeled(make_dataset: Callable[..., "fo.Dataset"]) -> "fo.Dataset":
    """A dataset of 30 images with an empty label field, and one that `set_values` fills."""
    import fiftyone as fo

    dataset = make_dataset(30)
    for name in ("label", "theirs"):
        dataset.add_sample_field(name, fo.EmbeddedDocumentField, fo.Classification)
    return dataset


@pytest.fixture
def replace(plugin_part: Part, labeled: "fo.Dataset") -> Callable[..., int]:
    """Replaces labels in the field `label`, few images at a time."""
    module = plugin_part("operators.data.label_replacing")
    target = plugin_part("operators.data.targets").resolve_target(labeled)

    def replace(before: str | None, label: str | None) -> int:
        return module.replace_label(target, target.items(), "label", before, label)

    return replace


def stored(dataset: "fo.Dataset", field: str) -> list[Any]:
    found = dataset._sample_collection.find({}, {field: 1}).sort("_id", 1)
    return [document.get(field) for document in found]


def without_id(label: dict[str, Any]) -> list[tuple[str, Any]]:
    return [pair for pair in label.items() if pair[0] != "_id"]


@pytest.mark.parametrize("at_once", [7, 250])
@pytest.mark.parametrize("text", ["Tom", "$_id", "$$NOW", "a.b"])
def test_labels_are_those_of_set_values_each_with_its_own_id(
    labeled: "fo.Dataset",
    replace: Callable[..., int],
    plugin_part: Part,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    text: str,
) -> None:
    import fiftyone as fo

    monkeypatch.setattr(plugin_part("operators.data.label_replacing"), "_AT_ONCE", at_once)
    before = labeled.values("last_modified_at")
    labeled.set_values("theirs", [fo.Classification(label=text)] * 30)
    assert replace(None, text) == 30
    ours, theirs = stored(labeled, "label"), stored(labeled, "theirs")
    assert list(map(without_id, ours)) == list(map(without_id, theirs))
    assert len({label["_id"] for label in ours}) == 30
    labeled.reload()
    assert labeled.values("label.label") == [text] * 30
    assert all(
        now > then for now, then in zip(labeled.values("last_modified_at"), before, strict=True)
    )
    assert replace(text, None) == 30
    assert stored(labeled, "label") == [None] * 30


def test_what_somebody_else_wrote_stays(labeled: "fo.Dataset", replace: Callable[..., int]) -> None:
    import fiftyone as fo

    values = [None, fo.Classification(), fo.Classification(label=""), fo.Classification(label="a")]
    labeled.set_values("label", [*values, fo.Classification(label="b")] * 6)
    assert replace("a", "new") == 24
    assert labeled.values("label.label") == ["new", "new", "new", "new", "b"] * 6
    assert replace("new", None) == 24
    assert replace(None, "c") == 24
    assert labeled.count_values("label.label") == {"c": 24, "b": 6}


def test_a_sample_in_memory_has_the_new_label(
    labeled: "fo.Dataset", replace: Callable[..., int]
) -> None:
    sample = labeled.first()
    replace(None, "Tom")
    assert sample.label.label == "Tom"
    replace("Tom", None)
    assert sample.label is None
