"""The log as a person reads it."""

from __future__ import annotations

from typing import Any

from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ...base.times import as_utc
from ..documents.review import Review
from ..partition.history import DONE, UNDONE
from ..writes.opening import open_review
from .clusters import CURE
from .rows import page


def read_history(
    samples: SampleCollection,
    run_key: str | None = None,
    offset: int = 0,
    limit: int = 50,
) -> dict[str, Any]:
    """Reads one page of what was done.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        offset: Entries to pass over.
        limit: Entries to give, 200 at most.

    Returns:
        `run_key`, `token`, `seq`, `can_undo`, `can_redo` with their texts, `notice` (what could
        not be carried out; "" for none), `total`, and `entries`, newest first: corrections that
        hold ("done") or can be redone ("undone").
    """
    with clear_connection_errors("reading the history", CURE):
        review = open_review(samples, run_key)
        undo, redo = _next(review, DONE, -1), _next(review, UNDONE, 1)
        query = review.tables.query(state={"$in": [DONE, UNDONE]})
        start, length = page(offset, limit)
        found = review.tables.log.find(query).sort("number", -1).skip(start).limit(length)
        return {
            **review.stamp,
            "can_undo": undo is not None,
            "can_redo": redo is not None,
            "undo_text": undo,
            "redo_text": redo,
            "notice": review.head.get("notice") or "",
            "total": review.tables.log.count_documents(query),
            "entries": [
                {
                    "number": entry["number"],
                    "kind": entry["kind"],
                    "text": entry["text"],
                    "images": entry["images"],
                    "at": as_utc(entry["at"]).isoformat(timespec="seconds"),
                    "state": entry["state"],
                }
                for entry in found
            ],
        }


def _next(review: Review, state: str, direction: int) -> str | None:
    query = review.tables.query(state=state)
    entry = review.tables.log.find_one(query, {"text": 1}, sort=[("number", direction)])
    return None if entry is None else str(entry["text"])
