"""All small clusters without a name at once, and the view that shows their images in one grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import fiftyone as fo
from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ..documents.ids import texts_of
from ..documents.members import Loaded
from ..documents.review import Review
from ..partition.small import Nearest, grid_order, nearest_named
from ..partition.summaries import SMALL
from ..writes.opening import open_review
from ..writes.sweeping import read_present
from .clusters import CURE
from .rows import page, read_rows

SHOWN = 100
"""Clusters in one grid: some hundred images at most."""


def list_small(
    samples: SampleCollection,
    run_key: str | None = None,
    offset: int = 0,
    limit: int = SHOWN,
) -> dict[str, Any]:
    """Reads the small clusters without a name, those that resemble one named cluster together.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        offset: Clusters to pass over.
        limit: Clusters to give, 200 at most.

    Returns:
        `run_key`, `token`, `seq`, `total` (such clusters), `offset`, `clusters` (as `list_clusters`
        gives them, with `items`, the ids of its images, and `near`: the named cluster that each
        resembles most, its `cluster`, `label`, `strength` and whether it `is_confirmed`, or None),
        and `items`: ids of all their images, in the order of the grid.
    """
    with clear_connection_errors("reading small clusters", CURE):
        review = open_review(samples, run_key)
        start, length = page(offset, limit)

        def read() -> _Grid:
            sizes, nearest = _candidates(review), _nearest(review)
            return _Grid(sizes, nearest, grid_order(list(sizes), nearest)[start : start + length])

        sizes, nearest, shown = read_present(review, read, _sizes)
        rows = read_rows(review, shown)
        named = read_rows(review, {nearest[c].cluster for c in shown if c in nearest})
        loaded = review.load(shown)
    items = {cluster: _surest_first(loaded, cluster) for cluster in shown}
    return {
        **review.stamp,
        "total": len(sizes),
        "offset": start,
        "clusters": [
            rows[cluster] | {"near": _near(nearest.get(cluster), named), "items": items[cluster]}
            for cluster in shown
            if cluster in rows
        ],
        "items": [item for cluster in shown for item in items[cluster]],
    }


class _Grid(NamedTuple):
    """Sizes of all clusters that belong into the grid, what each resembles, and those shown."""

    sizes: dict[int, int]
    nearest: dict[int, Nearest]
    shown: list[int]


def _sizes(grid: _Grid) -> dict[int, int]:
    return {cluster: grid.sizes[cluster] for cluster in grid.shown}


def _candidates(review: Review) -> dict[int, int]:
    """Sizes of the clusters that belong into the grid, the most useful first."""
    query = review.tables.query(
        cluster={"$gte": 0}, size={"$lt": SMALL}, name=None, state={"$in": ["new", "partly"]}
    )
    found = review.tables.clusters.find(query, {"cluster": 1, "size": 1})
    order = [("useful", -1), ("cluster", 1)]
    return {card["cluster"]: card["size"] for card in found.sort(order)}


def _nearest(review: Review) -> dict[int, Nearest]:
    query = review.tables.query(name={"$ne": None}, cluster={"$gte": 0})
    named = {card["cluster"] for card in review.tables.clusters.find(query, {"cluster": 1})}
    if not named:
        return {}
    listed = sorted(named)
    about = {"$or": [{"first": {"$in": listed}}, {"second": {"$in": listed}}]}
    open_only = {"verdict": {"$ne": "different"}}
    fields = {"first": 1, "second": 1, "strength": 1, "_id": 0}
    pairs = review.tables.pairs.find(review.tables.query(**about, **open_only), fields)
    return nearest_named(((p["first"], p["second"], p["strength"]) for p in pairs), named)


def _near(near: Nearest | None, named: Mapping[int, Mapping[str, Any]]) -> dict[str, Any] | None:
    row = None if near is None else named.get(near.cluster)
    if near is None or row is None:
        return None
    return {
        "cluster": row["cluster"],
        "label": row["label"],
        "strength": near.strength,
        "is_confirmed": row["state"] == "confirmed",
    }


def _surest_first(loaded: Loaded, cluster: int) -> list[str]:
    rows = loaded.state.members(cluster)
    order = (-loaded.state.confidence[rows]).argsort(kind="stable")
    return texts_of(loaded.items[rows[order]])


def items_view(
    samples: SampleCollection, items: list[str], run_key: str | None = None
) -> fo.DatasetView:
    """Makes a view of chosen images in a given order.

    Args:
        samples: The dataset, or any view of it.
        items: Ids of images, or of objects if patches were clustered.
        run_key: The run; None for the only one.

    Returns:
        A view of images, or of patches.
    """
    with clear_connection_errors("showing images", CURE):
        review = open_review(samples, run_key)
        field, everything = review.target.patches_field, review.target.everything
        if field is None:
            return everything.select(items, ordered=True)
        patches = everything.select_labels(ids=items, fields=field).to_patches(field)
        return patches.select(items, ordered=True)
