"""Brings clusters that are looked at in line with what was deleted from the dataset meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np

from ...base.params import ParameterError
from ...data.field_contents import count_clustered_images
from ..documents.lock import Lock, is_held, writing
from ..documents.members import Loaded
from ..documents.review import Review
from ..documents.vanished import forget_rows
from ..partition.state import Int64
from .commit import repair
from .projection import look_for
from .replacing import check_not_replaced

MOST_PATCHES = 2_000
"""Patches that are looked for when clusters are listed: no index counts them, so each costs time.
Larger clusters are looked through when they are opened."""
_BATCH = 500
T = TypeVar("T")


def load_present(review: Review, cluster: int) -> Loaded:
    """Reads a cluster, and takes images and patches out of it that are gone.

    Args:
        review: The review.
        cluster: The cluster.

    Returns:
        Its rows that are still there; none if the cluster is gone.

    Raises:
        ParameterError: Somebody else writes for long.
    """
    loaded = review.load([cluster])
    is_image = review.target.root is None
    if is_image and _count_images(review, [cluster]).get(cluster, 0) == len(loaded.items):
        return loaded
    if not len(_gone(review, loaded)):
        return loaded
    with writing(review.tables) as lock:
        check_not_replaced(review.dataset, review.record.key)
        review = repair(review.refreshed(), lock)
        loaded = review.load([cluster])
        return forget_rows(review.tables, loaded, _gone(review, loaded))


def sweep(review: Review, sizes: Mapping[int, int]) -> bool:
    """Takes what was deleted out of the clusters of a list, if anything of them was.

    Where images are missing, all clusters are put right, so that the whole list is.

    Args:
        review: The review.
        sizes: Size of each cluster that is to be listed, as far as is known.

    Returns:
        Whether the list has to be read again.
    """
    suspects = _suspects(review, sizes)
    if not suspects or not len(_gone(review, review.load(suspects))):
        return False
    try:
        with writing(review.tables) as lock:
            check_not_replaced(review.dataset, review.record.key)
            _sweep(repair(review.refreshed(), lock), lock, suspects)
    except ParameterError:
        # Somebody else writes: a list that is a little behind is better than none.
        return False
    return True


def read_present(
    review: Review, read: Callable[[], T], sizes: Callable[[T], Mapping[int, int]]
) -> T:
    """Reads a list without what was deleted from the dataset.

    Args:
        review: The review.
        read: Reads what is to be listed.
        sizes: Size of each cluster in it, as far as is known.

    Returns:
        What was read, after what was deleted has been taken out of the clusters.
    """
    sweep_all(review)
    found = read()
    return read() if sweep(review, sizes(found)) else found


def sweep_all(review: Review) -> bool:
    """Takes what was deleted out of all clusters, if the dataset has not as much as they count.

    Args:
        review: The review.

    Returns:
        Whether lists have to be read again; False also while somebody writes.
    """
    mark = _mark(review)
    seen = review.head.get("swept")
    # It may be that nothing was deleted: whoever looks does not wait for a writer to know.
    if mark is None or mark == seen or is_held(review.head):
        return False
    try:
        with writing(review.tables) as lock:
            check_not_replaced(review.dataset, review.record.key)
            review = repair(review.refreshed(), lock)
            # No index counts patches: only that there are fewer images than before tells anything.
            if review.target.root is None or (seen or [0]) > mark:
                cards = review.tables.clusters.find(review.tables.query(), {"cluster": 1})
                _sweep(review, lock, [card["cluster"] for card in cards])
            lock.keep(swept=_mark(review))
    except ParameterError:
        return False
    return True


def _mark(review: Review) -> list[int] | None:
    """Numbers that change when something is deleted; None if all that clusters count is there."""
    if review.target.root is not None:
        return [review.dataset._sample_collection.estimated_document_count()]
    counted = review.count_items()
    there = count_clustered_images(review.target, review.field)
    return None if there == counted else [there, counted]


def _sweep(review: Review, lock: Lock, suspects: list[int]) -> None:
    if review.target.root is None:
        cards = review.tables.clusters.find(review.tables.query(), {"cluster": 1, "size": 1})
        suspects = _suspects(review, {card["cluster"]: card["size"] for card in cards})
    for start in range(0, len(suspects), _BATCH):
        lock.keep()
        loaded = review.load(suspects[start : start + _BATCH])
        forget_rows(review.tables, loaded, _gone(review, loaded))


def _suspects(review: Review, sizes: Mapping[int, int]) -> list[int]:
    """Clusters of which something may be gone."""
    if review.target.root is None:
        there = _count_images(review, sizes)
        return [cluster for cluster, size in sizes.items() if there.get(cluster, 0) != size]
    rising = sorted(sizes, key=lambda cluster: sizes[cluster])
    totals = itertools.accumulate(sizes[cluster] for cluster in rising)
    return [c for c, total in zip(rising, totals, strict=True) if total <= MOST_PATCHES]


def _count_images(review: Review, clusters: Iterable[int]) -> dict[int, int]:
    """Counts the images of clusters by the index of the field: no document is read."""
    path = f"{review.field}.cluster_id"
    keys = {review.key(cluster): cluster for cluster in clusters}
    stages = [
        {"$match": {path: {"$in": list(keys)}}},
        {"$group": {"_id": f"${path}", "images": {"$sum": 1}}},
    ]
    found = review.dataset._sample_collection.aggregate(stages)
    return {keys[row["_id"]]: row["images"] for row in found}


def _gone(review: Review, loaded: Loaded) -> Int64:
    rows = np.arange(len(loaded.items))
    return look_for(review.target, review.field, loaded, rows)[0]
