"""The classes that a model learns from."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo


Read = Callable[..., list[Any]]


@pytest.fixture
def read(plugin_part: Callable[[str], ModuleType]) -> Read:
    """Reads the classes of all items: `read(dataset, "kind")`."""

    def call(samples: Any, name: str, patches_field: str | None = None) -> list[Any]:
        target = plugin_part("operators.data.targets").resolve_target(samples, patches_field)
        label = plugin_part("operators.data.label_fields").resolve_label_field(target, name)
        return plugin_part("operators.training.classes").read_classes(target, target.items(), label)

    return call


def test_a_classification_a_text_and_a_number_give_classes(
    read: Read, dataset: "fo.Dataset"
) -> None:
    labels = dataset.values("ground_truth.label")
    dataset.set_values("text", labels)
    dataset.set_values("number", [int(label) for label in labels])
    assert read(dataset, "ground_truth") == labels
    assert read(dataset, "text") == labels
    assert read(dataset[3:9], "number") == [int(label) for label in labels[3:9]]


def test_what_has_no_label_or_an_empty_one_has_no_class(read: Read, dataset: "fo.Dataset") -> None:
    dataset.set_values("text", [None, "", "a", "b"] + [None] * 26)
    assert read(dataset, "text")[:5] == [None, None, "a", "b", None]


def test_of_clusters_only_what_is_confirmed_counts(read: Read, graded: "fo.Dataset") -> None:
    assert read(graded, "cluster") == [None] * 30
    graded[:3].set_values("cluster.confirmed", [True] * 3)
    graded[:2].set_values("cluster.label", ["crow", "noise"])
    assert read(graded, "cluster")[:4] == ["crow", None, graded.values("cluster.label")[2], None]


def test_of_clusters_of_patches_too(read: Read, graded_objects: "fo.Dataset") -> None:
    root = "objects.detections"
    assert read(graded_objects, "objects", "objects") == graded_objects.values(
        f"{root}.label", unwind=True
    )
    assert read(graded_objects, "cluster", "objects") == [None] * 30
    graded_objects[:1].set_values(f"{root}.cluster_confirmed", [[True, False]])
    assert read(graded_objects, "cluster", "objects")[1:] == [None] * 29
    assert read(graded_objects, "cluster", "objects")[0] is not None


def test_values_are_numbered_in_the_order_of_their_text(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    distinct, numbers = plugin_part("operators.training.classes").numbered(
        ["b", None, "a", "b", 10]
    )
    assert distinct == [10, "a", "b"]
    np.testing.assert_array_equal(numbers, [2, -1, 1, 2, 0])


def test_a_class_keeps_its_number_when_others_come(
    plugin_part: Callable[[str], ModuleType],
) -> None:
    number = plugin_part("operators.training.classes").lasting_numbers
    few = number(["dog", None, "cat", "dog", 7])
    many = number(["ant", "dog", "cat", "zebra", 7, "7", None])
    assert few.dtype == np.int64
    assert few[0] == few[3]
    assert few[[0, 2, 4, 1]].tolist() == many[[1, 2, 4, 6]].tolist()
    assert few[1] == -1
    assert len(set(many.tolist())) == 7
    assert many[:-1].min() >= 0


@pytest.mark.parametrize("patches_field", [None, "objects"])
def test_views_that_show_other_labels_are_refused_and_their_clones_are_not(
    plugin_part: Callable[[str], ModuleType],
    read: Read,
    graded_objects: "fo.Dataset",
    patches_field: str | None,
) -> None:
    prepare = plugin_part("operators.training.training").prepare_training
    params = plugin_part("operators.base.operator_params").TrainModelParams
    name = patches_field or "ground_truth"
    value = "ground_truth.label" if patches_field is None else "objects.detections.label"
    labels = graded_objects.distinct(value)
    mapped = graded_objects.map_labels(name, dict.fromkeys(labels, "thing"))
    embeddings = {"patches_field": patches_field, "embeddings_field": "vectors"}
    if patches_field is None:
        graded_objects.set_values("vectors", [np.ones(4)] * 15)
    wanted = params(label_field=name, **embeddings)
    for view in (mapped, graded_objects.set_field(value, "thing")):
        with pytest.raises(ValueError, match=f"^The view shows other labels than '{name}' holds"):
            prepare(view, wanted)
    other = graded_objects.set_field("filepath", "elsewhere.png")
    assert prepare(other, wanted)[1].name == name
    clone = mapped.clone()
    assert set(read(clone, name, patches_field)) == {"thing"}
    clone.delete()
