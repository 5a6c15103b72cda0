"""How far a review has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ...base.correction_params import ReviewProgressParams
from ...base.database import clear_connection_errors
from ...base.params import parse
from ...base.wording import count_text
from ..documents.ids import DTYPE, Ids, ids_of, joined, rows_of
from ..documents.review import Review
from ..partition.history import DONE
from ..partition.state import Int64
from ..writes.opening import open_review
from ..writes.sweeping import sweep
from .accuracy import NO_LABELS, accuracy_of_confirmed, label_path, label_text, no_labels
from .clusters import CURE


def review_progress(
    samples: SampleCollection,
    run_key: str | None = None,
    ground_truth: str | None = None,
) -> dict[str, Any]:
    """Tells how far the review of a run has come.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        ground_truth: A field with the true labels, to see the accuracy reached: a Classification
            field, or a text attribute; for patches the patches field or "label" means the objects'
            own labels.

    Returns:
        `run_key`, `token`, `seq`, numbers of `images`, `confirmed` ones, `noise` among these,
        `clusters`, `clusters_confirmed` and `named` ones, `decisions_made`, `decisions_left` (an
        estimate) and `text`. With `ground_truth` also `accuracy`: the share of confirmed images,
        noise left out, whose true class is that of most images of their cluster (None without any),
        `accuracy_all` for all images, noise among the wrong ones, and `scores`: those of
        `gcn.evaluate`.

    Raises:
        ParameterError: There is no such run or field.
        ConnectionError: The database was lost.
    """
    return _progress(samples, run_key, ground_truth, _scores, look_for_deleted=True)


def quick_progress(
    samples: SampleCollection,
    run_key: str | None = None,
    ground_truth: str | None = None,
) -> dict[str, Any]:
    """Tells what a page shows of the progress, in a fraction of the time.

    Images that were deleted count until a list of clusters was read.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        ground_truth: A field with the true labels, as in `review_progress`.

    Returns:
        What `review_progress` gives, without `accuracy_all` and `scores`.

    Raises:
        ParameterError: There is no such run or field.
        ConnectionError: The database was lost.
    """
    return _progress(
        samples, run_key, ground_truth, lambda *of: {"accuracy": accuracy_of_confirmed(*of)}
    )


def _progress(
    samples: SampleCollection,
    run_key: str | None,
    ground_truth: str | None,
    compare: Callable[[Review, str], dict[str, Any]],
    look_for_deleted: bool = False,
) -> dict[str, Any]:
    params = parse(ReviewProgressParams, {"run_key": run_key, "ground_truth": ground_truth})
    with clear_connection_errors("measuring progress", CURE):
        review = open_review(samples, params.run_key)
        if look_for_deleted:
            cards = review.tables.clusters.find(review.tables.query(), {"cluster": 1, "size": 1})
            sweep(review, {card["cluster"]: card["size"] for card in cards})
        counts = _counts(review)
        if params.ground_truth is not None:
            counts |= compare(review, params.ground_truth)
    return {**review.stamp, **counts}


def _counts(review: Review) -> dict[str, Any]:
    group = {
        "_id": "$state",
        "clusters": {"$sum": 1},
        "images": {"$sum": "$size"},
        "confirmed": {"$sum": "$confirmed"},
        "named": {"$sum": {"$cond": [{"$ne": ["$name", None]}, 1, 0]}},
        "mixed": {"$sum": {"$cond": ["$mixed", 1, 0]}},
    }
    pipeline = [{"$match": review.tables.query()}, {"$group": group}]
    found = {row["_id"]: row for row in review.tables.clusters.aggregate(pipeline)}
    own = [row for state, row in found.items() if state != "noise"]
    images = sum(row["images"] for row in found.values())
    confirmed = sum(row["confirmed"] for row in found.values())  # what is noise is decided, too
    # A cluster needs one look, one that is likely to be mixed a split besides.
    left = sum(
        r["clusters"] + r["mixed"] for state, r in found.items() if state in ("new", "partly")
    )
    aside = found.get("noise", {}).get("images", 0)
    text = f"{confirmed - aside:,} of {images:,} {review.target.noun} confirmed"
    text += f", {aside:,} noise" if aside else ""
    text += f", about {count_text(left, 'decisions')} left" if left else ""
    return {
        "images": images,
        "confirmed": confirmed,
        "noise": aside,
        "clusters": sum(row["clusters"] for row in own),
        "clusters_confirmed": found.get("confirmed", {}).get("clusters", 0),
        "named": sum(row["named"] for row in own),
        "decisions_made": review.tables.log.count_documents(review.tables.query(state=DONE)),
        "decisions_left": left,
        "text": text,
    }


def _scores(review: Review, field: str) -> dict[str, Any]:
    from ....gcn import evaluate

    path = label_path(review, field)
    items, clusters, confirmed = _everything(review)
    truth = _true_labels(review, path, items)
    known = np.array([label is not None for label in truth], bool)
    if not known.any():
        raise no_labels(field)
    _, labels = np.unique([label or "" for label in truth], return_inverse=True)
    labels, clusters, confirmed = labels[known], clusters[known], confirmed[known]
    is_right = _is_of_the_majority(clusters, labels)
    labeled = confirmed & (clusters >= 0)
    scores = evaluate(labels.astype(np.int64), clusters)
    return {
        "accuracy": float(is_right[labeled].mean()) if labeled.any() else None,
        "accuracy_all": float(is_right.mean()),
        "scores": {
            name: value if isinstance(value, int) else float(value)
            for name, value in vars(scores).items()
        },
    }


def _everything(review: Review) -> tuple[Ids, Int64, np.ndarray]:
    found = list(review.tables.members.find(review.tables.query()))
    sizes = [len(doc["items"]) // 12 for doc in found]
    numbers = [int(doc["cluster"]) for doc in found]
    return (
        joined([np.frombuffer(doc["items"], DTYPE) for doc in found]),
        np.repeat(np.array(numbers, np.int64), sizes),
        np.concatenate([np.empty(0, bool), *(np.frombuffer(d["confirmed"], bool) for d in found)]),
    )


def _true_labels(review: Review, path: str, items: Ids) -> list[str | None]:
    target = review.target
    ids, labels = target.everything.values(
        [target.path("id"), path], unwind=target.root is not None
    )
    rows = rows_of(ids_of(ids), items)
    values = [labels[row] if row >= 0 else None for row in rows.tolist()]
    return [None if value in NO_LABELS else label_text(value, path) for value in values]


def _is_of_the_majority(clusters: Int64, labels: np.ndarray) -> np.ndarray:
    """Marks images whose class is the most frequent one of their cluster, noise being no class."""
    pairs, inverse, counts = np.unique(
        np.stack([clusters, labels], 1), axis=0, return_inverse=True, return_counts=True
    )
    order = np.lexsort((-counts, pairs[:, 0]))
    is_first = np.ones(len(order), bool)
    is_first[1:] = pairs[order][1:, 0] != pairs[order][:-1, 0]
    is_majority = np.zeros(len(order), bool)
    is_majority[order[is_first]] = True
    return is_majority[inverse.ravel()] & (clusters >= 0)
