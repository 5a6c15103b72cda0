"""The review of the run that a new one replaces, read before clustering and before writing."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..base.operator_params import ClusterImagesParams
from ..base.params import ParameterError
from ..base.plugin import METHOD
from ..base.reloading import reload_dataset
from ..corrections.documents.ids import ids_of, rows_of, texts_of
from ..corrections.documents.lock import Lock, writing
from ..corrections.documents.members import Loaded
from ..corrections.documents.tables import Tables, review_id
from ..corrections.partition.links import Links, links_of
from ..corrections.partition.state import NOISE, OUTSIDE, ReviewState
from ..corrections.writes.by_hand import take_over, with_labels_by_hand
from ..corrections.writes.columns import is_there, recorded_state
from ..corrections.writes.commit import repair
from ..corrections.writes.opening import open_review
from ..data.clusters import count_clustered, part_names
from ..data.items import Items
from ..data.records import COMPLETE, INCOMPLETE, RunRecord, incomplete_key, read_record
from ..data.targets import Target
from ..embedding.vectors import EmbeddingTable
from .ownerless import read_ownerless

# Seconds that a finished clustering waits for the corrections of others, before it gives up.
PATIENCE = 600


@dataclasses.dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier review, row by row: first those of the new clustering, then `kept`.

    Attributes:
        state: The review; rows that it did not know are `OUTSIDE`.
        kept: Confirmed items that are not among those to cluster, or have no embedding now.
        lost: Number of confirmed items that are gone from the dataset.
        token: That of its run; "" if the run is gone.
        number: Number of its corrections.
        meanwhile: How many of them came while the images were being clustered.
        is_review: Whether there was a review; False where labels are all that is known.
        labeled: What labels added to it, as `ClusteringReport.corrections` has it; None for no
            labels.
    """

    state: ReviewState
    kept: Items
    lost: int
    token: str
    number: int
    meanwhile: int = 0
    is_review: bool = True
    labeled: dict[str, Any] | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether nothing of it carries over, so that there is nothing to tell either."""
        state = self.state
        said = state.confirmed.any() or state.names or state.verdicts or self.lost
        return not said and not self.meanwhile


def earlier_review(
    target: Target, params: ClusterImagesParams, table: EmbeddingTable, lock: Lock | None = None
) -> Earlier | None:
    """Reads what was corrected in the run, or in the field without a run, that a new one replaces.

    Args:
        target: What is to be clustered.
        params: The parameters, with `cluster_field` and `run_key`.
        table: The embeddings that are to be clustered.
        lock: The right to write into that review, where the caller has it.

    Returns:
        The earlier review; None if there is neither, or it is not wanted.

    Raises:
        ParameterError: Its record is damaged.
    """
    if not params.keep_corrections:
        return None
    record = _replaced(target, params)
    if record is None:
        found = read_ownerless(target, params)
        return None if found is None else _earlier(target, None, found, table)
    try:
        known = _all_rows(target, record, lock)
    except ParameterError as error:
        problem = str(error).partition(";")[0]  # what to do is another thing here
        raise ParameterError(
            "keep_corrections",
            f"The corrections of the run '{record.key}' cannot be kept ({problem}); cluster "
            "without keeping corrections",
        ) from error
    return _earlier(target, record, known, table)


def latest_review(
    target: Target,
    params: ClusterImagesParams,
    table: EmbeddingTable,
    first: Earlier | None,
    lock: Lock | None,
) -> Earlier | None:
    """Reads an earlier review again, with what was corrected in the meantime.

    Args:
        target: What was clustered.
        params: The parameters, with `run_key`.
        table: The embeddings that were clustered.
        first: The review as it was before.
        lock: The right to write into it.

    Returns:
        The review as it is now; as it was if its run was deleted since.

    Raises:
        ParameterError: Its record is damaged.
    """
    latest = earlier_review(target, params, table, lock)
    if latest is None or first is None:
        return latest or first
    known = first.number if first.token == latest.token else 0
    return dataclasses.replace(latest, meanwhile=latest.number - known)


@contextmanager
def nobody_correcting(target: Target, params: ClusterImagesParams) -> Iterator[Lock | None]:
    """Keeps others from correcting the run that a new one replaces.

    Args:
        target: What was clustered.
        params: The parameters, with `run_key`.

    Yields:
        The right to write into its review; None if no run is replaced.

    Raises:
        ParameterError: Somebody else is writing for ten minutes.
    """
    reload_dataset(target.dataset)
    record = _replaced(target, params)
    if record is None:
        yield None
        return
    if params.keep_corrections and _is_open(target, record):
        open_review(target.dataset, record.key)  # a review that begins needs the lock itself
    tables = _tables(target, record)
    tables.add_head()
    with writing(tables, PATIENCE) as lock:
        yield lock


def constraints(earlier: Earlier | None, taking: np.ndarray) -> Links | None:
    """Says what an earlier review asks of a new clustering.

    Args:
        earlier: The earlier review; None for none.
        taking: Rows that are clustered, shape (N,), bool.

    Returns:
        Constraints on those rows, numbered among themselves; None for none.
    """
    if earlier is None or earlier.says_nothing:
        return None
    links = links_of(_aligned(earlier.state, np.arange(len(taking))))
    place = np.cumsum(taking) - 1
    return Links(place[links.must_link], place[links.cannot_link])


def _replaced(target: Target, params: ClusterImagesParams) -> RunRecord | None:
    dataset, key = target.dataset, str(params.run_key)
    if key not in dataset.list_runs(method=METHOD):
        return None
    record = read_record(dataset, key)
    return None if record.status == INCOMPLETE else record


def _tables(target: Target, record: RunRecord) -> Tables:
    return Tables(review_id(target.dataset, record.config["token"]))


def _is_open(target: Target, record: RunRecord) -> bool:
    """Tells whether the field of a run holds all of its review."""
    dataset, parts = target.dataset, part_names(target, record.cluster_field)
    is_whole = all(dataset.get_field(target.path(part)) is not None for part in parts)
    is_interrupted = incomplete_key(record.key) in dataset.list_runs()
    if record.status != COMPLETE or not is_whole or is_interrupted:
        return False
    return count_clustered(target, record.cluster_field) > 0


def _all_rows(target: Target, record: RunRecord, lock: Lock | None) -> Loaded:
    """Reads a review, from run and log alone if its field does not hold all of it."""
    is_begun = (_tables(target, record).head() or {}).get("ready")
    if not _is_open(target, record) or (lock is not None and not is_begun):
        return recorded_state(target, record)
    review = open_review(target.dataset, record.key)
    if lock is None:
        review = with_labels_by_hand(review)
    else:
        review = take_over(repair(review.refreshed(), lock), lock)
        lock.keep()
    return review.load(review.tables.clusters.distinct("cluster", review.tables.query()))


def _earlier(
    target: Target, record: RunRecord | None, known: Loaded, table: EmbeddingTable
) -> Earlier:
    """Brings a review, be it of no run, in the order of the new clustering."""
    rows = rows_of(known.items, ids_of(table.items.ids))
    confirmed = np.flatnonzero(known.state.confirmed & (known.state.clusters >= NOISE))
    others = np.setdiff1d(confirmed, rows)
    kept = others[is_there(target, known.items[others])]
    ids, samples = (tuple(texts_of(column[kept])) for column in (known.items, known.samples))
    tables = None if record is None else _tables(target, record)
    return Earlier(
        state=_aligned(known.state, np.concatenate([rows, kept])),
        kept=Items(ids, samples),
        lost=len(others) - len(kept),
        token="" if record is None else record.config["token"],
        number=0 if tables is None else tables.log.count_documents(tables.query()),
    )


def _aligned(state: ReviewState, rows: np.ndarray) -> ReviewState:
    """Puts the rows of a state in another order; -1 stands for a row that it does not have."""
    is_known = rows >= 0
    clusters = np.full(len(is_known), OUTSIDE, np.int64)
    clusters[is_known] = state.clusters[rows[is_known]]
    columns: dict[str, Any] = {"clusters": clusters}
    for name in ("confirmed", "confidence", "parts", "origins"):
        column = getattr(state, name)
        values = np.zeros(len(is_known), column.dtype)
        values[is_known] = column[rows[is_known]]
        columns[name] = values
    return dataclasses.replace(state, **columns)
