"""Works out what labels say that somebody gave in the cluster field itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from ...base.wording import count_text
from ...data.field_contents import Held
from ..documents.ids import ids_of, rows_of
from ..documents.members import Loaded, with_rows
from ..documents.review import Review
from ..log.entries import Heading
from ..partition.delta import written_rows
from ..partition.draft import Draft
from ..partition.name_rules import by_spelling, checked_name, spelled
from ..partition.state import NOISE, OUTSIDE, Int64, ReviewState, cluster_key, cluster_number
from .commit import Planned

K = TypeVar("K", int, str)


class Given(NamedTuple):
    """What labels that were given by hand come to."""

    planned: Planned
    """The correction; it may change nothing."""
    respelled: Int64
    """Rows that stay: their label is the name of their cluster, spelled otherwise."""


def work_out(review: Review, held: Sequence[Held]) -> Given | None:
    """Works out what labels in the field come to.

    Args:
        review: The review, up to date.
        held: What the field holds of some items.

    Returns:
        The correction; None if no person gave a label.
    """
    known = review.load(review.tables.clusters.distinct("cluster", review.tables.query()))
    rows = rows_of(known.items, ids_of([one.item for one in held])).tolist()
    given = [
        (one, row) for one, row in zip(held, rows, strict=True) if _is_given(known.state, one, row)
    ]
    if not given:
        return None
    loaded = _with_new(known, [one for one, row in given if row < 0])
    draft = Draft(loaded.state)
    _place_all(draft, loaded, [one for one, _ in given])
    delta = draft.delta()
    rows = rows_of(loaded.items, ids_of([one.item for one, _ in given]))
    written = np.intersect1d(rows, written_rows(loaded.state, delta))
    number = count_text(len(written), review.target.noun)
    verb = "was" if len(written) == 1 else "were"
    text = f"Took over the label of {number} that {verb} labeled outside of the review"
    planned = Planned(loaded, delta, Heading("adopt", text))
    return Given(planned, np.setdiff1d(rows, written))


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


def _place_all(draft: Draft, loaded: Loaded, given: Sequence[Held]) -> None:
    """Puts items where their label says: into the cluster of that name or id, or into a new one.

    Clusters that got another name as a whole come first: others may have got the name they had.
    """
    taken, names = by_spelling(loaded.state.names), dict(loaded.state.names)
    others = list[tuple[str, list[Held]]]()
    for name, those in _grouped((spelled(one.label), one) for one in given):
        cluster = _renamed(loaded, those)
        if cluster is None or taken.get(name, cluster) != cluster:
            others.append((name, those))
            continue
        names[cluster] = _as_most(those)
        draft.name(cluster, names[cluster])
    known = by_spelling(names)
    for name, those in others:
        cluster = known[name] if name in known else draft.new_cluster(_as_most(those))
        _place(draft, loaded, cluster, those)
    by_id = ((cluster_number(one.label), one) for one in given if spelled(one.label) is None)
    for cluster, those in _grouped(by_id):
        _place(draft, loaded, cluster, those)


def _grouped(rows: Iterable[tuple[K | None, Held]]) -> list[tuple[K, list[Held]]]:
    """Brings items together that have the same, those that have nothing left out."""
    groups: dict[K, list[Held]] = {}
    for key, one in rows:
        if key is not None:
            groups.setdefault(key, []).append(one)
    return sorted(groups.items())


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
