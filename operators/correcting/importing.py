"""Takes in the log of corrections of a file."""

import dataclasses
import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..base.correction_params import ImportCorrectionsParams
from ..base.database import clear_connection_errors
from ..base.params import ParameterError, parse
from ..base.times import as_utc
from ..base.wording import count_text
from ..corrections.documents.base import read_base
from ..corrections.documents.ids import Ids, texts_of
from ..corrections.documents.lock import writing
from ..corrections.documents.members import Loaded
from ..corrections.documents.review import Review
from ..corrections.log.changes import Change, delta_of
from ..corrections.log.entries import Heading, append_entry
from ..corrections.log.label_check import add_label_field, label_fields
from ..corrections.log.labels import LabelChange, record_labels
from ..corrections.log.line_reading import read_lines
from ..corrections.log.lines import check_count, read_header
from ..corrections.partition.delta import Delta, apply_delta, written_rows
from ..corrections.writes.build import replay
from ..corrections.writes.by_hand import foretold
from ..corrections.writes.commit import repair, take_notice
from ..corrections.writes.opening import open_review
from ..corrections.writes.replacing import check_not_replaced
from .labeling import check_label_field
from .log_file import read_log


def import_corrections(
    samples: SampleCollection,
    path: str | None = None,
    lines: str | None = None,
    run_key: str | None = None,
) -> dict[str, Any]:
    """Takes in a log that `export_corrections` wrote of the same run, or of a copy of it.

    The run must have found the same clusters, and what was corrected since must be the beginning
    of the log; the rest of the log is carried out. Nothing is written unless all of it fits.

    Args:
        samples: The dataset, or any view of it.
        path: The file.
        lines: The text instead of a file.
        run_key: The clustering run; may be left out if there is only one.

    Returns:
        `run_key`, `seq`, `text`, `entries` (how many corrections were carried out), and `notice`
        (what could not be carried out; "" for none).

    Raises:
        ParameterError: The log cannot be read, or does not fit; nothing was changed.
        ConnectionError: The database was lost.
    """
    values = {"path": path, "lines": lines, "run_key": run_key}
    params = parse(ImportCorrectionsParams, values)
    text = _text(params)
    with clear_connection_errors("importing corrections", "import them again"):
        review = open_review(samples, params.run_key)
        with writing(review.tables) as lock:
            check_not_replaced(review.dataset, review.record.key)
            review = repair(review.refreshed(), lock)
            steps = _checked(review, text)
            _add_label_fields(review, steps)
            for step in steps:
                lock.keep()
                _append(review, step)
            review = repair(review, lock)
            notice = take_notice(review.tables)
    done = f"Imported {count_text(len(steps), 'corrections')}"
    if not steps:
        done += ": the run has all that the log holds"
    return {
        "run_key": review.record.key,
        "seq": review.number,
        "text": done,
        "entries": len(steps),
        "notice": notice,
    }


def foretell_import(
    samples: SampleCollection,
    path: str | None = None,
    lines: str | None = None,
    run_key: str | None = None,
) -> int:
    """Tells what an import would carry out, for the form.

    Args:
        samples: The dataset, or any view of it.
        path: The file.
        lines: The text instead of a file.
        run_key: The clustering run; may be left out if there is only one.

    Returns:
        How many corrections the run does not have yet.

    Raises:
        ParameterError: The log cannot be read, or does not fit.
        ConnectionError: The database was lost.
    """
    values = {"path": path, "lines": lines, "run_key": run_key}
    params = parse(ImportCorrectionsParams, values)
    text = _text(params)
    with clear_connection_errors("reading the corrections", "import them again"):
        return len(_checked(open_review(samples, params.run_key), text))


def _text(params: ImportCorrectionsParams) -> str:
    if (params.path is None) == (params.lines is None):
        raise ParameterError(
            "path", "Give either the file of a log ('path') or its lines ('lines')"
        )
    return read_log(str(params.path)) if params.lines is None else params.lines


@dataclasses.dataclass(frozen=True, eq=False)
class _Step:
    """One correction of a log, checked against the state before it."""

    line: dict[str, Any]
    change: Change
    delta: Delta
    written: Ids
    labels: LabelChange | None


def _checked(review: Review, text: str) -> list[_Step]:
    """Reads what is to be carried out, and refuses what cannot be."""
    steps = list(_fitting(review, text))
    _check_by_hand(review, steps)
    _check_labels(review, steps)
    return steps


def _fitting(review: Review, text: str) -> Iterable[_Step]:
    """Reads the corrections that the run does not have yet, in order."""
    head, *rest = text.splitlines() or [""]
    found = read_header(head)
    if found.get("base") != review.head["base"]:
        raise ParameterError(
            "path",
            f"The log belongs to another clustering than the run '{review.record.key}' found; "
            "choose the run that it was exported from",
        )
    read = read_lines(rest, review.head["is_patches"])
    check_count(found, len(read))
    _check_beginning(review, [line for line, _, _ in read])
    loaded = replay(review.tables, read_base(review.dataset, review.record)[0])
    for line, change, labels in read[review.number :]:
        loaded, delta = delta_of(loaded, change)
        _check_fit(loaded, delta, int(line["number"]))
        state = apply_delta(loaded.state, delta)
        written = loaded.items[written_rows(state, delta)]
        yield _Step(line, change, delta, written, labels)
        loaded = dataclasses.replace(loaded, state=state)


def _check_beginning(review: Review, lines: list[dict[str, Any]]) -> None:
    entries = review.tables.log.find(review.tables.query()).sort("number", 1)
    for place, entry in enumerate(entries):
        at = as_utc(entry["at"])
        line = (
            lines[place] if place < len(lines) else {"kind": "", "at": "1970-01-01T00:00:00+00:00"}
        )
        is_same = line["kind"] == entry["kind"]
        if not is_same or abs(datetime.datetime.fromisoformat(line["at"]) - at).total_seconds() > 1:
            raise ParameterError(
                "run_key",
                f"The run '{review.record.key}' has corrections that the log lacks, from number "
                f"{entry['number']} on, '{entry['text']}'; load the run without its corrections "
                "first (Load clustering run), which deletes them, or export them",
            )


def _check_fit(loaded: Loaded, delta: Delta, number: int) -> None:
    state = loaded.state
    is_same = np.array_equal(state.clusters[delta.rows], delta.before)
    if not is_same or any(state.names.get(c) != before for c, before, _ in delta.names):
        raise ParameterError(
            "path",
            f"Correction {number} of the log does not fit to this run: line {number + 1} is about "
            "other clusters than there are; choose a log of this run, nothing was imported",
        )


def _check_by_hand(review: Review, steps: Iterable[_Step]) -> None:
    """Refuses to write over labels that were given in the field itself and are in no log yet."""
    by_hand, _ = foretold(review)
    written = {item for step in steps for item in texts_of(step.written)}
    if lost := by_hand & written:
        number = count_text(len(lost), review.target.noun)
        raise ParameterError(
            "path",
            f"The log would write over the labels that {number} got outside of the review, and "
            "nothing was imported; clear these labels, or import the log before giving them",
        )


def _check_labels(review: Review, steps: Iterable[_Step]) -> None:
    """Refuses labels that cannot be written."""
    for step in steps:
        for name in _label_fields(review, step):
            try:
                check_label_field(review, name)
            except ParameterError as error:
                number, problem = int(step.line["number"]), str(error).partition(";")[0]
                raise ParameterError(
                    "path",
                    f"Line {number + 1} of the log is about labels that cannot be written: "
                    f"{problem}; put the field right first, nothing was imported",
                ) from error


def _add_label_fields(review: Review, steps: Iterable[_Step]) -> None:
    """Makes the fields that lack, as `apply_labels` does."""
    for step in steps:
        if step.labels is not None:
            add_label_field(review.target, step.labels.field)


def _label_fields(review: Review, step: _Step) -> list[str]:
    if step.labels is not None:
        return [step.labels.field]
    return label_fields(review.tables, step.line["of"])


def _append(review: Review, step: _Step) -> None:
    line = step.line
    record_labels(review.tables, int(line["number"]), step.labels)
    heading = Heading(
        str(line["kind"]), line["text"], of=tuple(line["of"]), extra=dict(line["extra"])
    )
    at = datetime.datetime.fromisoformat(line["at"])
    append_entry(review.tables, int(line["number"]), heading, step.delta, step.change, at)
