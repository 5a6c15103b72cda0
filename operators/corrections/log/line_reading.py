"""Reads the corrections of a log, and refuses what no export writes.

A file can be cut off, edited by hand or made up. What is recorded is carried out and can never be
taken out of the log again, so each value is checked before anything is recorded.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import bson
import numpy as np
from bson import json_util
from bson.errors import BSONError

from ...base.params import ParameterError
from ..documents.ids import Ids, ids_of
from ..partition.actions import MarkNoise, Merge, Move, Place, Restore, Split
from ..partition.history import DONE, REDO, UNDO, UNDONE, Step, advance
from ..partition.leave_out import LeaveOut
from ..partition.state import DIFFERENT, LATER, OUTSIDE
from ..partition.statements import Confirm, Judge, Rename
from .changes import COLUMNS, Change
from .label_reading import labels_of
from .labels import KIND as LABELS
from .labels import LabelChange
from .refusing import RefusedError, check_name, check_size, entry, is_whole, list_in

_ACTIONS = (Confirm, Judge, LeaveOut, MarkNoise, Merge, Move, Place, Rename, Restore, Split)
KINDS = frozenset({action.kind for action in _ACTIONS} | {LABELS, UNDO, REDO, "adopt"})
"""All kinds of entries."""
MOST_TEXT = 2_000
"""Characters of the sentence of an entry; the plugin writes some hundred."""
MOST_CLUSTERS = 2**30
"""Numbers of clusters are below; it leaves room for new ones in a 32-bit column."""

_NAMES, _VERDICTS = ("a cluster and two names", 3), ("two clusters and two answers", 4)
_RANGES = {"before": (OUTSIDE, MOST_CLUSTERS - 1), "after": (OUTSIDE, MOST_CLUSTERS - 1)}
_ANY = (-(2**31), 2**31 - 1)
_BROKEN = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)


class Read(NamedTuple):
    """One correction of a log."""

    line: dict[str, Any]
    """What the entry says."""
    change: Change
    """What it changed."""
    labels: LabelChange | None
    """The labels that it wrote, if any."""


def read_lines(lines: Sequence[str], is_patches: bool) -> list[Read]:
    """Reads all corrections of a log.

    Args:
        lines: Its lines after the header.
        is_patches: Whether it is about patches.

    Returns:
        The corrections in order.

    Raises:
        ParameterError: A line is damaged; the message names it.
    """
    found: list[Read] = []
    states: dict[int, str] = {}
    undone: dict[int, str] = {}
    for place, text in enumerate(lines, start=1):
        if text.strip():
            read = _read_line(text, place, is_patches, states)
            found.append(read)
            step = Step(place, read.line["kind"], tuple(read.line["of"]))
            changed = advance(undone, step)
            states |= changed
            undone = {n: state for n, state in (undone | changed).items() if state == UNDONE}
    return found


def _read_line(text: str, place: int, is_patches: bool, states: Mapping[int, str]) -> Read:
    try:
        line = _parsed(text)
        _check_entry(line, place)
        _check_of(line, states)
        change = _change_of(line, is_patches)
        check_size({name: line[name] for name in ("of", "extra", "names", "verdicts")})
        return Read(line, change, labels_of(line, is_patches))
    except RefusedError as refused:
        problem = str(refused)
    except (*_BROKEN, BSONError):
        problem = "it has values that no export writes"
    raise ParameterError(
        "path",
        f"Line {place + 1} of the log is damaged: {problem}; export it again, nothing was imported",
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        line = json_util.loads(text)
    except (*_BROKEN, BSONError) as error:
        raise RefusedError("it is not whole") from error
    if not isinstance(line, dict):
        raise RefusedError("it is no correction")
    return line


def _check_entry(line: Mapping[str, Any], place: int) -> None:
    number, kind, text = (entry(line, name) for name in ("number", "kind", "text"))
    if not is_whole(number, place, place):
        raise RefusedError(f"correction {place} was expected (got {number!r:.40})")
    if kind not in KINDS:
        raise RefusedError(f"there is no correction of the kind {kind!r:.40}")
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise RefusedError(f"'text' must be a text of at most {MOST_TEXT:,} characters")
    _check_time(entry(line, "at"))
    _check_extra(entry(line, "extra"))
    check_size({"text": text})


def _check_time(at: object) -> None:
    try:
        time = datetime.datetime.fromisoformat(str(at))
        bson.encode({"at": time})
    except (ValueError, OverflowError) as error:
        raise RefusedError(f"'at' is no time (got {at!r:.40})") from error
    if time.tzinfo is None:
        raise RefusedError(f"'at' lacks its time zone (got {at!r:.40})")


def _check_extra(extra: object) -> None:
    if not isinstance(extra, dict):
        raise RefusedError(f"'extra' must hold values by name (got {extra!r:.40})")
    for name, value in extra.items():
        if not name.isidentifier() or not isinstance(value, str | int | float | None):
            raise RefusedError(f"'extra' has a value that no export writes ({name!r:.40})")
        if name in ("next_id", "images") and not is_whole(value, 0, 2**53):
            raise RefusedError(f"'{name}' in 'extra' must be a whole number (got {value!r:.40})")


def _check_of(line: Mapping[str, Any], states: Mapping[int, str]) -> None:
    kind, of = line["kind"], list_in(line, "of")
    if kind not in (UNDO, REDO):
        if of:
            raise RefusedError(f"'of' is about undo and redo, not '{kind}'")
        return
    wanted = DONE if kind == UNDO else UNDONE
    unfit = [n for n in of if not is_whole(n, 1, line["number"]) or states.get(n) != wanted]
    if unfit or not of or len(set(of)) < len(of):
        what = f"correction {unfit[0]!r:.40}" if unfit else "nothing, or one correction twice"
        raise RefusedError(f"'of' names {what}, which is not there to {kind}")


def _change_of(line: Mapping[str, Any], is_patches: bool) -> Change:
    items = _ids(line, "items")
    if len(np.unique(items)) < len(items):
        raise RefusedError("'items' names one item twice")
    if is_patches != ("samples" in line):
        raise RefusedError(
            "it has 'samples' although images were clustered, or lacks them for patches"
        )
    samples = _ids(line, "samples") if is_patches else items
    columns = {name: _column(line, name, kind, len(items)) for name, kind in COLUMNS.items()}
    if len(samples) != len(items):
        raise RefusedError(f"'samples' has {len(samples):,} values for {len(items):,} items")
    return Change(items, samples, columns, _names_of(line), _verdicts_of(line))


def _ids(line: Mapping[str, Any], name: str) -> Ids:
    try:
        return ids_of(list_in(line, name))
    except ParameterError as error:
        raise RefusedError(f"'{name}' must hold ids of images or patches") from error


def _column(line: Mapping[str, Any], name: str, kind: str, length: int) -> np.ndarray:
    values = list_in(line, name)
    if len(values) != length:
        raise RefusedError(f"'{name}' has {len(values):,} values for {length:,} items")
    found = set(map(type, values))
    if kind == "?":
        is_right = found <= {bool}
    elif kind == "<f4":
        is_right = found <= {int, float} and all(abs(value) < 1e6 for value in values)
    else:
        low, high = _RANGES.get(name, _ANY)
        is_right = found <= {int} and (not values or low <= min(values) <= max(values) <= high)
    if not is_right:
        raise RefusedError(f"'{name}' has a value that it cannot have")
    return np.array(values, kind)


def _rows(line: Mapping[str, Any], name: str, about: tuple[str, int]) -> list[list[Any]]:
    what, length = about
    rows = list_in(line, name)
    if not all(isinstance(row, list) and len(row) == length for row in rows):
        raise RefusedError(f"each of '{name}' must be {what}")
    return rows


def _names_of(line: Mapping[str, Any]) -> tuple[tuple[int, str | None, str | None], ...]:
    rows = _rows(line, "names", _NAMES)
    for cluster, before, after in rows:
        if not is_whole(cluster, 0, MOST_CLUSTERS - 1):
            raise RefusedError(f"'names' has no number of a cluster (got {cluster!r:.40})")
        for name in (before, after):
            check_name(name)
    return tuple((cluster, before, after) for cluster, before, after in rows)


def _verdicts_of(
    line: Mapping[str, Any],
) -> tuple[tuple[tuple[int, int], str | None, str | None], ...]:
    rows = _rows(line, "verdicts", _VERDICTS)
    for first, second, *answers in rows:
        are_numbers = all(is_whole(n, 0, MOST_CLUSTERS - 1) for n in (first, second))
        if not are_numbers or first >= second:
            raise RefusedError(f"no pair of clusters can be ({first!r:.20}, {second!r:.20})")
        unknown = [one for one in answers if one not in (None, DIFFERENT, LATER)]
        if unknown:
            raise RefusedError(f"{unknown[0]!r:.40} is no answer about two clusters")
    return tuple(((first, second), was, now) for first, second, was, now in rows)
