"""Changes of cluster fields that are already there: some thousand images in a round trip.

`clusters.write_clusters` gives each item its own value, which takes a write per item. A correction
gives the same value to many.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import fiftyone as fo
from bson import ObjectId
from pymongo import UpdateMany

from ..base.params import ParameterError
from ..base.side_by_side import CONNECTIONS, side_by_side
from .clusters import part_names, value_name
from .read_only import check_not_read_only
from .targets import Target

# Ids in one query: 2 MB, far below the 48 MB that a message may take.
BATCH = 100_000
# Items for which another connection is worth its while.
FEWEST = 500


class ClusterUpdate(NamedTuple):
    """What some items have in common from now on."""

    items: list[ObjectId]
    """The items."""
    samples: list[ObjectId]
    """The sample of each."""
    label: str
    """The name of their cluster."""
    cluster_id: str
    """Its stable name."""
    confirmed: bool
    """Whether a person has confirmed it."""


def check_writable(target: Target, name: str, run_key: str) -> None:
    """Refuses to correct clusters in a field that cannot be written.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        run_key: The run, for the message.

    Raises:
        ParameterError: The field is gone or read-only.
    """
    parts = part_names(target, name)
    for part in parts:
        path = target.path(part)
        if target.dataset.get_field(path) is None:
            raise ParameterError(
                "run_key", f"The field '{path}' was deleted; load the run '{run_key}' to restore it"
            )
    check_not_read_only(target, parts, "its clusters cannot be corrected")


def update_clusters(
    target: Target, name: str, updates: Sequence[ClusterUpdate], now: datetime
) -> int:
    """Gives items that have a cluster another one; items that are gone are passed over.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        updates: What to write.
        now: The time that the images keep as that of their last change.

    Returns:
        Number of images that were found; patches are not counted apart.
    """
    collection = target.dataset._sample_collection

    def write(part: list[ClusterUpdate]) -> int:
        writes = [_write(target, name, update, now) for update in part]
        return int(collection.bulk_write(writes, ordered=False).matched_count)

    found = sum(side_by_side(write, _shares(updates)))
    if updates:
        _reload(target, updates)
    return found


def _shares(updates: Sequence[ClusterUpdate]) -> Iterator[list[ClusterUpdate]]:
    """Divides updates into lists of about as many items, cutting the large ones."""
    total = sum(len(update.items) for update in updates)
    size = min(BATCH, max(FEWEST, -(-total // CONNECTIONS)))
    share: list[ClusterUpdate] = []
    room = size
    for update in updates:
        start = 0
        while start < len(update.items):
            part = slice(start, start + room)
            cut = update._replace(items=update.items[part], samples=update.samples[part])
            share.append(cut)
            start += len(cut.items)
            room -= len(cut.items)
            if not room:
                yield share
                share, room = [], size
    if share:
        yield share


def _write(target: Target, name: str, update: ClusterUpdate, now: datetime) -> UpdateMany:
    values: dict[str, Any] = {
        "label": update.label,
        "cluster_id": update.cluster_id,
        "confirmed": update.confirmed,
    }
    prefix = "" if target.root is None else f"{target.root}.$[one]."
    changes = {f"{prefix}{value_name(target, name, part)}": value for part, value in values.items()}
    if target.root is None:
        return UpdateMany(
            {"_id": {"$in": update.items}, name: {"$type": "object"}},
            {"$set": changes | {"last_modified_at": now}},
        )
    # An image that lost its last patch has no list, and MongoDB fails at looking into none.
    return UpdateMany(
        {"_id": {"$in": list(set(update.samples))}, f"{target.root}._id": {"$in": update.items}},
        {"$set": changes | {"last_modified_at": now}},
        array_filters=[{"one._id": {"$in": update.items}}],
    )


def _batches(ids: list[ObjectId]) -> list[list[ObjectId]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def _reload(target: Target, updates: Sequence[ClusterUpdate]) -> None:
    """Brings samples that the caller's program holds up to date."""
    samples = [sample for update in updates for sample in update.samples]
    fo.Sample._reload_docs(target.dataset._sample_collection_name, sample_ids=samples)


def find_items(
    target: Target, name: str, items: list[ObjectId], samples: list[ObjectId]
) -> tuple[set[str], set[str]]:
    """Looks which items are still there.

    Args:
        target: What was clustered.
        name: Name of the cluster field.
        items: The images or patches.
        samples: The sample of each.

    Returns:
        Ids of those that have a cluster with all that belongs to it, and of those that lack it.
    """
    find = _find_images if target.root is None else _find_patches
    filled: set[str] = set()
    empty: set[str] = set()
    for ids, images in zip(_batches(items), _batches(samples), strict=True):
        for item, is_filled in find(target, name, ids, images):
            (filled if is_filled else empty).add(item)
    return filled, empty


def _find_images(
    target: Target, name: str, ids: list[ObjectId], _: list[ObjectId]
) -> Iterator[tuple[str, bool]]:
    wanted = {"_id": {"$in": ids}}
    for document in target.dataset._sample_collection.find(wanted, {f"{name}.label": 1}):
        yield str(document["_id"]), bool(document.get(name))


def _find_patches(
    target: Target, name: str, ids: list[ObjectId], images: list[ObjectId]
) -> Iterator[tuple[str, bool]]:
    root, confidence = str(target.root), value_name(target, name, "confidence")
    stages: list[dict[str, Any]] = [
        {"$match": {"_id": {"$in": list(set(images))}}},
        {"$unwind": f"${root}"},
        {"$match": {f"{root}._id": {"$in": ids}}},
        # A correction writes all parts but this one.
        {"$project": {"_id": f"${root}._id", "value": f"${root}.{confidence}"}},
    ]
    for document in target.dataset._sample_collection.aggregate(stages):
        yield str(document["_id"]), document.get("value") is not None
