"""Which two clusters to ask about next."""

from __future__ import annotations

from typing import Any

from fiftyone.core.collections import SampleCollection

from ...database import clear_connection_errors
from ..cards import open_pairs
from ..opening import open_review
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
        include_later: Whether to give those that were put off.

    Returns:
        `run_key`, `seq`, `total` (1,000 at most), and `pairs` with `first`, `second`,
        `strength` and `settles`.
    """
    with clear_connection_errors("reading suggestions", CURE):
        review = open_review(samples, run_key)
        query = review.tables.query(**open_pairs(include_later))
        start, length = page(offset, limit)
        pairs = list(review.tables.pairs.find(query).sort("gain", -1).skip(start).limit(length))
        total = review.tables.pairs.count_documents(query, limit=COUNTED)
        rows = read_rows(review, [pair[end] for pair in pairs for end in ("first", "second")])
    return {
        "run_key": review.record.key,
        "seq": review.number,
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
