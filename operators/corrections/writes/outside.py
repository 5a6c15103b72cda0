"""Notices, when somebody looks, what was done in the cluster field itself in the meantime."""

from __future__ import annotations

from datetime import datetime

from fiftyone.core.collections import SampleCollection

from ...data.field_contents import last_modified
from ..documents.lock import is_held
from ..documents.review import Review
from .by_hand import foretold, has_odd, has_unknown, with_labels_by_hand
from .commit import take_notice
from .opening import open_review


def notice_labels(samples: SampleCollection, run_key: str | None = None) -> str:
    """Takes over labels that were given in the field since somebody looked last.

    Only images that were modified since are asked for, by FiftyOne's index of that time. Who has a
    clock that is slow is noticed with the next correction, which looks at all that it writes over.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.

    Returns:
        What was taken over, a sentence; "" if nothing was.
    """
    review = open_review(samples, run_key)
    newest, seen = last_modified(review.target), review.head.get("seen")
    if newest == seen or is_held(review.head):
        return ""
    notice = ""
    if seen is None or has_unknown(review, seen):
        after = with_labels_by_hand(review)
        if after.number != review.number:
            notice = take_notice(review.tables)
    remember_seen(review, newest)
    return notice


def waiting_labels(review: Review) -> str:
    """Says which labels that were given in the field since will be taken over. As cheap.

    Args:
        review: The review.

    Returns:
        A sentence; "" if there are none, or nobody has looked yet.
    """
    if review.head.get("seen") is None:
        return ""
    return foretold(review)[1] if is_waiting(review) else ""


def is_waiting(review: Review) -> bool:
    """Tells whether labels were given in the field since somebody looked last. Cheap.

    Args:
        review: The review.

    Returns:
        Whether there are any. Where nobody has looked yet, the whole field is looked at.
    """
    seen = review.head.get("seen")
    if seen is None:
        return has_odd(review)
    return last_modified(review.target) != seen and has_unknown(review, seen)


def remember_seen(review: Review, newest: datetime | None) -> None:
    """Remembers that somebody has looked, so that the next look is at what comes after.

    Args:
        review: The review.
        newest: Time of the newest change before the look.
    """
    if newest != review.head.get("seen"):
        seen = {"$set": {"seen": newest}}
        review.tables.reviews.update_one({"_id": review.tables.review}, seen)
