"""The accuracy that the panel shows with every page: counted in MongoDB, from the fields.

It is the `accuracy` of `review_progress`, which reads all labels for its other scores. Nothing is
kept between two pages, so that labels which somebody edits meanwhile count at once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import fiftyone as fo

from ...base.params import ParameterError, nearest
from ...data.clusters import NOISE, value_name
from ...data.label_fields import list_label_fields
from ..documents.review import Review

NO_LABELS = (None, "")
"""No label, and the empty text that is left where somebody deleted one."""

_LABEL_FIELDS = (fo.StringField, fo.IntField, fo.BooleanField)

MOST_NAMED = 100_000
"""Clusters that a query may name: 2 MB, an eighth of what MongoDB allows."""


def accuracy_of_confirmed(review: Review, field: str) -> float | None:
    """Measures how many of the confirmed images are right.

    Args:
        review: The review.
        field: The field with the true labels, as in `review_progress`.

    Returns:
        The share of confirmed images whose true class is that of most images of their cluster;
        noise and those without a true class do not count. None if there are none.

    Raises:
        ParameterError: There is no such field, or it has no labels.
    """
    path = label_path(review, field)
    tally = _tally(review, path)
    if not tally and not _is_any_labeled(review, path):
        raise no_labels(field)
    right = confirmed = 0
    for cluster, counts in tally.items():
        if cluster == NOISE:  # put aside, so it gets no label that could be wrong
            continue
        # Of labels that are equally frequent the first counts.
        majority = min(counts, key=lambda label: (-counts[label][0], label))
        right += counts[majority][1]
        confirmed += sum(sure for _, sure in counts.values())
    return right / confirmed if confirmed else None


def label_path(review: Review, field: str) -> str:
    """Finds where the true labels themselves are. Cheap: looks at the schema only.

    Args:
        review: The review.
        field: A Classification field, or an attribute; of patches its full path will do, and the
            patches field for the objects' own labels.

    Returns:
        The path from the sample, such as "ground_truth.label".

    Raises:
        ParameterError: There is no such field, or it holds no labels.
    """
    target = review.target
    if target.root is None:
        path, known = field, list(review.dataset.get_field_schema())
    else:
        own = field == target.patches_field
        path = target.path("label" if own else field.removeprefix(f"{target.root}."))
        known = list_label_fields(target)
    found = review.dataset.get_field(path)
    if found is None:
        raise ParameterError("ground_truth", f"There is no field '{path}'; {nearest(field, known)}")
    if isinstance(found, fo.EmbeddedDocumentField) and "label" in found.get_field_schema():
        return f"{path}.label"
    if not isinstance(found, _LABEL_FIELDS):
        raise _unfit(path)
    return path


def label_text(value: Any, path: str) -> str:
    """Takes a true label as text.

    Args:
        value: What the field holds, not None.
        path: Where, for the message.

    Returns:
        The label.

    Raises:
        ParameterError: It is no label.
    """
    if not isinstance(value, str | int | bool):
        raise _unfit(path)
    return str(value)


def _unfit(path: str) -> ParameterError:
    return ParameterError(
        "ground_truth",
        f"'{path}' does not hold one label per image; choose a field with labels or texts",
    )


def no_labels(field: str) -> ParameterError:
    """Words that there is nothing to compare with.

    Args:
        field: The field.

    Returns:
        The error.
    """
    return ParameterError(
        "ground_truth", f"'{field}' has no labels for the clustered images; choose another field"
    )


def _tally(review: Review, path: str) -> dict[str, dict[str, tuple[int, int]]]:
    """Counts images, and confirmed ones, by cluster and label where anything is confirmed."""
    query = review.tables.query(confirmed={"$gt": 0})
    cards = list(review.tables.clusters.find(query, {"_id": 0, "cluster": 1, "size": 1}))
    if not cards:
        return {}
    samples = review.dataset._sample_collection
    images = sum(card["size"] for card in cards)
    # Beyond half of the collection, reading it in its own order takes less time than an index.
    is_most = len(cards) > MOST_NAMED or 2 * images > samples.estimated_document_count()
    keys = None if is_most else [review.key(card["cluster"]) for card in cards]
    tally: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in samples.aggregate(_counting(review, path, keys), allowDiskUse=True):
        cluster, label = row["_id"].get("cluster"), row["_id"].get("label")
        if cluster is None or label in NO_LABELS:
            continue
        text = label_text(label, path)
        size, sure = tally[cluster].get(text, (0, 0))  # 1 and "1" are the same label
        tally[cluster][text] = size + row["size"], sure + row["confirmed"]
    return tally


def _counting(review: Review, path: str, keys: list[str] | None) -> list[dict[str, Any]]:
    id_path, confirmed_path = _paths(review)
    chosen: list[dict[str, Any]] = [] if keys is None else [{"$match": {id_path: {"$in": keys}}}]
    if review.target.root is not None:
        chosen = [*chosen, {"$unwind": f"${review.target.root}"}, *chosen]
    group = {
        "_id": {"cluster": f"${id_path}", "label": f"${path}"},
        "size": {"$sum": 1},
        "confirmed": {"$sum": {"$cond": [f"${confirmed_path}", 1, 0]}},
    }
    return [*chosen, {"$group": group}]


def _paths(review: Review) -> tuple[str, str]:
    """Where the id of an item's cluster is, and whether it is confirmed."""
    target, field = review.target, review.field
    id_name, confirmed = (value_name(target, field, part) for part in ("cluster_id", "confirmed"))
    return target.path(id_name), target.path(confirmed)


def _is_any_labeled(review: Review, path: str) -> bool:
    id_path, root = _paths(review)[0], review.target.root
    wanted: dict[str, Any] = {id_path: {"$type": "string"}, path: {"$nin": list(NO_LABELS)}}
    if root is not None:
        inner = {name.removeprefix(f"{root}."): value for name, value in wanted.items()}
        wanted = {root: {"$elemMatch": inner}}
    return review.dataset._sample_collection.find_one(wanted, {"_id": 1}) is not None
