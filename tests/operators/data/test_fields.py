from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from bson import ObjectId

if TYPE_CHECKING:
    import fiftyone as fo

Part = Callable[[str], ModuleType]


@pytest.fixture
def fields(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.data.fields")


@pytest.fixture
def targets(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.data.targets")


def test_values_are_joined_by_id_whatever_the_order(
    fields: ModuleType, targets: ModuleType, embedded: "fo.Dataset", blobs: np.ndarray
) -> None:
    target = targets.resolve_target(embedded.sort_by("filepath", reverse=True))
    values = fields.read_values(target, target.items(), "vectors")
    for row, sample_id in enumerate(embedded.values("id")):
        np.testing.assert_array_equal(values[sample_id], blobs[row])


def test_values_of_objects_are_joined_by_label_id(
    fields: ModuleType, targets: ModuleType, with_objects: "fo.Dataset", blobs: np.ndarray
) -> None:
    target = targets.resolve_target(with_objects, "objects")
    values = fields.read_values(target, target.items().keep([3, 1]), "vectors")
    labels = with_objects.values("objects.detections.id", unwind=True)
    assert set(values) == {labels[3], labels[1]}
    np.testing.assert_array_equal(values[labels[3]], blobs[3])


def test_items_that_are_gone_are_absent(
    fields: ModuleType, targets: ModuleType, embedded: "fo.Dataset"
) -> None:
    target = targets.resolve_target(embedded)
    items = target.items()
    embedded.delete_samples(items.ids[0])
    assert items.ids[0] not in fields.read_values(target, items, "vectors")
    assert items.ids[0] not in fields.read_images(target, items)


def test_boxes_of_polylines_enclose_their_points(
    fields: ModuleType, targets: ModuleType, embedded: "fo.Dataset"
) -> None:
    import fiftyone as fo

    line = fo.Polyline(points=[[(0.1, 0.2), (0.5, 0.3)], [(0.4, 0.9)]])
    sample = embedded.first()
    sample["lines"] = fo.Polylines(polylines=[line, fo.Polyline()])
    sample.save()
    target = targets.resolve_target(embedded, "lines")
    images = fields.read_images(target, target.items())
    path, box = images[line.id]
    assert path == sample.filepath
    assert box == pytest.approx((0.1, 0.2, 0.4, 0.7))
    assert len(images) == 2


def test_writing_touches_only_the_named_items(
    fields: ModuleType, targets: ModuleType, embedded: "fo.Dataset"
) -> None:
    target = targets.resolve_target(embedded)
    items = target.items()
    unknown = str(ObjectId())
    fields.write_values(target, items, "score", {items.ids[2]: 0.5, unknown: 1.0})
    assert embedded.values("score") == [None, None, 0.5] + [None] * 27


def test_writing_passes_over_objects_of_an_image_that_lost_all(
    fields: ModuleType, targets: ModuleType, with_objects: "fo.Dataset"
) -> None:
    target = targets.resolve_target(with_objects, "objects")
    items = target.items()
    sample = with_objects.first()
    sample.objects.detections = []
    sample.save()
    fields.write_values(target, items, "label", dict.fromkeys(items.ids, "a"))
    assert with_objects.count_values("objects.detections.label") == {"a": 28}


def test_deleting_a_field_takes_its_indexes_along(
    fields: ModuleType, targets: ModuleType, embedded: "fo.Dataset"
) -> None:
    before = embedded.list_indexes()
    embedded.create_index("ground_truth.label")
    target = targets.resolve_target(embedded)
    assert fields.delete_field(target, "ground_truth")
    assert not fields.delete_field(target, "ground_truth")
    assert embedded.list_indexes() == before
    assert not embedded.has_field("ground_truth")


@pytest.mark.parametrize("patches_field", [None, "objects"])
def test_items_with_a_value_are_found(
    fields: ModuleType, targets: ModuleType, with_objects: "fo.Dataset", patches_field: str | None
) -> None:
    target = targets.resolve_target(with_objects, patches_field)
    items = target.items()
    fields.add_vector_field(target, "embedding", "some-network", 2)
    vectors = {item: np.ones(2, np.float32) for item in items.ids[3:8]}
    fields.write_values(target, items, "embedding", vectors)
    assert fields.ids_with(target, "embedding") == set(items.ids[3:8])
    assert fields.backbone_of(target, "embedding") == "some-network"
    assert fields.backbone_of(target, "vectors") is None
