"""The log as JSON lines: a header, then one correction per line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bson import json_util

from ...base.params import ParameterError
from ...base.times import as_utc
from ..documents.ids import texts_of
from ..documents.review import Review
from .changes import COLUMNS
from .entries import read_change, read_entry
from .labels import read_labels

FORMAT = "autolabel/gcn corrections"
VERSION = 1


def header(review: Review, entries: int) -> str:
    """Says which run a log belongs to, and how long it is.

    Args:
        review: The review.
        entries: How many corrections follow.

    Returns:
        The first line.
    """
    found = {
        "format": FORMAT,
        "version": VERSION,
        "run_key": review.record.key,
        "cluster_field": review.field,
        "patches_field": review.record.patches_field,
        "base": review.head["base"],
        "entries": entries,
    }
    return json.dumps(found)


def log_lines(review: Review) -> Iterator[str]:
    """Words the corrections of a log, line by line.

    Args:
        review: The review.

    Yields:
        Each correction.

    Raises:
        ParameterError: A record is damaged; what came before it was given.
    """
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
        "at": as_utc(entry["at"]).isoformat(),
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


def is_header(text: str) -> bool:
    """Tells whether a line is the first of a log, of this version or another.

    Args:
        text: The line.
    """
    return _as_header(text) is not None


def _as_header(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def read_header(text: str) -> dict[str, Any]:
    """Reads the first line of a log.

    Args:
        text: The line.

    Returns:
        The header.

    Raises:
        ParameterError: It is no log, or one of a newer version.
    """
    found = _as_header(text)
    if found is None:
        raise ParameterError(
            "path",
            "This is no log of corrections; choose a file that Export corrections "
            "('export_corrections') wrote",
        )
    if found.get("version") != VERSION:
        raise ParameterError(
            "path",
            f"The log was written by a newer version of the plugin (format "
            f"{found.get('version')!r}, this one reads {VERSION}); update the plugin",
        )
    return found


def check_count(head: Mapping[str, Any], found: int) -> None:
    """Refuses a log that was cut off between two lines.

    Args:
        head: Its header; those of earlier versions do not count.
        found: How many corrections there are.

    Raises:
        ParameterError: The header counts others.
    """
    if "entries" in head and (type(head["entries"]) is not int or head["entries"] != found):
        raise ParameterError(
            "path",
            f"The log is not whole: its first line counts {head['entries']!r:.40} corrections, "
            f"{found} follow; export it again, nothing was imported",
        )
