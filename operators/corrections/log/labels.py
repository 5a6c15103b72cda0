"""Labels that were written into a label field: old and new value of each item, to undo and redo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import bson
import fiftyone as fo
from mongoengine.errors import ValidationError

from ...base.wording import count_text, list_text
from ...data.fields import write_values
from ...data.items import Items
from ...data.label_replacing import replace_label
from ...data.stored_values import read_stored
from ...data.targets import Target
from ..documents.tables import Tables
from ..partition.history import UNDO
from .label_check import add_label_field, unfit

KIND = "labels"
CHUNK = 5_000
"""Items in a document, at most: without their old labels they take 5 MB."""
OLD_BYTES = 8_000_000
"""What the old labels of several items may take in one document; MongoDB takes 16 MiB in all."""


class LabelChange(NamedTuple):
    """Some items of one field whose label changes."""

    field: str
    """Name of the field, without the path to the patches."""
    items: list[str]
    """The items."""
    samples: list[str]
    """The sample of each."""
    old: list[Any]
    """What the field held: a label as a dict or, for patches, a text; None for nothing."""
    new: list[str]
    """The label that it gets."""


class Outcome(NamedTuple):
    """What became of the labels of an entry."""

    problems: list[str]
    """Why fields were passed over, a clause for each."""
    changed: int
    """Items whose label somebody changed since; they keep it."""


def record_labels(tables: Tables, number: int, change: LabelChange | None) -> None:
    """Records labels for an entry that is about to be appended.

    Args:
        tables: The review's documents.
        number: The entry's number.
        change: The labels; None for an entry without any.
    """
    # Those of a writer that died would become those of this entry, and be written with a redo.
    tables.changes.delete_many(tables.query(labels_of=number))
    if change is None:
        return
    for part in _documents(change):
        tables.changes.insert_one(
            {
                "review": tables.review,
                "labels_of": number,
                "start": part.start,
                "field": change.field,
                "items": change.items[part],
                "samples": change.samples[part],
                "old": change.old[part],
                "new": change.new[part],
            }
        )


def _documents(change: LabelChange) -> Iterator[slice]:
    """Cuts labels where a document is full; one whose old label is huge has one of its own."""
    start = size = 0
    for row, old in enumerate(change.old):
        more = len(bson.encode({"old": old}))
        if row - start == CHUNK or (row > start and size + more > OLD_BYTES):
            yield slice(start, row)
            start, size = row, 0
        size += more
    yield slice(start, len(change.old))


def read_labels(tables: Tables, number: int) -> Iterator[LabelChange]:
    """Reads the labels of an entry.

    Args:
        tables: The review's documents.
        number: The entry's number.

    Yields:
        Some at a time.
    """
    for doc in tables.changes.find(tables.query(labels_of=number)).sort("start", 1):
        yield LabelChange(*(doc[name] for name in LabelChange._fields))


def write_label_changes(
    tables: Tables, target: Target, entry: Mapping[str, Any], alive: Callable[[], None]
) -> Outcome:
    """Writes, or takes back, the labels that an entry is about; may be repeated.

    The entry is in the log, so there is no way back: a field that cannot be written is passed
    over, for otherwise each opening of the review would fail at it. What has become another label
    since, by hand or by another program, stays.

    Args:
        tables: The review's documents.
        target: What was clustered.
        entry: The entry: one that wrote labels, an undo, a redo; others do nothing.
        alive: Called between batches.

    Returns:
        What became of them.
    """
    problems, changed = dict[str, str](), set[tuple[str, str]]()
    numbers = entry["of"] if entry["kind"] != KIND else [entry["number"]]
    having = tables.changes.distinct("labels_of", tables.query(labels_of={"$in": numbers}))
    for number in [number for number in numbers if number in having]:
        for change in read_labels(tables, number):
            alive()
            if change.field not in problems:
                problem, others = _write(target, change, takes_back=entry["kind"] == UNDO)
                problems |= {} if problem is None else {change.field: problem}
                # An earlier one of these entries may have left alone what this one writes.
                changed -= {(change.field, item) for item in change.items}
                changed |= {(change.field, item) for item in others}
    return Outcome(list(problems.values()), len({item for _, item in changed}))


def label_notes(target: Target, entry: Mapping[str, Any], outcome: Outcome) -> list[str]:
    """Words what the user is to know of labels that were not written.

    Args:
        target: What was clustered.
        entry: The entry that they belong to.
        outcome: What became of them.

    Returns:
        Sentences; none if all went well.
    """
    notes: list[str] = []
    if outcome.problems:
        notes.append(
            f"The labels of correction {entry['number']} ({entry['text']}) were not written: "
            f"{list_text(outcome.problems)}; put the field right, then write them with undo and "
            "redo"
        )
    if outcome.changed:
        number = count_text(outcome.changed, target.noun)
        verb = "has" if outcome.changed == 1 else "have"
        notes.append(f"{number} {verb} another label since, which stays")
    return notes


def _write(target: Target, change: LabelChange, takes_back: bool) -> tuple[str | None, list[str]]:
    """Writes some labels, or says why they cannot be written; lists the items that keep theirs."""
    path = target.path(change.field)
    if takes_back and target.dataset.get_field(path) is None:
        return None, []  # the user has deleted the field since, and the labels with it
    found = unfit(target, change.field)
    if found is not None:
        return found.problem, []
    try:
        add_label_field(target, change.field)
        return None, _write_values(target, change, takes_back)
    except (ValueError, TypeError, ValidationError) as error:
        reason = str(error).partition("\n")[0][:200]
        return f"'{path}' does not take them ({reason})", []


def _write_values(target: Target, change: LabelChange, takes_back: bool) -> list[str]:
    """Writes the labels of items that nobody gave another one since; lists the others."""
    items = Items(tuple(change.items), tuple(change.samples))
    before, values = (change.new, change.old) if takes_back else (change.old, change.new)
    texts = dict[tuple[str | None, str | None], list[int]]()
    others = list[int]()
    for row, value in enumerate(values):
        # A label that was in the field, of whatever form, is left to FiftyOne to check and write.
        if target.root is not None or isinstance(value, dict):
            others.append(row)
        else:
            texts.setdefault((text_of_label(before[row]), value), []).append(row)
    found = _write_others(target, items, change.field, before, values, others)
    for (old, new), rows in texts.items():
        found += _replace(target, items.keep(rows), change.field, old, new)
    return found


def _replace(
    target: Target, items: Items, name: str, before: str | None, label: str | None
) -> list[str]:
    """Replaces a text by another, or by nothing; lists the images that have a third one."""
    if replace_label(target, items, name, before, label) == len(items):
        return []
    now = read_stored(target, items, name)
    # A program that died may have written some already.
    return [item for item, value in now.items() if text_of_label(value) != label]


def _write_others(
    target: Target,
    items: Items,
    name: str,
    before: Sequence[Any],
    values: Sequence[Any],
    rows: Sequence[int],
) -> list[str]:
    if not rows:
        return []
    now = read_stored(target, items.keep(list(rows)), name)
    written, changed = dict[str, Any](), list[str]()
    for row in rows:
        item, value = items.ids[row], values[row]
        text = text_of_label(now.get(item))
        if text in (None, text_of_label(before[row])):
            written[item] = value if target.root is not None else label_of(value)
        elif text != text_of_label(value):  # else written already, by a program that died
            changed.append(item)
    write_values(target, items, name, written)
    return changed


def text_of_label(value: Any) -> str | None:
    """The text of a label as a field stores it.

    Args:
        value: A label as a dict, a text, or None for nothing.

    Returns:
        The text; None for nothing, and for the empty text that is left where somebody deleted it.
    """
    return (value.get("label") if isinstance(value, dict) else value) or None


def label_of(value: Any) -> fo.Classification | None:
    """Makes a label of an image from what the log keeps of it.

    Args:
        value: A label as a dict, a text, or None for nothing.

    Returns:
        The label.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return fo.Classification(label=value)
    return fo.Classification.from_dict(dict(value))
