"""The state of a run as columns, to write its field from: what it found and what was corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...base.params import ParameterError
from ...data import records
from ...data.clusters import DECIMALS
from ...data.records import RunRecord
from ...data.targets import Target
from ..documents.base import fingerprint, read_base
from ..documents.ids import Ids, ids_of, texts_of
from ..documents.lock import Lock, writing
from ..documents.members import Loaded, without_rows
from ..documents.review import Review
from ..documents.tables import Tables, review_id
from ..log.labels import label_notes, write_label_changes
from ..partition.state import NOISE, Bool
from .build import begin, rebuild, replay
from .by_hand import holds_other_labels, take_over
from .commit import repair
from .replacing import check_not_replaced


@contextmanager
def corrected_columns(
    target: Target, record: RunRecord
) -> Iterator[tuple[dict[str, Any], Callable[[], None]]]:
    """Works out what belongs into the field of a run, while nobody else can correct it.

    Args:
        target: What was clustered.
        record: The run's record.

    Yields:
        The columns that `clusters.cluster_batches` takes, and a function to call between batches.

    Raises:
        ParameterError: The run has no results, its record is damaged, or somebody else is
            correcting it or clusters it again.
    """
    dataset = target.dataset
    tables = Tables(review_id(dataset, record.config["token"]))
    tables.add_head()  # a review that begins now would take over a field that is half written
    loaded, scored = read_base(dataset, record)
    with writing(tables) as lock:
        check_not_replaced(dataset, record.key)
        _take_over(target, record, tables, lock)
        if not (tables.head() or {}).get("ready"):
            yield columns_of(loaded), lock.keep
            return
        now = _present(target, replay(tables, loaded))
        columns = columns_of(now)
        _write_late_labels(target, tables, lock)
        # Nobody is to open a review of which, after a kill, only a part is there.
        records.update(dataset, record.key, status=records.RESTORING)
        rebuild(tables, now, scored)
        lock.keep()
        yield columns, lock.keep


def _take_over(target: Target, record: RunRecord, tables: Tables, lock: Lock) -> None:
    """Records labels that somebody gave in the field, which is about to be written over."""
    is_whole = record.status == records.COMPLETE  # else it holds what an interrupted load left
    if not is_whole or target.dataset.get_field(record.path) is None:
        return
    head = tables.head() or {}
    if not head.get("ready"):
        if not holds_other_labels(target, record.cluster_field):
            return
        tables.clear(("log", "changes"))  # of an opening that was killed
        loaded, scored = read_base(target.dataset, record)
        begin(tables, _present(target, loaded), scored, fingerprint(loaded.items, loaded.state))
        lock.keep(ready=True)
    review = Review(target.dataset, record, target, tables, {}).refreshed()
    take_over(repair(review, lock), lock)


def _write_late_labels(target: Target, tables: Tables, lock: Lock) -> None:
    """Writes the labels of what was recorded by a program that died before it wrote them."""
    done, notes = (tables.head() or {}).get("number", 0), list[str]()
    for entry in tables.log.find(tables.query(number={"$gt": done})).sort("number", 1):
        outcome = write_label_changes(tables, target, entry, lock.keep)
        notes += label_notes(target, entry, outcome)
    if notes:
        mine = {"_id": tables.review, "lock.owner": lock.owner}
        tables.reviews.update_one(mine, {"$set": {"notice": "; ".join(notes)}})


def recorded_state(target: Target, record: RunRecord) -> Loaded:
    """Works out where run and log leave all rows, whatever the field of the run holds now.

    Args:
        target: What was clustered.
        record: The run's record.

    Returns:
        All rows, those of deleted images included.

    Raises:
        ParameterError: The run has no results, or the record of its corrections is damaged.
    """
    tables = Tables(review_id(target.dataset, record.config["token"]))
    head = tables.head()
    loaded, _ = read_base(target.dataset, record)
    return replay(tables, loaded) if head is not None and head["ready"] else loaded


def _present(target: Target, loaded: Loaded) -> Loaded:
    return without_rows(loaded, np.flatnonzero(~is_there(target, loaded.items)))


def is_there(target: Target, items: Ids) -> Bool:
    """Looks which items the dataset still has.

    Args:
        target: What was clustered.
        items: Ids of images or patches, shape (N,).

    Returns:
        Shape (N,), bool.
    """
    if not len(items):
        return np.zeros(0, bool)
    ids = target.everything.values(target.path("id"), unwind=target.root is not None)
    return np.isin(items, ids_of(ids))


def columns_of(loaded: Loaded) -> dict[str, Any]:
    """Words a state as columns of plain values.

    Args:
        loaded: All rows of a run.

    Returns:
        `ids`, `sample_ids`, `labels`, `confidence`, `confirmed`, `names` and `width`; rows without
        a cluster are left out.

    Raises:
        ParameterError: There are no others.
    """
    state = loaded.state
    rows = np.flatnonzero(state.clusters >= NOISE)
    if not len(rows):
        raise ParameterError(
            "run_key", "The run has no images left in the dataset; delete it, or choose another"
        )
    is_patches = loaded.samples is not loaded.items
    return {
        "ids": texts_of(loaded.items[rows]),
        "sample_ids": texts_of(loaded.samples[rows]) if is_patches else None,
        "labels": state.clusters[rows].tolist(),
        "confidence": np.round(state.confidence[rows].astype(float), DECIMALS).tolist(),
        "confirmed": state.confirmed[rows].tolist(),
        "names": [[cluster, name] for cluster, name in state.names.items()],
        "width": state.width,
    }
