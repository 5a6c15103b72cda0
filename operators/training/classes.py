"""Reads the classes to learn from: labels of a field, or clusters that a person confirmed."""

import hashlib
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import fiftyone as fo
import numpy as np

from ..base.params import ParameterError
from ..base.wording import count_text
from ..data.clusters import NOISE, value_name
from ..data.fields import BATCH, read_values, run_key_of
from ..data.items import Items
from ..data.label_fields import LabelField
from ..data.targets import Target

Classes = list[Hashable | None]

MIN_CLASSES = 4


def confirmed_name(target: Target, label: LabelField) -> str | None:
    """Tells where a cluster field says which of its labels a person confirmed.

    Args:
        target: What is worked on.
        label: The field.

    Returns:
        The name, seen from the item; None if the field was not written by a clustering run.
    """
    name = label.name if target.root is None else label.value
    if run_key_of(target, name) is None:
        return None
    return value_name(target, name, "confirmed")


def check_stored(target: Target, label: LabelField) -> None:
    """Refuses a view that shows other labels than are stored, which are the ones that are read.

    Args:
        target: What is worked on.
        label: The field.

    Raises:
        ParameterError: A stage of the view replaces its labels.
    """
    if not isinstance(target.view, fo.DatasetView):
        return
    root = target.path(label.value).partition(".")[0]
    for stage in target.view._all_stages:
        if isinstance(stage, fo.MapLabels | fo.SetField) and stage.field.partition(".")[0] == root:
            raise ParameterError(
                "view_target",
                f"The view shows other labels than '{label.name}' holds ({type(stage).__name__}), "
                "and those that it holds are learned; take a dataset that has them, made in "
                "Python with view.clone()",
            )


def read_classes(target: Target, items: Items, label: LabelField) -> Classes:
    """Reads the class of each item.

    Args:
        target: What is worked on.
        items: The items.
        label: The field. Of a cluster field only what is confirmed and no noise counts.

    Returns:
        The class of each item, None if it has none.
    """
    confirmed = confirmed_name(target, label)
    classes: Classes = []
    for chunk in items.chunks(BATCH):
        found = read_values(target, chunk, label.value)
        if confirmed is not None:
            sure = read_values(target, chunk, confirmed)
            found = {
                item: value for item, value in found.items() if sure.get(item) and value != NOISE
            }
        # An empty text is what is left where somebody deleted a label.
        classes += [None if (value := found.get(item)) == "" else value for item in chunk.ids]
    return classes


def check_classes(target: Target, label: LabelField, classes: Classes, what: str) -> None:
    """Refuses classes of which nothing can be learned.

    Args:
        target: What is worked on.
        label: The field that they are from.
        classes: The class of each item; None for none.
        what: What the items are called, such as "images with an embedding".

    Raises:
        ParameterError: Fewer than 4 classes have two items.
    """
    sizes = Counter(value for value in classes if value is not None)
    usable = sum(size >= 2 for size in sizes.values())
    if usable >= MIN_CLASSES:
        return
    confirmed = "confirmed " if confirmed_name(target, label) else ""
    cure = "confirm more clusters" if confirmed else "label more classes"
    raise ParameterError(
        "label_field",
        f"Training needs at least {MIN_CLASSES} classes of two or more {target.noun} (got {usable}:"
        f" '{label.name}' has {sizes.total():,} {confirmed}labels of "
        f"{count_text(len(sizes), 'classes')} for {len(classes):,} {what}); {cure}",
    )


def lasting_numbers(values: Sequence[Hashable | None]) -> np.ndarray:
    """Numbers classes by what they are called, so that none has another one once others come.

    Args:
        values: The class of each item; None for none.

    Returns:
        The number of each item's, 0 to 2⁶³ - 1, -1 for none, shape (N,), int64.
    """
    number: dict[Hashable | None, int] = {None: -1}
    for value in set(values) - {None}:
        digest = hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).digest()
        number[value] = int.from_bytes(digest[:8], "big") >> 1
    return np.array([number[value] for value in values], np.int64)


def numbered(values: Sequence[Hashable | None]) -> tuple[list[Any], np.ndarray]:
    """Numbers distinct values in the order of their text.

    Args:
        values: The value of each item; None for none.

    Returns:
        The distinct values, and the number of each item's, -1 for none, shape (N,), int64.
    """
    distinct = sorted({value for value in values if value is not None}, key=str)
    number: dict[Hashable | None, int] = {value: i for i, value in enumerate(distinct)}
    return distinct, np.array([number.get(value, -1) for value in values], np.int64)
