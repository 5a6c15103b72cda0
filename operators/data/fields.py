"""Reads and writes whole sample fields; every read and write is keyed by id."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import fiftyone as fo
import numpy as np
from fiftyone import ViewField as F

from ..base.plugin import METHOD
from .items import Items
from .targets import Target

BATCH = 10_000

Box = tuple[float, float, float, float]
Image = str | tuple[str, Box]

_NOTHING: Box = (0.0, 0.0, 0.0, 0.0)


def read_values(target: Target, items: Items, name: str) -> dict[str, Any]:
    """Reads one field of some items.

    Args:
        target: What is worked on.
        items: The items to read; at most some 10,000 at a time.
        name: Name of the field, without the path to the patches.

    Returns:
        Value by item id; items without the field have None, items that are gone are absent.
    """
    if target.root is None:
        ids, values = target.everything.select(items.ids).values(["id", name])
        return dict(zip(ids, values, strict=True))
    wanted = set(items.ids)
    samples = target.everything.select(list(dict.fromkeys(items.sample_ids)))
    ids, values = samples.values([f"{target.root}.id", target.path(name)])
    return {
        label_id: value
        for labels, label_values in zip(ids, values, strict=True)
        for label_id, value in zip(labels or (), label_values or (), strict=True)
        if label_id in wanted
    }


def count_values(target: Target, name: str) -> dict[Any, int]:
    """Counts the items of the target by what they hold.

    Args:
        target: What is worked on.
        name: Name of the field, without the path to the patches.

    Returns:
        Number of items by value; None stands for those without one.
    """
    view = target.view
    path = target.path_in_patches(name) if view._is_patches else target.path(name)
    if view.get_field(path) is not None:
        return view.count_values(path)
    # The view leaves the field out, or its patches were copied before there was one.
    counts: Counter[Any] = Counter()
    for chunk in target.items().chunks(BATCH):
        counts.update(read_values(target, chunk, name).values())
    return counts


def read_images(target: Target, items: Items) -> dict[str, Image]:
    """Reads where the pixels of some items are.

    Args:
        target: What is worked on.
        items: The items to read.

    Returns:
        By item id: the path of the file, and for patches the relative box (x, y, w, h) too.
        Items that are gone are absent.
    """
    samples = target.everything.select(list(dict.fromkeys(items.sample_ids)))
    paths = dict(zip(*samples.values(["id", "filepath"]), strict=True))
    if target.root is None:
        return paths
    is_polyline = target.root.endswith(".polylines")
    shapes = read_values(target, items, "points" if is_polyline else "bounding_box")
    return {
        item: (paths[sample], _box_of(shapes[item], is_polyline))
        for item, sample in zip(items.ids, items.sample_ids, strict=True)
        if item in shapes and sample in paths
    }


def _box_of(shape: Any, is_polyline: bool) -> Box:
    """Encloses a shape; one that is none gets a box without pixels, which fails for itself."""
    if not is_polyline:
        if not shape or len(shape) != len(_NOTHING):
            return _NOTHING
        x, y, width, height = map(float, shape)
        return (x, y, width, height)
    points = np.asarray(list(chain.from_iterable(shape or ())), dtype=float)
    if not len(points):
        return _NOTHING
    low, high = points.min(axis=0), points.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


def read_columns(target: Target, names: Sequence[str]) -> list[list[Any]]:
    """Reads fields of all items of the whole dataset, in one query.

    Args:
        target: What is worked on.
        names: Names of the fields, without the path to the patches; of labels, down to the value.

    Returns:
        The ids, then one column per name, all of the same length; None where there is no value.
    """
    columns = target.everything.values([target.path(name) for name in ("id", *names)])
    if target.root is None:
        return columns
    return [list(chain.from_iterable(row or () for row in column)) for column in columns]


def existing(target: Target, names: Sequence[str]) -> list[str]:
    """Keeps the names of fields that are there.

    Args:
        target: What is worked on.
        names: Names of fields, without the path to the patches.

    Returns:
        Those that exist, in order.
    """
    return [name for name in names if target.dataset.get_field(target.path(name)) is not None]


def write_values(target: Target, items: Items, name: str, values: Mapping[str, Any]) -> None:
    """Writes one field of some items; items that are gone are passed over.

    Args:
        target: What is worked on.
        items: The items to write.
        name: Name of the field, without the path to the patches.
        values: Value by item id; items without a value are left alone.
    """
    path = target.path(name)
    if target.root is None:
        rows = {item: values[item] for item in items.ids if item in values}
        if rows:
            target.everything.set_values(path, rows, key_field="id")
        return
    # FiftyOne fails at an image that has lost its list of objects with the last of them.
    there = read_values(target, items, "id")
    labels = [
        {"sample_id": sample, "label_id": item, "value": values[item]}
        for item, sample in zip(items.ids, items.sample_ids, strict=True)
        if item in values and item in there
    ]
    target.everything.set_label_values(path, labels)


def delete_field(target: Target, name: str) -> bool:
    """Deletes a field of the items with its indexes, if it exists.

    Args:
        target: What is worked on.
        name: Name of the field.

    Returns:
        Whether it existed.
    """
    path = target.path(name)
    if target.dataset.get_field(path) is None:
        return False
    for index in target.dataset.list_indexes():
        if index.startswith(f"{path}."):
            target.dataset.drop_index(index)
    target.dataset.delete_sample_field(path)
    return True


def ids_with(target: Target, name: str) -> set[str]:
    """Finds the items of the whole dataset that have a value in a field.

    Args:
        target: What is worked on.
        name: Name of an existing field, without the path to the patches.

    Returns:
        Their ids.
    """
    if target.patches_field is None or target.root is None:
        return set(target.everything.exists(name).values("id"))
    labels = target.everything.filter_labels(target.patches_field, F(name).exists())
    return set(labels.values(f"{target.root}.id", unwind=True))


def add_vector_field(
    target: Target, name: str, backbone: str, dimension: int, pooling: str | None = None
) -> None:
    """Declares a field for embeddings that remembers which network made them.

    Args:
        target: What is worked on.
        name: Name of the field.
        backbone: Name of the network.
        dimension: Length of its vectors.
        pooling: How the network's features became one vector; None where only the network knows.
    """
    made_by = {"method": METHOD, "backbone": backbone, "dimension": dimension}
    target.dataset.add_sample_field(
        target.path(name),
        fo.VectorField,
        description=f"Embeddings by {backbone}, {dimension} numbers each",
        info=made_by if pooling is None else made_by | {"pooling": pooling},
    )


def backbone_of(target: Target, name: str) -> str | None:
    """Tells which network made the vectors of a field.

    Args:
        target: What is worked on.
        name: Name of the field.

    Returns:
        The network's name; None if the field is not there or not of this plugin.
    """
    return _info(target, name).get("backbone")


def pooling_of(target: Target, name: str) -> str | None:
    """Tells how the features of a network became the vectors of a field.

    Args:
        target: What is worked on.
        name: Name of the field.

    Returns:
        What `add_vector_field` was told; None if that was nothing, or the field is not there.
    """
    return _info(target, name).get("pooling")


def run_key_of(target: Target, name: str) -> str | None:
    """Tells which run made a cluster field.

    Args:
        target: What is worked on.
        name: Name of the field.

    Returns:
        The run's key; None if the field is not there or not of this plugin.
    """
    return _info(target, name).get("run_key")


def set_owner(target: Target, name: str, about: Mapping[str, Any]) -> None:
    """Changes what a field says about itself.

    Args:
        target: What is worked on.
        name: Name of an existing field.
        about: Its new `description` and `info`.
    """
    field = target.dataset.get_field(target.path(name))
    field.description, field.info = about["description"], dict(about["info"])
    field.save()


def _info(target: Target, name: str) -> dict[str, Any]:
    field = target.dataset.get_field(target.path(name))
    return getattr(field, "info", None) or {}


def type_name(field: fo.Field) -> str:
    """Names the type of a field in messages.

    Args:
        field: The field.

    Returns:
        "Detections" for a label field, "StringField" for another.
    """
    is_label = isinstance(field, fo.EmbeddedDocumentField)
    return (field.document_type if is_label else type(field)).__name__
