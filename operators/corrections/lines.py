"""The log as JSON lines: a header, then one correction per line."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from bson import json_util

from ..params import ParameterError
from .changes import COLUMNS, Change
from .ids import ids_of, texts_of
from .labels import LabelChange, read_labels
from .log import read_change, read_entry
from .review import Review

FORMAT = "autolabel/gcn corrections"
VERSION = 1


def header(review: Review) -> dict[str, Any]:
    """Says which run a log belongs to.

    Args:
        review: The review.

    Returns:
        The first line, in plain values.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "run_key": review.record.key,
        "cluster_field": review.field,
        "patches_field": review.record.patches_field,
        "base": review.head["base"],
    }


def log_lines(review: Review) -> Iterator[str]:
    """Words a log, line by line.

    Args:
        review: The review.

    Yields:
        The header, then each correction.

    Raises:
        ParameterError: A record is damaged; what came before it was given.
    """
    yield json.dumps(header(review))
    for number in range(1, review.number + 1):
        entry = read_entry(review.tables, number)
        if entry is None:
            raise ParameterError("run_key", f"The record of correction {number} is missing")
        yield json_util.dumps(_line(review, entry), json_options=json_util.RELAXED_JSON_OPTIONS)


def _line(review: Review, entry: Mapping[str, Any]) -> dict[str, Any]:
    change = read_change(review.tables, entry)
    line: dict[str, Any] = {
        "number": entry["number"],
        "kind": entry["kind"],
        "text": entry["text"],
        "at": entry["at"].replace(tzinfo=datetime.timezone.utc).isoformat(),
        "of": list(entry["of"]),
        "extra": dict(entry["extra"]),
        "names": entry["names"],
        "verdicts": entry["verdicts"],
        "items": texts_of(change.items),
    }
    if review.head["is_patches"]:
        line["samples"] = texts_of(change.samples)
    for name in COLUMNS:
        line[name] = change.columns[name].tolist()
    labels = [dict(part._asdict()) for part in read_labels(review.tables, entry["number"])]
    return line | ({"labels": labels} if labels else {})


def read_header(text: str) -> dict[str, Any]:
    """Reads the first line of a log.

    Args:
        text: The line.

    Returns:
        The header.

    Raises:
        ParameterError: It is no log, or one of a newer version.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ParameterError(
            "path", "This is no log of corrections; choose a file that 'export_corrections' wrote"
        )
    if found.get("version") != VERSION:
        raise ParameterError(
            "path",
            f"The log was written by a newer version of the plugin (format "
            f"{found.get('version')!r}, this one reads {VERSION}); update the plugin",
        )
    return found


def read_line(text: str, place: int) -> tuple[dict[str, Any], Change, LabelChange | None]:
    """Reads one correction.

    Args:
        text: The line.
        place: Which correction is expected, from 1.

    Returns:
        What the entry says, the change, and the labels it wrote, if any.

    Raises:
        ParameterError: The line is damaged.
    """
    try:
        line = json_util.loads(text)
        found = (line, _change_of(line), _labels_of(line.get("labels") or []))
        datetime.datetime.fromisoformat(line["at"])
        if line["number"] != place or not isinstance(line["text"], str):
            raise ValueError("another correction was expected")
        if not all(isinstance(one, int) for one in line["of"]):
            raise TypeError("'of' must hold numbers")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ParameterError(
            "path", f"Line {place + 1} of the log is damaged; nothing was imported"
        ) from error
    return found


def _change_of(line: Mapping[str, Any]) -> Change:
    items = ids_of(line["items"])
    samples = ids_of(line["samples"]) if "samples" in line else items
    columns = {name: np.array(line[name], kind) for name, kind in COLUMNS.items()}
    if {len(samples), *map(len, columns.values())} != {len(items)}:
        raise ValueError("columns of different lengths")
    names = tuple((int(c), before, after) for c, before, after in line["names"])
    verdicts = tuple(((int(a), int(b)), was, now) for a, b, was, now in line["verdicts"])
    return Change(items, samples, columns, names, verdicts)


def _labels_of(parts: list[dict[str, Any]]) -> LabelChange | None:
    if not parts:
        return None
    joined = LabelChange(parts[0]["field"], [], [], [], [])
    for part in parts:
        for name in ("items", "samples", "old", "new"):
            getattr(joined, name).extend(part[name])
    return joined
