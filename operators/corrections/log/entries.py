"""The append-only log: every correction with the rows that it changed."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from bson.errors import BSONError
from pymongo.errors import DuplicateKeyError

from ...base.params import ParameterError
from ..documents.ids import DTYPE, joined
from ..documents.members import CHUNK
from ..documents.tables import Tables
from ..partition.delta import Delta
from ..partition.history import Step, advance
from .changes import COLUMNS, Change

VERSION = 1


@dataclasses.dataclass(frozen=True)
class Heading:
    """What an entry says of itself.

    Attributes:
        kind: Kind of the correction; "undo" and "redo" for those.
        text: One sentence for the user.
        fingerprint: The same for the same request.
        of: The entries that an undo or redo is about.
        extra: Further plain values.
    """

    kind: str
    text: str
    fingerprint: str = ""
    of: tuple[int, ...] = ()
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])


def append_entry(
    tables: Tables,
    number: int,
    heading: Heading,
    delta: Delta,
    change: Change,
    at: datetime.datetime | None = None,
) -> None:
    """Records a correction. It counts from the moment when the entry itself is written, the last.

    Args:
        tables: The review's documents; the caller is the writer.
        number: The next number.
        heading: What the entry says of itself.
        delta: The change.
        change: The same by items.
        at: When it was made; now if left out.

    Raises:
        ParameterError: There is such an entry already.
    """
    tables.changes.delete_many(tables.query(entry=number))  # of a writer that died
    pieces = list(_packed(tables, number, change))
    if pieces:
        tables.changes.insert_many(pieces, ordered=False)
    entry = {
        "_id": f"{tables.review}:{number}",
        "review": tables.review,
        "version": VERSION,
        "number": number,
        "kind": heading.kind,
        "text": heading.text,
        "fingerprint": heading.fingerprint,
        "of": list(heading.of),
        "extra": dict(heading.extra),
        "at": at or datetime.datetime.now(datetime.timezone.utc),
        "state": None,
        "images": heading.extra.get("images", len(change.items)),
        "rows": len(change.items),
        "chunks": len(pieces),
        "touched": delta.touched(),
        "names": [list(name) for name in change.names],
        "verdicts": [[*pair, before, after] for pair, before, after in change.verdicts],
    }
    try:
        tables.log.insert_one(entry)
    except DuplicateKeyError as error:
        raise ParameterError(
            "based_on", "Somebody else made a correction at the same moment; look again"
        ) from error


def _packed(tables: Tables, number: int, change: Change) -> Iterator[dict[str, Any]]:
    for chunk, start in enumerate(range(0, len(change.items), CHUNK)):
        part = slice(start, start + CHUNK)
        document: dict[str, Any] = {
            "_id": f"{tables.review}:{number}:{chunk}",
            "review": tables.review,
            "entry": number,
            "chunk": chunk,
            "items": change.items[part].tobytes(),
        }
        if change.samples is not change.items:
            document["samples"] = change.samples[part].tobytes()
        for name, kind in COLUMNS.items():
            document[name] = change.columns[name][part].astype(kind).tobytes()
        yield document


def read_entry(tables: Tables, number: int) -> dict[str, Any] | None:
    """Reads one entry without its rows.

    Args:
        tables: The review's documents.
        number: Its number.

    Returns:
        The document; None if there is none.

    Raises:
        ParameterError: It was written by a newer version.
    """
    found = read_entries(tables, [number])
    return found[0] if found else None


def read_entries(tables: Tables, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Reads entries without their rows, in one query.

    Args:
        tables: The review's documents.
        numbers: Their numbers.

    Returns:
        The documents in the order of `numbers`; those that do not exist are absent.

    Raises:
        ParameterError: One was written by a newer version.
    """
    query = tables.query(number={"$in": list(numbers)})
    found = {entry["number"]: entry for entry in tables.log.find(query)}
    for number, entry in found.items():
        if entry.get("version") != VERSION:
            raise ParameterError(
                "run_key",
                f"Correction {number} was recorded by a newer version of the plugin (format "
                f"{entry.get('version')!r}, this one reads {VERSION}); update the plugin",
            )
    return [found[number] for number in numbers if number in found]


def read_change(tables: Tables, entry: Mapping[str, Any]) -> Change:
    """Reads the rows of an entry.

    Args:
        tables: The review's documents.
        entry: The entry.

    Returns:
        What it changed.

    Raises:
        ParameterError: The record is damaged.
    """
    return read_changes(tables, [entry])[0]


def read_changes(tables: Tables, entries: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Reads the rows of entries, in one query.

    Args:
        tables: The review's documents.
        entries: The entries.

    Returns:
        What each changed.

    Raises:
        ParameterError: A record is damaged.
    """
    pieces: dict[int, list[dict[str, Any]]] = {entry["number"]: [] for entry in entries}
    query = tables.query(entry={"$in": list(pieces)})
    for piece in tables.changes.find(query).sort([("entry", 1), ("chunk", 1)]):
        pieces[piece["entry"]].append(piece)
    return [_change_of(entry, pieces[entry["number"]]) for entry in entries]


def _change_of(entry: Mapping[str, Any], pieces: list[dict[str, Any]]) -> Change:
    number = entry["number"]
    try:
        change = _unpacked(entry, pieces)
    except (KeyError, TypeError, ValueError, BSONError) as error:
        raise damaged(number) from error
    sizes = {len(change.items), len(change.samples)} | {len(c) for c in change.columns.values()}
    if len(pieces) != entry["chunks"] or sizes != {entry["rows"]}:
        raise damaged(number)
    return change


def damaged(number: int) -> ParameterError:
    """Words that an entry cannot be read.

    Args:
        number: Its number.

    Returns:
        The error.
    """
    return ParameterError(
        "run_key",
        f"The record of correction {number} is damaged, so it cannot be repeated or undone; the "
        "clusters are as they were left, and Export corrections ('export_corrections') gives all "
        "up to there",
    )


def _unpacked(entry: Mapping[str, Any], pieces: list[dict[str, Any]]) -> Change:
    items = joined([np.frombuffer(piece["items"], DTYPE) for piece in pieces])
    samples = items
    if any("samples" in piece for piece in pieces):
        samples = joined([np.frombuffer(piece["samples"], DTYPE) for piece in pieces])
    columns = {
        name: np.concatenate([np.empty(0, kind), *(np.frombuffer(p[name], kind) for p in pieces)])
        for name, kind in COLUMNS.items()
    }
    names = tuple((int(c), before, after) for c, before, after in entry["names"])
    verdicts = tuple(((int(a), int(b)), was, now) for a, b, was, now in entry["verdicts"])
    return Change(items, samples, columns, names, verdicts)


def settle_states(tables: Tables, entry: Mapping[str, Any]) -> None:
    """Brings the states of all entries up to date with a new one.

    Args:
        tables: The review's documents.
        entry: The new entry.
    """
    step = Step(entry["number"], entry["kind"], tuple(entry["of"]))
    undone = numbers_in(tables, "undone", below=step.number)
    numbers: dict[str, list[int]] = {}
    for number, state in advance(dict.fromkeys(undone, "undone"), step).items():
        numbers.setdefault(state, []).append(number)
    for state, those in numbers.items():
        query = tables.query(number={"$in": those})
        tables.log.update_many(query, {"$set": {"state": state}})


def numbers_in(tables: Tables, state: str, below: int | None = None) -> list[int]:
    """Lists entries by state.

    Args:
        tables: The review's documents.
        state: "done" or "undone".
        below: Only numbers below this one.

    Returns:
        Their numbers, ascending.
    """
    query = tables.query(state=state)
    if below is not None:
        query["number"] = {"$lt": below}
    return [doc["number"] for doc in tables.log.find(query, {"number": 1}).sort("number", 1)]


def steps_of(entries: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Takes from entries what undo and redo need.

    Args:
        entries: Documents of the log.

    Returns:
        The steps.
    """
    return [Step(entry["number"], entry["kind"], tuple(entry["of"])) for entry in entries]
