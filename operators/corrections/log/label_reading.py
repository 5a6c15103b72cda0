"""Reads the labels of a correction from a log, and refuses what no export writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fiftyone as fo
from mongoengine.errors import ValidationError

from ...base.checks import identifier
from ...base.params import ParameterError
from ..documents.ids import ids_of
from .labels import KIND, LabelChange, label_of
from .refusing import RefusedError, check_name, check_size, entry, list_in

_LISTS = ("items", "samples", "old", "new")


def labels_of(line: Mapping[str, Any], is_patches: bool) -> LabelChange | None:
    """Reads the labels that a correction wrote.

    Args:
        line: The line, checked but for its labels.
        is_patches: Whether it is about patches.

    Returns:
        The labels; None for a correction of another kind.

    Raises:
        RefusedError: They are damaged.
    """
    parts = list_in(line, "labels") if "labels" in line else []
    if bool(parts) != (line["kind"] == KIND):
        raise RefusedError(f"a correction of the kind '{KIND}', and no other, has 'labels'")
    if not parts:
        return None
    changes = [_part(part) for part in parts]
    if len({change.field for change in changes}) > 1:
        raise RefusedError("its labels are in two fields")
    joined = LabelChange(changes[0].field, [], [], [], [])
    for change in changes:
        for name in _LISTS:
            getattr(joined, name).extend(getattr(change, name))
    _check_values(joined, is_patches)
    return joined


def _part(part: object) -> LabelChange:
    if not isinstance(part, dict):
        raise RefusedError("'labels' must hold fields with their items")
    try:
        field = identifier("field", entry(part, "field"))
    except ParameterError as error:
        raise RefusedError("'labels' names no field") from error
    lists = [list_in(part, name) for name in _LISTS]
    if len(set(map(len, lists))) > 1:
        raise RefusedError("the lists of 'labels' are of different lengths")
    return LabelChange(field, *lists)


def _check_values(change: LabelChange, is_patches: bool) -> None:
    if not change.items:
        raise RefusedError("'labels' is empty")
    try:
        ids_of(change.items)
        ids_of(change.samples)
    except ParameterError as error:
        raise RefusedError("'labels' must hold ids of images or patches") from error
    if not all(isinstance(new, str) and new for new in change.new):
        raise RefusedError("'new' in 'labels' must hold texts")
    for new in set(change.new):
        check_name(new)
    for old in change.old:
        _check_old(old, is_patches)
        check_size({"old": old})  # one label is in one document


def _check_old(old: object, is_patches: bool) -> None:
    """Refuses what a label field cannot have held, for an undo writes it back."""
    if old is None or (is_patches and isinstance(old, str)):
        return
    try:
        is_label = isinstance(old, dict | str) and type(label_of(old)) is fo.Classification
    except (ValidationError, ValueError, TypeError, AttributeError) as error:
        raise RefusedError("'old' in 'labels' has a value that is no label") from error
    if is_patches or not is_label:
        raise RefusedError("'old' in 'labels' has a value that is no label")
