"""Takes corrections back, and brings them again."""

from collections.abc import Sequence
from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.correction_params import UndoCorrectionParams
from ..base.params import ParameterError, parse
from ..base.wording import count_text
from ..corrections.documents.review import Review
from ..corrections.log.changes import delta_of
from ..corrections.log.entries import Heading, numbers_in, read_changes, read_entries
from ..corrections.log.label_check import check_steps
from ..corrections.partition.delta import Delta, compose, invert
from ..corrections.partition.history import DONE, REDO, UNDO, UNDONE, to_redo, to_undo
from ..corrections.writes.commit import Planned, clusters_in
from ..corrections.writes.correct import Request, correct

# In which state entries can be taken back or brought again, and which of them are.
_CHOICES = {UNDO: (DONE, to_undo), REDO: (UNDONE, to_redo)}


def undo_correction(
    samples: SampleCollection,
    to: int | None = None,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Takes the last correction back, or all after a point.

    Args:
        samples: The dataset, or any view of it.
        to: Number of a correction; all later ones go, 0 for all. None for the last one alone.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done.
        token: That of the run when its clusters were seen; guards against another clustering.

    Returns:
        The report; see `merge_clusters`.

    Raises:
        ParameterError: There is nothing to undo, its record is damaged, or its labels cannot be
            written.
        ConnectionError: The database was lost.
    """
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    return _go(samples, UNDO, to=to, **others)


def redo_correction(
    samples: SampleCollection,
    to: int | None = None,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Brings back what was undone last, or all up to a point, until something else is corrected.

    Args:
        samples: The dataset, or any view of it.
        to: Number of a correction that was undone; it and all before it return. None for one.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done.
        token: That of the run when its clusters were seen; guards against another clustering.

    Returns:
        The report; see `merge_clusters`.

    Raises:
        ParameterError: There is nothing to redo, its record is damaged, or its labels cannot be
            written.
        ConnectionError: The database was lost.
    """
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    return _go(samples, REDO, to=to, **others)


def _go(samples: SampleCollection, kind: str, **values: Any) -> dict[str, Any]:
    params = parse(UndoCorrectionParams, values)
    state, choose = _CHOICES[kind]

    def plan(review: Review) -> Planned:
        numbers = choose(numbers_in(review.tables, state), params.to)
        if not numbers:
            raise ParameterError("to", f"There is nothing to {kind}")
        return plan_steps(review, kind, read_entries(review.tables, numbers))

    return correct(samples, Request(kind, {"to": params.to}, params), plan)


def plan_steps(review: Review, kind: str, entries: Sequence[dict[str, Any]]) -> Planned:
    """Works out an undo or redo.

    Args:
        review: The review.
        kind: "undo" or "redo".
        entries: What to undo, newest first, or to redo, oldest first.

    Returns:
        The correction.

    Raises:
        ParameterError: A record is damaged, or labels cannot be written.
    """
    check_steps(review.tables, review.target, kind, entries)
    changes = read_changes(review.tables, entries)
    loaded = review.load({cluster for change in changes for cluster in clusters_in(change)})
    deltas: list[Delta] = []
    for change in changes:
        loaded, delta = delta_of(loaded, change)
        deltas.append(invert(delta) if kind == UNDO else delta)
    verb = "Undid" if kind == UNDO else "Redid"
    what = entries[0]["text"] if len(entries) == 1 else count_text(len(entries), "corrections")
    of = tuple(entry["number"] for entry in entries)
    return Planned(loaded, compose(deltas), Heading(kind, f"{verb}: {what}", of=of))
