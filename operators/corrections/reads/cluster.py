"""One cluster: its images, its parts, its nearest others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ...base.params import ParameterError
from ..documents.ids import texts_of
from ..documents.members import Loaded
from ..documents.review import Review
from ..partition.state import NOISE, Int64
from ..partition.summaries import groups_by_part
from ..writes.opening import open_review
from ..writes.sweeping import load_present
from .clusters import CURE
from .rows import page, read_rows

NEIGHBORS = 16
PARTS_SHOWN = 12


def read_cluster(
    samples: SampleCollection,
    cluster: str,
    run_key: str | None = None,
    offset: int = 0,
    limit: int = 50,
) -> dict[str, Any]:
    """Reads a cluster's own page.

    Args:
        samples: The dataset, or any view of it.
        cluster: Its id or name; "noise" has a page, too.
        run_key: The run; None for the only one.
        offset: Images to pass over.
        limit: Images to give, 200 at most.

    Returns:
        What `list_clusters` says of it, and `run_key`, `token`, `seq`, `items` (weakest first), the
        sizes of its parts and images of each, and `neighbors` with their connection strength.

    Raises:
        ParameterError: There is no such cluster.
    """
    with clear_connection_errors("reading a cluster", CURE):
        review = open_review(samples, run_key)
        number = review.resolve(cluster)
        loaded = load_present(review, number)
        row = read_rows(review, [number]).get(number)
        if row is None:
            gone = "It is gone, with the last of its images"
            raise ParameterError("cluster", "There is no noise" if number == NOISE else gone)
        start, length = page(offset, limit)
        parts = groups_by_part(loaded.state, number)
        rank = np.zeros(len(loaded.items), np.int64)
        for place, rows in enumerate(parts):
            rank[rows] = place
        shown = _weakest_first(loaded, number)[start : start + length]
        return {
            **row,
            **review.stamp,
            "items": _item_rows(loaded, shown, rank),
            "part_sizes": [len(rows) for rows in parts],
            "part_exemplars": [_surest(loaded, rows) for rows in parts[:PARTS_SHOWN]],
            "neighbors": _neighbors(review, number) if number >= 0 else [],
        }


def _weakest_first(loaded: Loaded, cluster: int) -> Int64:
    rows = loaded.state.members(cluster)
    return rows[np.argsort(loaded.state.confidence[rows], kind="stable")]


def _item_rows(loaded: Loaded, rows: Int64, rank: Int64) -> list[dict[str, Any]]:
    state = loaded.state
    items, samples = texts_of(loaded.items[rows]), texts_of(loaded.samples[rows])
    return [
        {
            "item": item,
            "sample": sample,
            "confidence": round(float(state.confidence[row]), 6),
            "confirmed": bool(state.confirmed[row]),
            "part": int(rank[row]),
        }
        for item, sample, row in zip(items, samples, rows.tolist(), strict=True)
    ]


def _surest(loaded: Loaded, rows: Int64) -> list[dict[str, str]]:
    best = rows[np.argsort(-loaded.state.confidence[rows], kind="stable")][:3]
    pairs = zip(texts_of(loaded.items[best]), texts_of(loaded.samples[best]), strict=True)
    return [{"item": item, "sample": sample} for item, sample in pairs]


def _neighbors(review: Review, number: int) -> list[dict[str, Any]]:
    query = review.tables.query(**{"$or": [{"first": number}, {"second": number}]})
    # What is said already comes last: None is before any text.
    order = [("verdict", 1), ("strength", -1)]
    pairs = list(review.tables.pairs.find(query).sort(order).limit(NEIGHBORS))
    others = [pair["first"] + pair["second"] - number for pair in pairs]
    rows = read_rows(review, others)
    return [
        rows[other] | {"strength": round(pair["strength"], 4), "verdict": pair["verdict"]}
        for other, pair in zip(others, pairs, strict=True)
        if other in rows
    ]


def item_ids(
    samples: SampleCollection, cluster: str, run_key: str | None = None, part: int | None = None
) -> dict[str, Any]:
    """Lists the images of a cluster, weakest first.

    Args:
        samples: The dataset, or any view of it.
        cluster: Its id or name.
        run_key: The run; None for the only one.
        part: Place of a part by size, from 0; None for all.

    Returns:
        `items` and `samples`: ids of the items and of their samples.

    Raises:
        ParameterError: There is no such cluster or part.
    """
    with clear_connection_errors("reading a cluster", CURE):
        review = open_review(samples, run_key)
        number = review.resolve(cluster)
        loaded = review.load([number])
    rows = _weakest_first(loaded, number)
    if part is not None:
        parts = groups_by_part(loaded.state, number)
        if not 0 <= part < len(parts):
            raise ParameterError("part", f"The cluster has {len(parts)} parts (got {part})")
        rows = rows[np.isin(rows, parts[part])]
    return {"items": texts_of(loaded.items[rows]), "samples": texts_of(loaded.samples[rows])}


def items_among(
    samples: SampleCollection,
    items: Sequence[str],
    clusters: Sequence[str],
    run_key: str | None = None,
) -> list[str]:
    """Finds which items are in some clusters.

    Args:
        samples: The dataset, or any view of it.
        items: Ids of the items.
        clusters: Ids or names of the clusters.
        run_key: The run; None for the only one.

    Returns:
        Those of the items that are, in the same order.

    Raises:
        ParameterError: There is no such cluster.
    """
    if not items:
        return []
    with clear_connection_errors("reading clusters", CURE):
        review = open_review(samples, run_key)
        inside = set(texts_of(review.load(review.resolve_all(clusters)).items))
    return [item for item in items if item in inside]
