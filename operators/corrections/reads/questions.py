"""Which two clusters to ask about next."""

from __future__ import annotations

from typing import Any, NamedTuple

from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ..documents.cards import open_pairs
from ..documents.review import Review
from ..partition.history import DONE
from ..partition.state import LATER, Pair
from ..partition.statements import Judge
from ..writes.opening import open_review
from ..writes.sweeping import read_present
from .clusters import CURE
from .rows import page, read_rows

COUNTED = 1_000
"""Open questions that are counted; nobody asks how many more there are."""


def suggest_pairs(
    samples: SampleCollection,
    run_key: str | None = None,
    offset: int = 0,
    limit: int = 1,
    include_later: bool = False,
) -> dict[str, Any]:
    """Reads pairs of clusters that may be one, those whose answers settle most images first.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        offset: Pairs to pass over.
        limit: Pairs to give, 200 at most.
        include_later: Whether to give those that were put off as well: after all others, the one
            that was put off last at the very end.

    Returns:
        `run_key`, `token`, `seq`, `total` (1,000 at most), and `pairs` with `first`, `second`,
        `strength` and `settles`.
    """
    with clear_connection_errors("reading suggestions", CURE):
        review = open_review(samples, run_key)
        start, length = page(offset, limit)

        def read() -> _Asked:
            pairs, total = _asked(review, start, length, include_later)
            return _Asked(pairs, total, _ends(review, pairs))

        pairs, total, rows = read_present(review, read, _sizes)
    return {
        **review.stamp,
        "total": total,
        "pairs": [
            {
                "first": rows[pair["first"]],
                "second": rows[pair["second"]],
                "strength": round(pair["strength"], 4),
                "settles": pair["settles"],
            }
            for pair in pairs
            if pair["first"] in rows and pair["second"] in rows
        ],
    }


class _Asked(NamedTuple):
    """Some pairs, the number of all, and the clusters of those pairs by number."""

    pairs: list[dict[str, Any]]
    total: int
    rows: dict[int, dict[str, Any]]


def _sizes(asked: _Asked) -> dict[int, int]:
    return {cluster: row["size"] for cluster, row in asked.rows.items()}


def _asked(
    review: Review, start: int, length: int, include_later: bool
) -> tuple[list[dict[str, Any]], int]:
    """Reads some of the pairs in the order in which they are asked, and counts all."""
    tables, query = review.tables, review.tables.query(**open_pairs())
    pairs = list(tables.pairs.find(query).sort("gain", -1).skip(start).limit(length))
    total = tables.pairs.count_documents(query, limit=COUNTED)
    if include_later:
        later = _put_off(review)
        if len(pairs) < length:
            before = start + len(pairs) if pairs else tables.pairs.count_documents(query)
            pairs += later[max(0, start - before) :][: length - len(pairs)]
        total = min(total + len(later), COUNTED)
    return pairs, total


def _ends(review: Review, pairs: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return read_rows(review, [pair[end] for pair in pairs for end in ("first", "second")])


def _put_off(review: Review) -> list[dict[str, Any]]:
    """Reads the pairs that were put off, in the order in which they are asked again."""
    query = review.tables.query(**open_pairs(LATER))
    when = _last_put_off(review)
    # Put off before one of the two was merged: the answer was about other clusters.
    found = review.tables.pairs.find(query).sort("gain", -1)
    return sorted(found, key=lambda pair: when.get((pair["first"], pair["second"]), 0))


def _last_put_off(review: Review) -> dict[Pair, int]:
    """Finds the latest correction that put each pair off."""
    query = review.tables.query(state=DONE, kind=Judge.kind)
    entries = review.tables.log.find(query, {"number": 1, "verdicts": 1}).sort("number", 1)
    return {
        (first, second): entry["number"]
        for entry in entries
        for first, second, _, after in entry["verdicts"]
        if after == LATER
    }
