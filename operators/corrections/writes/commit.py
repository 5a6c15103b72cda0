"""Records corrections and carries them out: log first, then documents, then fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

import numpy as np

from ...base.params import ParameterError
from ...base.wording import count_text
from ..documents.cards import refresh_cards, write_cards
from ..documents.lock import Lock
from ..documents.members import Loaded, write_members
from ..documents.review import Review, needs_repair
from ..documents.tables import Tables
from ..documents.vanished import forget_rows
from ..log.changes import Change, change_of, delta_of
from ..log.entries import Heading, append_entry, damaged, read_change, read_entry, settle_states
from ..log.labels import LabelChange, label_notes, record_labels, write_label_changes
from ..partition.delta import Delta, apply_delta
from ..partition.state import NOISE, OUTSIDE
from .adopt import FieldContents, adopt
from .projection import write_fields


class Planned(NamedTuple):
    """A correction, worked out and not yet recorded."""

    loaded: Loaded
    """The state before, with all rows of the clusters that change."""
    delta: Delta
    """The change."""
    heading: Heading
    """What the log says of it."""
    labels: LabelChange | None = None
    """Labels that are written besides."""


def commit(review: Review, lock: Lock, planned: Planned, fingerprint: str = "") -> dict[str, Any]:
    """Records a correction and carries it out.

    Args:
        review: The review, up to date.
        lock: The right to write.
        planned: The correction.
        fingerprint: Of the request.

    Returns:
        The report; its `entry` is None if nothing changes. Its `notice` is told once.
    """
    loaded, delta, heading, labels = planned
    if delta.is_empty and labels is None and not heading.of:
        return preview(review, planned) | {"text": "Nothing to do: all of it is so already"}
    number = review.number + 1
    lock.keep()  # whoever took over meanwhile has recorded something under this number
    record_labels(review.tables, number, labels)
    images = len(delta.rows) if labels is None else len(labels.items)
    extra = {**heading.extra, "next_id": review.head["next_id"], "images": images}
    heading = dataclasses.replace(heading, fingerprint=fingerprint, extra=extra)
    append_entry(review.tables, number, heading, delta, change_of(loaded, delta))
    entry = read_entry(review.tables, number)
    if entry is None:
        raise ParameterError("run_key", "The run was deleted in the meantime; nothing was changed")
    vanished = carry_out(review, lock, entry, loaded, delta)
    review = review.refreshed()
    notes = [_vanished_text(review, vanished), take_notice(review.tables)]
    notice = "; ".join(note for note in notes if note)
    return report_of(review, entry) | {"vanished": vanished, "notice": notice}


def _vanished_text(review: Review, vanished: int) -> str:
    if not vanished:
        return ""
    verb, count = ("was", "counts") if vanished == 1 else ("were", "count")
    return (
        f"{count_text(vanished, review.target.noun)} of it {verb} deleted from the dataset in the "
        f"meantime, and {count} no more"
    )


def carry_out(
    review: Review, lock: Lock, entry: Mapping[str, Any], loaded: Loaded, delta: Delta
) -> int:
    """Brings documents and fields in line with an entry of the log; may be repeated.

    Args:
        review: The review.
        lock: The right to write.
        entry: The entry.
        loaded: The state before, with all rows of the clusters that change.
        delta: What the entry changes.

    Returns:
        Number of images or patches that are gone.
    """
    lock.keep()
    after = dataclasses.replace(loaded, state=apply_delta(loaded.state, delta))
    clusters = [cluster for cluster in delta.rewritten() if cluster != OUTSIDE]
    write_members(review.tables, after, clusters)
    if delta.moves or delta.verdicts:
        write_cards(review.tables, after, clusters, delta.verdicts)
    else:
        refresh_cards(review.tables, after, clusters)
    lock.keep()
    now = datetime.now(timezone.utc)
    lost = write_fields(review.target, review.field, after, delta, now, lock.keep)
    if len(lost):
        after = forget_rows(review.tables, after, lost)
    outcome = write_label_changes(review.tables, review.target, entry, lock.keep)
    settle_states(review.tables, entry)
    head = {"number": entry["number"], "next_id": after.state.next_id, "wrote": now}
    notes = label_notes(review.target, entry, outcome)
    if notes:
        head["notice"] = "; ".join(notes)
    mine = {"_id": review.tables.review, "lock.owner": lock.owner}
    review.tables.reviews.update_one(mine, {"$set": head})
    return len(lost)


def take_notice(tables: Tables) -> str:
    """Takes what the user is to know of corrections that could not be carried out in full.

    Args:
        tables: The review's documents.

    Returns:
        A sentence, which is told once; "" if all went well.
    """
    pending = {"_id": tables.review, "notice": {"$nin": [None, ""]}}
    head = tables.reviews.find_one_and_update(pending, {"$set": {"notice": ""}})
    return head["notice"] if head else ""


def repair(review: Review, lock: Lock) -> Review:
    """Carries out what was recorded by a program that died before it was done.

    Args:
        review: The review.
        lock: The right to write.

    Returns:
        The review, up to date; what the user is to know of it is in `notice` of its head.
    """
    while needs_repair(review):
        entry = read_entry(review.tables, review.number + 1)
        if entry is None:
            raise damaged(review.number + 1)
        change = read_change(review.tables, entry)
        loaded, delta = delta_of(review.load(clusters_in(change)), change)
        carry_out(review, lock, entry, loaded, delta)
        review = review.refreshed()
    return review


def clusters_in(change: Change) -> set[int]:
    """Lists the clusters that a recorded change rewrites.

    Args:
        change: The change.

    Returns:
        Their numbers.
    """
    numbers = np.union1d(change.columns["before"], change.columns["after"]).tolist()
    return {int(n) for n in numbers if n >= NOISE} | {cluster for cluster, _, _ in change.names}


def adopt_fields(review: Review, lock: Lock, loaded: Loaded, contents: FieldContents) -> None:
    """Records what was changed in the fields by other means before the review began.

    Args:
        review: The review, with an empty log.
        lock: The right to write.
        loaded: All rows of the run that are still there.
        contents: What the fields hold, by row.
    """
    delta = adopt(loaded.state, contents)
    if not delta.is_empty:
        text = "Took over what was changed in the dataset outside of the review"
        commit(review, lock, Planned(loaded, delta, Heading("adopt", text)))


def preview(review: Review, planned: Planned) -> dict[str, Any]:
    """Words what a correction would do.

    Args:
        review: The review.
        planned: The correction.

    Returns:
        A report without an `entry`.
    """
    labels = planned.labels
    return {
        **review.stamp,
        "entry": None,
        "kind": planned.heading.kind,
        "text": planned.heading.text,
        "images": len(planned.delta.rows) if labels is None else len(labels.items),
        "clusters": [],
        "removed": [],
        "created": [],
        "vanished": 0,
        "notice": "",
        "repeated": False,
    }


def report_of(review: Review, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Words what an entry of the log did.

    Args:
        review: The review, up to date.
        entry: The entry.

    Returns:
        The report, in plain values.
    """
    touched = [cluster for cluster in entry["touched"] if cluster != OUTSIDE]
    there = _existing(review, touched)
    known = set(there)
    before = entry["extra"].get("next_id")
    created = [c for c in there if before is not None and c >= before]
    return {
        **review.stamp,
        "entry": entry["number"],
        "kind": entry["kind"],
        "text": entry["text"],
        "images": entry["images"],
        "clusters": [review.key(cluster) for cluster in there],
        "removed": [review.key(c) for c in touched if c not in known and c >= 0],
        "created": [review.key(cluster) for cluster in created],
        "vanished": 0,
        "notice": "",
        "repeated": False,
    }


def _existing(review: Review, clusters: Iterable[int]) -> list[int]:
    query = review.tables.query(cluster={"$in": sorted(clusters)})
    found = review.tables.clusters.find(query, {"cluster": 1}).sort("cluster", 1)
    return [document["cluster"] for document in found]
