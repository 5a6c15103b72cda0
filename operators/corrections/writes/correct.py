"""One correction from beginning to end, with a second window in mind."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from fiftyone.core.collections import SampleCollection

from ...base.collector import paused_collector
from ...base.correction_params import CorrectionParams
from ...base.database import clear_connection_errors
from ...base.params import ParameterError
from ...base.plain import plain
from ...data.field_contents import last_modified
from ..documents.ids import texts_of
from ..documents.lock import writing
from ..documents.review import Review
from ..partition.delta import Delta, written_rows
from ..partition.history import DONE, NOTE, REDO, UNDO
from .by_hand import are_as_in_review, foretold, lack_labels, take_over
from .commit import Planned, commit, preview, repair, report_of
from .opening import open_review
from .outside import is_waiting, remember_seen
from .replacing import check_not_replaced


class StaleReviewError(ParameterError):
    """The clusters were corrected by somebody else, or found anew, since they were looked at."""


@dataclasses.dataclass(frozen=True)
class Request:
    """Who asks for what.

    Attributes:
        kind: Kind of the correction.
        values: What it is about, by name; values of NumPy count as plain ones.
        params: The run, what of it the asker has seen, and whether only to tell what would be done.
        reads: What labels it is about, if about any: gives the clusters, None for all.
    """

    kind: str
    values: Mapping[str, Any]
    params: CorrectionParams
    reads: Callable[[Review], Collection[int] | None] | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same request."""
        text = json.dumps([self.kind, plain(self.values)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def correct(
    samples: SampleCollection, request: Request, plan: Callable[[Review], Planned]
) -> dict[str, Any]:
    """Does one correction from beginning to end.

    Args:
        samples: The dataset, or any view of it.
        request: What is asked for.
        plan: Works out the change; called when nobody else can write.

    Returns:
        The report.

    Raises:
        ParameterError: It cannot be done.
        StaleReviewError: Somebody else corrected the same clusters, or the run was clustered anew.
        ConnectionError: The database was lost.
    """
    told = clear_connection_errors("correcting clusters", "look whether the correction is there")
    with told, paused_collector():
        review = open_review(samples, request.params.run_key)
        check_token(review, request.params.token)
        if request.params.dry_run:
            return _foretold(review, request, plan)
        with writing(review.tables) as lock:
            check_not_replaced(review.dataset, review.record.key)
            review = repair(review.refreshed(), lock)
            repeated = _repeated(review, request)
            if repeated is not None:
                return repeated
            if request.reads is not None:
                review = take_over(review, lock, request.reads(review))
            planned, newest = plan(review), last_modified(review.target)
            if _writes_over(review, request, planned):
                known, review = review.number, take_over(review, lock)
                planned = planned if review.number == known else plan(review)
            if request.kind not in (UNDO, REDO):
                remember_seen(review, newest)
            _check_fresh(review, request, planned.delta)
            return commit(review, lock, planned, request.fingerprint)


def _foretold(
    review: Review, request: Request, plan: Callable[[Review], Planned]
) -> dict[str, Any]:
    """Tells what would be done, and what would be taken over before."""
    planned = plan(review)
    chosen = None if request.reads is None else request.reads(review)
    if request.reads is None:
        is_first = _writes_over(review, request, planned)
    else:
        is_first = chosen is None or not are_as_in_review(review, chosen)
    notice = foretold(review)[1] if is_first else ""
    return preview(review, planned) | {"notice": notice}


def _writes_over(review: Review, request: Request, planned: Planned) -> bool:
    """Tells whether labels that somebody gave in the field would be lost."""
    # One that left a cluster does not lack there where another one joined it.
    if not lack_labels(review, planned.delta.rewritten()) and not is_waiting(review):
        return False
    if request.kind not in (UNDO, REDO):
        return True
    # These are about the last correction: none comes in between that they would leave alone.
    rows = written_rows(planned.loaded.state, planned.delta)
    return not foretold(review)[0].isdisjoint(texts_of(planned.loaded.items[rows]))


def check_token(review: Review, token: str | None) -> None:
    """Refuses what is about the clusters of an earlier clustering, whose numbers mean others now.

    Args:
        review: The review.
        token: Token of the run when the asker looked at it; None if unknown.

    Raises:
        StaleReviewError: The run was clustered again, or loaded without its corrections, since.
    """
    if token not in (None, review.token):
        raise StaleReviewError(
            "token",
            f"The run '{review.record.key}' was clustered or loaded anew since its clusters were "
            "looked at, so nothing was changed; look at them again",
        )


def _repeated(review: Review, request: Request) -> dict[str, Any] | None:
    """Finds the same request of the same moment, in effect: the second half of a double click."""
    based_on = request.params.based_on
    if based_on is None:
        return None
    if not 0 <= based_on <= review.number:
        raise ParameterError(
            "based_on",
            f"'based_on' must be the number of a correction, 0 to {review.number} "
            f"(got {based_on}); if the run was clustered or loaded anew, look at it again",
        )
    query = review.tables.query(number={"$gt": based_on}, fingerprint=request.fingerprint)
    entry = review.tables.log.find_one(query, sort=[("number", -1)])
    if entry is None:
        return None
    later = _overruling(review, entry)
    if later is not None:
        raise _stale(later)
    return report_of(review, entry) | {"repeated": True}


def _overruling(review: Review, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Finds the later entry because of which an entry does not say any more how things are."""
    query = review.tables.query(number={"$gt": entry["number"]})
    if entry["state"] == DONE:
        touched = [cluster for cluster in entry["touched"] if cluster >= 0]
        query |= {"state": DONE, "touched": {"$in": touched}}
    elif entry["state"] != NOTE:
        query["of"] = entry["number"]  # the undo that took it back
    # An undo or redo is about what comes last, so that anything after it counts.
    return review.tables.log.find_one(query, sort=[("number", -1)])


def _check_fresh(review: Review, request: Request, delta: Delta) -> None:
    based_on = request.params.based_on
    if request.kind not in (UNDO, REDO):
        check_seen(review, based_on, delta.touched())
    elif based_on not in (None, review.number):
        # These are about the last entry, whatever it touched: labels touch no cluster.
        query = review.tables.query(number={"$gt": based_on})
        entry = review.tables.log.find_one(query, sort=[("number", -1)])
        if entry is not None:
            raise _other_last(entry)


def check_seen(review: Review, based_on: int | None, clusters: Iterable[int]) -> None:
    """Refuses what is about clusters that were corrected since they were looked at.

    Args:
        review: The review, up to date.
        based_on: Number of the last correction that the asker has seen; None if unknown.
        clusters: The clusters; noise does not count.

    Raises:
        StaleReviewError: Somebody else corrected one of them.
    """
    if based_on in (None, review.number):
        return
    touched = {"$in": [cluster for cluster in clusters if cluster >= 0]}
    query = review.tables.query(number={"$gt": based_on}, touched=touched)
    entry = review.tables.log.find_one(query)
    if entry is not None:
        raise _stale(entry)


def _other_last(entry: Mapping[str, Any]) -> StaleReviewError:
    return StaleReviewError(
        "based_on",
        f"Somebody else did something in the meantime ({entry['text']}), so that the last "
        "correction is another one now; look at it again, nothing was changed",
    )


def _stale(entry: Mapping[str, Any]) -> StaleReviewError:
    return StaleReviewError(
        "based_on",
        f"Somebody else corrected the same clusters in the meantime ({entry['text']}); look at "
        "them again, nothing was changed",
    )
