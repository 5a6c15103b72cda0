"""Images, and patches, that came after a run: `assign_new_images` would place them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ...data.clusters import label_path
from ...data.run_scope import images_in_scope
from ..documents.ids import DTYPE
from ..documents.review import Review
from ..partition.state import OUTSIDE
from ..writes.opening import open_review
from .clusters import CURE

MOST_IMAGES = 1_000
"""Newest images whose objects are looked through: no index counts objects."""


def count_unplaced(
    samples: SampleCollection, run_key: str | None = None, group_slice: str | None = None
) -> dict[str, Any]:
    """Counts what came to the dataset after a run, and has no cluster in it. Cheap.

    Images that were deleted are taken for others that are there until a list of clusters was read.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        group_slice: The slice of a grouped dataset that is shown; None for its default.

    Returns:
        `unplaced`, their number: 0 for a run on a part of the dataset, and where no other images
        lack a cluster than those that had no embedding when the run was made. Of patches those of
        images that were added after the run; `is_more` where there may be more of them.

    Raises:
        ParameterError: There is no such run.
        ConnectionError: The database was lost.
    """
    with clear_connection_errors("looking for new images", CURE):
        review = open_review(samples, run_key)
        scope = images_in_scope(review.dataset, review.record, group_slice)
        if scope is None:
            return {"unplaced": 0, "is_more": False}
        if review.target.root is None:
            return {"unplaced": _count_images(review, scope), "is_more": False}
        return _count_patches(review, scope)


def _count_images(review: Review, scope: dict[str, Any]) -> int:
    images, clustered = review.dataset._sample_collection, review.count_items()
    left_out = int(review.record.config.get("counts", {}).get("without_embedding") or 0)
    # Takes no time, but may be wrong after a crash of the database.
    if not scope and images.estimated_document_count() - clustered <= left_out:
        return 0
    number = images.count_documents(scope) - clustered
    return number if number > left_out else 0


def _count_patches(review: Review, scope: dict[str, Any]) -> dict[str, Any]:
    images, root = review.dataset._sample_collection, review.target.root
    path = label_path(review.target, review.field)
    newer = scope | {"created_at": {"$gte": datetime.fromisoformat(review.record.timestamp)}}
    stages = [
        {"$match": newer},
        {"$sort": {"created_at": -1}},
        {"$limit": MOST_IMAGES},
        {"$project": {f"{root}._id": 1, path: 1}},
        {"$unwind": f"${root}"},
        {"$match": {path: None}},
        {"$project": {"patch": f"${root}._id"}},
    ]
    patches = [row["patch"].binary for row in images.aggregate(stages)]
    if not patches:
        return {"unplaced": 0, "is_more": False}
    # What was emptied by hand has a cluster in the review all the same.
    number = int((review.search(np.array(patches, DTYPE)) == OUTSIDE).sum())
    is_more = images.count_documents(newer, limit=MOST_IMAGES + 1) > MOST_IMAGES
    return {"unplaced": number, "is_more": bool(number and is_more)}
