"""What a cluster field holds, asked of the database: how often each label, and which items."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from .clusters import label_path, value_name
from .targets import Target


class Held(NamedTuple):
    """What the field holds of one item."""

    item: str
    """The item."""
    sample: str
    """Its sample."""
    label: str
    """Its label."""
    key: str | None
    """Its `cluster_id`."""
    confirmed: bool | None
    """Whether it is confirmed; None where the field does not say."""
    confidence: float | None
    """Its confidence."""


def count_labels(target: Target, name: str, labels: Collection[str]) -> dict[str, int]:
    """Counts the items of the whole dataset that have some labels; for images by index alone.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        labels: The labels.

    Returns:
        Number of items by label; a label that none has is absent.
    """
    path = label_path(target, name)
    group = {"$group": {"_id": f"${path}", "number": {"$sum": 1}}}
    found = target.dataset._sample_collection.aggregate([*_having(target, path, labels), group])
    return {row["_id"]: row["number"] for row in found}


def list_labels(target: Target, name: str) -> list[str]:
    """Lists the labels that the field has in the whole dataset; for images by index alone.

    Args:
        target: What was clustered.
        name: Name of the cluster field.

    Returns:
        Each label once.
    """
    found = target.dataset._sample_collection.distinct(label_path(target, name))
    return [label for label in found if isinstance(label, str)]


def count_held(
    target: Target,
    name: str,
    labels: Collection[str] | None = None,
    keys: Collection[str] = (),
    since: datetime | None = None,
    but: datetime | None = None,
) -> dict[tuple[str, str | None], int]:
    """Counts the items of the whole dataset by label and `cluster_id`.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        labels: Labels to count; None for all.
        keys: Those of other labels count too that have one of these as `cluster_id`.
        since: Only images that were modified later, or objects in them; None for all.
        but: Of those, not the ones that were modified at just that time.

    Returns:
        Number of items by pair of both; those without a label are left out.
    """
    group = {"$group": {"_id": {"label": "$label", "key": "$key"}, "number": {"$sum": 1}}}
    times = {"last_modified_at": {"$gt": since, "$ne": but}}
    later = [] if since is None else [{"$match": times}]
    stages = [*later, *_rows(target, name, labels, keys), group]
    found = target.dataset._sample_collection.aggregate(stages)
    return {
        (row["_id"]["label"], row["_id"].get("key")): row["number"]
        for row in found
        if row["_id"].get("label")
    }


def last_modified(target: Target) -> datetime | None:
    """Tells when an image was modified last, by FiftyOne's index of that.

    Args:
        target: What was clustered.

    Returns:
        The time; None if there are no images.
    """
    order = [("last_modified_at", -1)]
    found = target.dataset._sample_collection.find_one({}, {"last_modified_at": 1}, sort=order)
    return None if found is None else found.get("last_modified_at")


def count_clustered_images(target: Target, name: str) -> int:
    """Counts the images that have a cluster, by index alone.

    Args:
        target: What was clustered: whole images.
        name: Name of the cluster field.

    Returns:
        Their number.
    """
    wanted = {value_name(target, name, "cluster_id"): {"$gt": ""}}
    return int(target.dataset._sample_collection.count_documents(wanted))


def find_held(target: Target, name: str, labels: Collection[str]) -> list[Held]:
    """Finds the items of the whole dataset that have one of some labels.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        labels: The labels.

    Returns:
        What the field holds of each.
    """
    found = target.dataset._sample_collection.aggregate(_rows(target, name, labels))
    return [
        Held(
            str(row["item"]),
            str(row["sample"]),
            row["label"],
            row.get("key"),
            row.get("confirmed"),
            row.get("confidence"),
        )
        for row in found
    ]


def _rows(
    target: Target, name: str, labels: Collection[str] | None, keys: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Stages that give the contents of the field, item by item."""
    columns = {"label": "label", "key": "cluster_id"} | {c: c for c in ("confirmed", "confidence")}
    parts = {c: target.path(value_name(target, name, part)) for c, part in columns.items()}
    item = "$_id" if target.root is None else f"${target.root}._id"
    project = {"item": item, "sample": "$_id"} | {c: f"${part}" for c, part in parts.items()}
    return [*_having(target, parts["label"], labels, parts["key"], keys), {"$project": project}]


def _having(
    target: Target,
    path: str,
    labels: Collection[str] | None,
    key_path: str = "",
    keys: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Stages that find the items with a label, or a `cluster_id`, each of them by itself."""
    wanted = list[dict[str, Any]]()
    if labels is not None:
        either = [{path: {"$in": sorted(labels)}}]
        either += [{key_path: {"$in": sorted(keys)}}] if keys else []
        wanted.append({"$match": {"$or": either}})
    if target.root is None:
        return wanted
    # An image has other objects besides those that are looked for.
    return [*wanted, {"$unwind": f"${target.root}"}, *wanted]
