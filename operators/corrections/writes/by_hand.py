"""Takes over labels that somebody gave in the cluster field itself while it is reviewed.

The App's sidebar and its tab *Annotate* write there, and so do other programs; samples that come
from another dataset bring the labels that they had there. What a person called an image is kept as
a correction of its own, before anything is written over it.

What differs from the review in other ways is no label of a person: views of patches that were
copied before a correction write back what they held, and what is empty was emptied.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from ...base.wording import count_text
from ...data.field_contents import count_held, count_labels, find_held, list_labels
from ...data.targets import Target
from ..documents.ids import texts_of
from ..documents.lock import Lock, writing
from ..documents.review import Review
from ..partition.delta import apply_delta, written_rows
from ..partition.name_rules import spelled
from .commit import commit, repair
from .given import Given, work_out
from .projection import write_again
from .replacing import check_not_replaced


def lack_labels(review: Review, clusters: Iterable[int]) -> bool:
    """Looks whether the field has a label less often than the review has images of it. Cheap.

    Args:
        review: The review, up to date.
        clusters: The clusters to look at.

    Returns:
        Whether images of them have another label, or are gone.
    """
    query = review.tables.query(cluster={"$in": sorted(clusters)})
    sizes = dict[str, int]()
    for card in review.tables.clusters.find(query, {"label": 1, "size": 1}):
        sizes[card["label"]] = sizes.get(card["label"], 0) + card["size"]
    there = count_labels(review.target, review.field, sizes)
    return any(there.get(label, 0) < size for label, size in sizes.items())


def with_labels_by_hand(review: Review) -> Review:
    """Takes over the labels that were given in the field, if any were.

    Args:
        review: The review.

    Returns:
        The review with that correction, if there was anything to take over.

    Raises:
        ParameterError: The run is being clustered again, or corrected for very long.
    """
    if not _odd(review):
        return review
    with writing(review.tables) as lock:
        check_not_replaced(review.dataset, review.record.key)
        return take_over(repair(review.refreshed(), lock), lock)


def are_as_in_review(review: Review, clusters: Collection[int]) -> bool:
    """Looks whether the field has the labels of some clusters just where the review has them.

    Args:
        review: The review, up to date.
        clusters: The clusters.

    Returns:
        Whether nobody took an image out of them, or put one into them, in the field itself.
    """
    chosen = {"cluster": {"$in": sorted(clusters)}}
    labels = review.tables.clusters.distinct("label", review.tables.query(**chosen))
    names = {spelled(label) for label in labels} - {None}
    labels += [one for one in list_labels(review.target, review.field) if spelled(one) in names]
    found = review.tables.query(**{"$or": [chosen, {"label": {"$in": labels}}]})
    known = _sizes(review, found)
    keys = {key for _, key in known if key}
    # Whoever puts an image into a cluster may call it by its id, though it has a name.
    return count_held(review.target, review.field, {*labels, *keys}, keys) == known


def holds_other_labels(target: Target, field: str) -> bool:
    """Looks whether a field has labels that a run does not give: names, or ids of other clusters.

    Args:
        target: What was clustered.
        field: Name of the cluster field.

    Returns:
        Whether it does.
    """
    return any(label != key for label, key in count_held(target, field))


def has_odd(review: Review) -> bool:
    """Looks whether more images have a label than the review knows of. Grows with the dataset.

    Args:
        review: The review.

    Returns:
        Whether there are any.
    """
    return bool(_odd(review))


def has_unknown(review: Review, since: datetime) -> bool:
    """Looks whether images modified since then have a label that their cluster has not. Cheap.

    What the last correction wrote, by the time that it gave to all its images, is not read.

    Args:
        review: The review.
        since: The time.

    Returns:
        Whether there are any.
    """
    wrote = review.head.get("wrote")
    there = count_held(review.target, review.field, since=since, but=wrote)
    labels = {label for label, _ in there}
    known = _sizes(review, review.tables.query(label={"$in": sorted(labels)}))
    return not there.keys() <= known.keys()


def foretold(review: Review) -> tuple[set[str], str]:
    """Tells what `take_over` would do.

    Args:
        review: The review.

    Returns:
        The items, and a sentence; "" if there are none.
    """
    found = _found(review)
    if found is None or found.planned.delta.is_empty:
        return set(), ""
    loaded, delta = found.planned.loaded, found.planned.delta
    items = set(texts_of(loaded.items[written_rows(loaded.state, delta)]))
    number = len(items)
    verbs = ("was", "is") if number == 1 else ("were", "are")
    which = f"{count_text(number, review.target.noun)} that {verbs[0]} labeled outside"
    label = "label" if number == 1 else "labels"
    return items, f"The {label} of {which} of the review {verbs[1]} taken over first"


def take_over(review: Review, lock: Lock, clusters: Collection[int] | None = None) -> Review:
    """Records the labels that were given in the field, as one correction.

    Args:
        review: The review, up to date.
        lock: The right to write into it.
        clusters: Clusters that are all that matters, if there is nothing to take over of them;
            None for all of the review.

    Returns:
        The review with that correction, if there was anything to take over.
    """
    if clusters is not None and are_as_in_review(review, clusters):
        return review
    found = _found(review)
    if found is None:
        return review
    loaded, delta, heading, _ = found.planned
    if not delta.is_empty:
        told = [commit(review, lock, found.planned)["notice"], heading.text]
        # Told with the next correction, as what was to be told with this one.
        lock.keep(notice="; ".join(text for text in told if text))
    if len(found.respelled):
        lock.keep()
        after = dataclasses.replace(loaded, state=apply_delta(loaded.state, delta))
        write_again(review.target, review.field, after, found.respelled)
    return review.refreshed()


def _found(review: Review) -> Given | None:
    """Looks for labels that were given in the field; None if there are none."""
    odd = _odd(review)
    if not odd:
        return None
    held = find_held(review.target, review.field, {label for label, _ in odd})
    return work_out(review, [one for one in held if (one.label, one.key) in odd])


def _odd(review: Review) -> set[tuple[str, str | None]]:
    """Pairs of label and `cluster_id` that more items have than the review knows of."""
    there = count_held(review.target, review.field)
    known = _sizes(review, review.tables.query())
    return {pair for pair, number in there.items() if number > known.get(pair, 0)}


def _sizes(review: Review, query: dict[str, Any]) -> dict[tuple[str, str | None], int]:
    """Sizes of clusters by label and `cluster_id`."""
    cards = review.tables.clusters.find(query, {"cluster": 1, "label": 1, "size": 1})
    return {(card["label"], review.key(card["cluster"])): card["size"] for card in cards}
