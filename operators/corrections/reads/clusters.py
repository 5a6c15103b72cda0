"""The list of clusters, and of the names in use."""

from __future__ import annotations

import re
from typing import Any

from fiftyone.core.collections import SampleCollection

from ... import clusters as cluster_fields
from ... import records
from ...database import clear_connection_errors
from ...params import ParameterError, nearest, text
from ...targets import target_of_record
from ..naming import sort_key
from ..opening import open_review
from ..review import Review
from ..summaries import SMALL
from .rows import FIELDS, cluster_row, page

SORTS = {
    "useful": [("useful", -1), ("cluster", 1)],
    "size": [("size", -1), ("cluster", 1)],
    "confidence": [("confidence", 1), ("cluster", 1)],
    "name": [("sort_key", 1), ("cluster", 1)],
}
STATES: dict[str, dict[str, Any]] = {
    "new": {"state": "new"},
    "partly": {"state": "partly"},
    "confirmed": {"state": "confirmed"},
    "noise": {"state": "noise"},
    "small": {"size": {"$lt": SMALL}, "cluster": {"$gte": 0}},
    "mixed": {"mixed": True},
}
CURE = "look again"


def reviewable_runs(samples: SampleCollection) -> list[dict[str, Any]]:
    """Lists the runs whose clusters can be corrected.

    Args:
        samples: The dataset, or any view of it.

    Returns:
        Per run `run_key`, `cluster_field` (path), `patches_field`, `label_path`, `clusters` and
        `images`; oldest first.
    """
    dataset = samples._root_dataset
    with clear_connection_errors("listing runs", CURE):
        found = [r for r in records.list_records(dataset) if r.status == records.COMPLETE]
        return [_run_row(dataset, record) for record in found]


def _run_row(dataset: Any, record: records.RunRecord) -> dict[str, Any]:
    counts = record.config.get("counts", {})
    try:
        target = target_of_record(dataset, record.patches_field)
        label_path = cluster_fields.label_path(target, record.cluster_field)
    except ParameterError:
        label_path = record.path
    return {
        "run_key": record.key,
        "cluster_field": record.path,
        "patches_field": record.patches_field,
        "label_path": label_path,
        "clusters": counts.get("clusters"),
        "images": counts.get("items"),
    }


def list_clusters(
    samples: SampleCollection,
    run_key: str | None = None,
    sort: str = "useful",
    state: str | None = None,
    search: str = "",
    offset: int = 0,
    limit: int = 20,
) -> dict[str, Any]:
    """Reads one page of the list of clusters.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        sort: "useful" (most images settled by a look first), "size", "confidence" (lowest first)
            or "name".
        state: "new", "partly", "confirmed", "noise", "small", "mixed"; None for all but noise.
        search: Part of a name; case matters not.
        offset: Clusters to pass over.
        limit: Clusters to give, 200 at most.

    Returns:
        `run_key`, `seq`, `total`, `offset` and `clusters`.

    Raises:
        ParameterError: A parameter does not fit.
    """
    if sort not in SORTS:
        problem = f"{sort!r:.80} is no order"
        raise ParameterError("sort", f"{problem}; {nearest(str(sort), list(SORTS))}")
    if state is not None and state not in STATES:
        problem = f"{state!r:.80} is no state"
        raise ParameterError("state", f"{problem}; {nearest(str(state), list(STATES))}")
    with clear_connection_errors("reading clusters", CURE):
        review = open_review(samples, run_key)
        query = review.tables.query(**(STATES[state] if state else {"cluster": {"$gte": 0}}))
        if search:
            query["sort_key"] = {"$regex": re.escape(sort_key(text("search", search)[:200]))}
        start, length = page(offset, limit)
        found = review.tables.clusters.find(query, FIELDS).sort(SORTS[sort])
        rows = [cluster_row(review, card) for card in found.skip(start).limit(length)]
        total = review.tables.clusters.count_documents(query)
    return {
        "run_key": review.record.key,
        "seq": review.number,
        "total": total,
        "offset": start,
        "clusters": rows,
    }


def list_names(
    samples: SampleCollection,
    prefix: str = "",
    run_key: str | None = None,
    label_field: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:
    """Completes a name.

    Args:
        samples: The dataset, or any view of it.
        prefix: What was typed so far.
        run_key: The run; None for the only one.
        label_field: A field whose labels are offered, too.
        limit: Names to give.

    Returns:
        `names`: per name its `name`, `clusters` (ids) and `images`; those that begin with the
        prefix first, then those that hold it.
    """
    typed = sort_key(text("prefix", prefix)[:200])
    with clear_connection_errors("reading names", CURE):
        review = open_review(samples, run_key)
        found = _names_in_use(review, typed)
        if label_field:
            for label in _labels(review, label_field):
                if typed in sort_key(label):
                    found.setdefault(label, {"name": label, "clusters": [], "images": 0})

    def rank(row: dict[str, Any]) -> tuple[bool, int, str]:
        key = sort_key(row["name"])
        return (not key.startswith(typed), -row["images"], key)

    return {"names": sorted(found.values(), key=rank)[: page(0, limit)[1]]}


def _names_in_use(review: Review, typed: str) -> dict[str, dict[str, Any]]:
    query = review.tables.query(name={"$ne": None})
    if typed:
        query["sort_key"] = {"$regex": re.escape(typed)}
    found: dict[str, dict[str, Any]] = {}
    fields = {"name": 1, "cluster": 1, "size": 1}
    for card in review.tables.clusters.find(query, fields).limit(2000):
        row = found.setdefault(card["name"], {"name": card["name"], "clusters": [], "images": 0})
        row["clusters"].append(review.key(card["cluster"]))
        row["images"] += card["size"]
    return found


def _labels(review: Review, label_field: str) -> list[str]:
    field = review.dataset.get_field(f"{label_field}.label")
    return [] if field is None else review.dataset.distinct(f"{label_field}.label")
