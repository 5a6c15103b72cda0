"""The list of clusters, and of the names in use."""

from __future__ import annotations

import re
from typing import Any

from fiftyone.core.collections import SampleCollection

from ...base.checks import text
from ...base.database import clear_connection_errors
from ...base.params import ParameterError, nearest
from ...base.wording import shown
from ...data import clusters as cluster_fields
from ...data import records
from ...data.targets import dataset_of, target_of_record
from ..documents.cards import UNNAMED
from ..documents.review import Review
from ..partition.name_rules import sort_key
from ..partition.state import cluster_number
from ..partition.summaries import SMALL
from ..writes.opening import open_review
from ..writes.sweeping import read_present
from .rows import FIELDS, cluster_row, page, read_rows

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
    "unnamed": UNNAMED,
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
        Per run `run_key`, `token` (another one once its clusters are numbered anew),
        `cluster_field` (path), `patches_field`, `label_path`, `clusters`, `images` and `warnings`
        (sentences about what was found); oldest first.
    """
    dataset = dataset_of(samples)
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
        "token": record.config["token"],
        "cluster_field": record.path,
        "patches_field": record.patches_field,
        "label_path": label_path,
        "clusters": counts.get("clusters"),
        "images": counts.get("items"),
        "warnings": [str(sentence) for sentence in record.config.get("warnings") or ()],
    }


def list_clusters(
    samples: SampleCollection,
    run_key: str | None = None,
    sort: str = "useful",
    state: str | None = None,
    search: str = "",
    offset: int = 0,
    limit: int = 20,
    look_for_deleted: bool = True,
) -> dict[str, Any]:
    """Reads one page of the list of clusters.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        sort: "useful" (most images settled by a look first), "size", "confidence" (lowest first)
            or "name".
        state: "new", "partly", "confirmed", "unnamed" (confirmed ones that have no
            name yet), "noise", "small", "mixed"; None for all but noise.
        search: Part of a name; case matters not.
        offset: Clusters to pass over.
        limit: Clusters to give, 200 at most.
        look_for_deleted: Whether what was deleted from the dataset is left out. That counts all
            images that have a cluster, in an index.

    Returns:
        `run_key`, `token`, `seq`, `total`, `offset` and `clusters`.

    Raises:
        ParameterError: A parameter does not fit.
    """
    check_order(sort, state)
    with clear_connection_errors("reading clusters", CURE):
        review = open_review(samples, run_key)
        query = listed(review, state, search)
        start, length = page(offset, limit)

        def read() -> list[dict[str, Any]]:
            return _cards(review, query, sort, start, length)

        cards = read_present(review, read, _sizes) if look_for_deleted else read()
        rows = [cluster_row(review, card) for card in cards]
        total = review.tables.clusters.count_documents(query)
    return {
        **review.stamp,
        "total": total,
        "offset": start,
        "clusters": rows,
    }


def _cards(
    review: Review, query: dict[str, Any], sort: str, start: int, length: int
) -> list[dict[str, Any]]:
    found = review.tables.clusters.find(query, FIELDS).sort(SORTS[sort])
    return list(found.skip(start).limit(length))


def _sizes(cards: list[dict[str, Any]]) -> dict[int, int]:
    return {card["cluster"]: card["size"] for card in cards}


def check_order(sort: str, state: str | None) -> None:
    """Checks how clusters are to be listed.

    Args:
        sort: One of `SORTS`.
        state: One of `STATES`, or None.

    Raises:
        ParameterError: It is none of them.
    """
    if sort not in SORTS:
        problem = f"{shown(sort)} is no order"
        raise ParameterError("sort", f"{problem}; {nearest(str(sort), list(SORTS))}")
    if state is not None and state not in STATES:
        problem = f"{shown(state)} is no state"
        raise ParameterError("state", f"{problem}; {nearest(str(state), list(STATES))}")


def listed(review: Review, state: str | None, search: str) -> dict[str, Any]:
    """Builds the query for a list of clusters.

    Args:
        review: The review.
        state: One of `STATES`; None for all but noise.
        search: Part of a name; case matters not.

    Returns:
        The query.
    """
    query = review.tables.query(**(STATES[state] if state else {"cluster": {"$gte": 0}}))
    if search:
        query["sort_key"] = {"$regex": re.escape(sort_key(text("search", search)[:200]))}
    return query


def list_names(
    samples: SampleCollection,
    prefix: str = "",
    run_key: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:
    """Completes a name.

    Args:
        samples: The dataset, or any view of it.
        prefix: What was typed so far.
        run_key: The run; None for the only one.
        limit: Names to give.

    Returns:
        `names`: per name its `name`, `clusters` (ids) and `images`; those that begin with the
        prefix first, then those that hold it, those with most images first. `total`: names of
        clusters that fit, given or not.
    """
    typed, most = sort_key(text("prefix", prefix)[:200]), page(0, limit)[1]
    with clear_connection_errors("reading names", CURE):
        review = open_review(samples, run_key)
        found, total = _names_in_use(review, typed, most)

    def rank(row: dict[str, Any]) -> tuple[bool, int, str]:
        key = sort_key(row["name"])
        return (not key.startswith(typed), -row["images"], key)

    return {"names": sorted(found.values(), key=rank)[:most], "total": total}


def _names_in_use(review: Review, typed: str, most: int) -> tuple[dict[str, dict[str, Any]], int]:
    """Reads the names that fit best, ranked by the database, and how many fit."""
    query = review.tables.query(name={"$ne": None})
    if typed:
        query["sort_key"] = {"$regex": re.escape(typed)}
    group = {
        "_id": "$name",
        "clusters": {"$push": "$cluster"},
        "images": {"$sum": "$size"},
        "place": {"$first": {"$indexOfCP": ["$sort_key", {"$literal": typed}]}},
        "sort_key": {"$first": "$sort_key"},
    }
    order = {"is_inside": 1, "images": -1, "sort_key": 1}
    ranked = [{"$set": {"is_inside": {"$gt": ["$place", 0]}}}, {"$sort": order}, {"$limit": most}]
    pipeline = [
        {"$match": query},
        {"$group": group},
        {"$facet": {"names": ranked, "total": [{"$count": "names"}]}},
    ]
    (answer,) = review.tables.clusters.aggregate(pipeline)
    found = {
        row["_id"]: {
            "name": row["_id"],
            "clusters": [review.key(cluster) for cluster in row["clusters"]],
            "images": row["images"],
        }
        for row in answer["names"]
    }
    return found, answer["total"][0]["names"] if answer["total"] else 0


def has_cluster(samples: SampleCollection, cluster: str, run_key: str | None = None) -> bool:
    """Tells whether there is a cluster of an id or a name.

    Args:
        samples: The dataset, or any view of it.
        cluster: The id, or the name; case matters not.
        run_key: The run; None for the only one.

    Returns:
        Whether one or more have it.
    """
    with clear_connection_errors("looking for a cluster", CURE):
        review = open_review(samples, run_key)
        number = cluster_number(cluster)
        if number is None:
            return bool(review.named(cluster))
        return number in read_rows(review, [number])
