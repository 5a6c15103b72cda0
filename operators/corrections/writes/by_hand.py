"""Takes over labels that somebody gave in the cluster field itself while it is reviewed.

The App's sidebar and its tab *Annotate* write there, and so do other programs; samples that come
from another dataset bring the labels that they had there. What a person called an image is kept as
a correction of its own, before anything is written over it.

What differs from the review in other ways is no label of a person: views of patches that were
copied before a correction write back what they held, and what is empty was emptied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ...base.wording import count_text
from ...data.field_contents import Held, count_held, count_labels, find_held, list_labels
from ...data.targets import Target
from ..documents.ids import ids_of, rows_of, texts_of
from ..documents.lock import Lock, writing
from ..documents.members import Loaded, with_rows
from ..documents.review import Review
from ..log.entries import Heading
from ..partition.draft import Draft
from ..partition.name_rules import by_spelling, checked_name, spelled
from ..partition.state import NOISE, OUTSIDE, ReviewState, cluster_key, cluster_number
from .commit import Planned, commit, repair
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

    Args:
        review: The review.
        since: The time.

    Returns:
        Whether there are any.
    """
    there = count_held(review.target, review.field, since=since)
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
    if found is None:
        return set(), ""
    items = set(texts_of(found.loaded.items[found.delta.rows]))
    number = len(found.delta.rows)
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
    report = commit(review, lock, found)
    # Told with the next correction, as what was to be told with this one.
    lock.keep(notice="; ".join(text for text in (report["notice"], found.heading.text) if text))
    return review.refreshed()


def _found(review: Review) -> Planned | None:
    """Looks for labels that were given in the field; None if there are none."""
    odd = _odd(review)
    if not odd:
        return None
    held = find_held(review.target, review.field, {label for label, _ in odd})
    return _planned(review, [one for one in held if (one.label, one.key) in odd])


def _odd(review: Review) -> set[tuple[str, str | None]]:
    """Pairs of label and `cluster_id` that more items have than the review knows of."""
    there = count_held(review.target, review.field)
    known = _sizes(review, review.tables.query())
    return {pair for pair, number in there.items() if number > known.get(pair, 0)}


def _sizes(review: Review, query: dict[str, Any]) -> dict[tuple[str, str | None], int]:
    """Sizes of clusters by label and `cluster_id`."""
    cards = review.tables.clusters.find(query, {"cluster": 1, "label": 1, "size": 1})
    return {(card["label"], review.key(card["cluster"])): card["size"] for card in cards}


def _planned(review: Review, held: Sequence[Held]) -> Planned | None:
    """Works out the correction; None if nobody gave a label."""
    known = review.load(review.tables.clusters.distinct("cluster", review.tables.query()))
    rows = rows_of(known.items, ids_of([one.item for one in held])).tolist()
    given = [
        (one, row) for one, row in zip(held, rows, strict=True) if _is_given(known.state, one, row)
    ]
    if not given:
        return None
    loaded = _with_new(known, [one for one, row in given if row < 0])
    by_label: dict[str, list[Held]] = {}
    for one, _ in given:
        by_label.setdefault(spelled(one.label) or one.label, []).append(one)
    draft = Draft(loaded.state)
    _place_all(draft, loaded, sorted(by_label.items()))
    number = count_text(len(given), review.target.noun)
    verb = "was" if len(given) == 1 else "were"
    text = f"Took over the label of {number} that {verb} labeled outside of the review"
    return Planned(loaded, draft.delta(), Heading("adopt", text))


def _is_given(state: ReviewState, one: Held, row: int) -> bool:
    """Tells whether a person gave that label, and not a program that wrote back an old state."""
    if row < 0:  # what comes from elsewhere has numbers of elsewhere, but its name is its name
        return spelled(one.label) is not None
    cluster = int(state.clusters[row])
    if one.label == state.label(cluster) or one.label == cluster_key(cluster, state.width):
        return False
    if one.key not in (None, cluster_key(cluster, state.width)):
        return False
    if spelled(one.label) is not None:
        return True
    return cluster_number(one.label) in {NOISE, *state.clusters.tolist()}


def _with_new(loaded: Loaded, new: Sequence[Held]) -> Loaded:
    """Adds rows for items that the review does not have, in no cluster yet."""
    number = len(new)
    if not number:
        return loaded
    known = [1.0 if one.confidence is None else one.confidence for one in new]
    columns = {
        "clusters": np.full(number, OUTSIDE, np.int64),
        "confirmed": np.zeros(number, bool),
        "confidence": np.array(known, np.float32),
        "parts": np.full(number, -10 - loaded.state.next_id, np.int64),  # a part of their own
        "origins": np.full(number, NOISE, np.int64),
    }
    items, samples = ids_of([one.item for one in new]), ids_of([one.sample for one in new])
    return with_rows(loaded, items, samples, columns)


def _place_all(draft: Draft, loaded: Loaded, given: Sequence[tuple[str, list[Held]]]) -> None:
    """Puts items where their label says: into the cluster of that name, or into a new one.

    Clusters that got another name as a whole come first: others may have got the name they had.
    """
    taken, names = by_spelling(loaded.state.names), dict(loaded.state.names)
    others = list[list[Held]]()
    for label, those in given:
        cluster = None if label in taken else _renamed(loaded, those)
        if cluster is None or cluster_number(label) is not None:
            others.append(those)
            continue
        names[cluster] = _as_most(those)
        draft.name(cluster, names[cluster])
    known = by_spelling(names)
    for those in others:
        label = those[0].label
        cluster = cluster_number(label)
        cluster = known.get(spelled(label)) if cluster is None else cluster
        cluster = draft.new_cluster(_as_most(those)) if cluster is None else cluster
        _place(draft, loaded, cluster, those)


def _place(draft: Draft, loaded: Loaded, cluster: int, those: Sequence[Held]) -> None:
    rows = rows_of(loaded.items, ids_of([one.item for one in those]))
    # As when images are moved: whoever gives a label knows what the image shows. Copies that
    # nobody had confirmed say so.
    sure = loaded.state.clusters[rows] != OUTSIDE
    sure |= [one.confirmed is not False for one in those]
    for flag in (False, True):
        draft.move(rows[sure == flag], cluster, flag)


def _as_most(those: Sequence[Held]) -> str:
    """The name as most of the items spell it."""
    spellings = Counter(one.label for one in those)
    return str(checked_name(min(spellings, key=lambda label: (-spellings[label], label))))


def _renamed(loaded: Loaded, those: Sequence[Held]) -> int | None:
    """The cluster that got another name: all of it, and nothing else, has the label."""
    state = loaded.state
    rows = rows_of(loaded.items, ids_of([one.item for one in those]))
    numbers = np.unique(state.clusters[rows])
    if len(numbers) != 1 or numbers[0] < 0:
        return None
    return int(numbers[0]) if len(state.members(int(numbers[0]))) == len(rows) else None
