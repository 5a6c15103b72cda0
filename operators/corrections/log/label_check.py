"""Whether a field takes labels, asked before anything is recorded and again when it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import fiftyone as fo

from ...base.params import ParameterError
from ...data.fields import type_name
from ...data.read_only import read_only_path
from ...data.targets import Target
from ..documents.tables import Tables
from ..partition.history import UNDO


class Unfit(NamedTuple):
    """Why a field takes no labels."""

    problem: str
    """What is wrong, a clause."""
    cure: str
    """What to do for labels to be written into it all the same, a clause."""


def unfit(target: Target, name: str) -> Unfit | None:
    """Looks whether labels can be written into a field.

    Args:
        target: What was clustered.
        name: Name of the field, without the path to the patches.

    Returns:
        Why not; None if they can, or if there is no such field yet.
    """
    path = target.path(name)
    field = target.dataset.get_field(path)
    if field is None:
        return None
    kind, wanted = type_name(field), "Classification" if target.root is None else "StringField"
    if kind != wanted:
        problem = f"'{path}' is of the type {kind}, labels need a {wanted} field"
        return Unfit(problem, "rename or delete that field")
    read_only = read_only_path(target, name)
    if read_only is not None:
        return Unfit(f"'{read_only}' is read-only", "set 'read_only' of the field to False")
    return None


def add_label_field(target: Target, name: str) -> None:
    """Makes a field for labels, if there is none.

    Args:
        target: What was clustered.
        name: Name of the field, without the path to the patches.
    """
    path, add = target.path(name), target.dataset.add_sample_field
    if target.dataset.get_field(path) is not None:
        return
    if target.root is None:
        add(path, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    else:
        add(path, fo.StringField)


def label_fields(tables: Tables, numbers: Iterable[int]) -> list[str]:
    """Lists the fields that entries of the log wrote labels into.

    Args:
        tables: The review's documents.
        numbers: Numbers of the entries.

    Returns:
        Names of the fields, in order.
    """
    query = tables.query(labels_of={"$in": sorted(numbers)})
    return sorted(tables.changes.distinct("field", query))


def check_steps(
    tables: Tables, target: Target, kind: str, entries: Sequence[Mapping[str, Any]]
) -> None:
    """Refuses to undo or redo what cannot be written, before it is recorded.

    Args:
        tables: The review's documents.
        target: What was clustered.
        kind: "undo" or "redo".
        entries: What would be undone or redone.

    Raises:
        ParameterError: A label field cannot be written.
    """
    for name in label_fields(tables, [entry["number"] for entry in entries]):
        found = unfit(target, name)
        if found is not None:
            verb = "taken back" if kind == UNDO else "written again"
            raise ParameterError(
                "to",
                f"The labels in '{target.path(name)}' cannot be {verb}: {found.problem}; "
                f"{found.cure} first, nothing was changed",
            )
