"""Lets the corrections of an earlier run on the same field count in a new one."""

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from .clusters import part_names
from .corrections.columns import is_there, recorded_state
from .corrections.ids import ids_of, rows_of, texts_of
from .corrections.links import Links, Settled, changed_rows, doubted_clusters, links_of, settle
from .corrections.members import Loaded
from .corrections.opening import open_review
from .corrections.state import NOISE, OUTSIDE, ReviewState, cluster_key
from .corrections.strengths import strengths_of
from .params import ClusterImagesParams, ParameterError
from .records import COMPLETE, INCOMPLETE, METHOD, RunRecord, incomplete_key, read_record
from .reports import label_width
from .targets import Items, Target
from .vectors import EmbeddingTable

if TYPE_CHECKING:
    from ..gcn import ClusterResult

# Decimals of the stored confidence: what is written can be restored exactly.
DECIMALS = 6
# Disagreements that the result lists.
SHOWN = 20


@dataclasses.dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier review, row by row: first those of the new clustering, then `kept`.

    Attributes:
        state: The review; rows that it did not know are `OUTSIDE`.
        links: What it asks of the new clustering, among the rows that take part in it.
        takes_part: Rows that are clustered: all but confirmed noise and `kept`, shape (N,), bool.
        kept: Confirmed items that are not among those to cluster, or have no embedding now.
        lost: Number of confirmed items that are gone from the dataset.
    """

    state: ReviewState
    links: Links
    takes_part: np.ndarray
    kept: Items
    lost: int


def earlier_review(
    target: Target, params: ClusterImagesParams, table: EmbeddingTable
) -> Earlier | None:
    """Reads what was corrected in the run that a new one replaces.

    Args:
        target: What is to be clustered.
        params: The parameters, with `run_key`.
        table: The embeddings that are to be clustered.

    Returns:
        The earlier review; None if there is none, or it is not wanted.

    Raises:
        ParameterError: Its record is damaged.
    """
    dataset, key = target.dataset, str(params.run_key)
    if not params.keep_corrections or key not in dataset.list_runs(method=METHOD):
        return None
    record = read_record(dataset, key)
    if record.status == INCOMPLETE:
        return None
    try:
        known = _all_rows(target, record)
    except ParameterError as error:
        raise ParameterError(
            "keep_corrections",
            f"The corrections of the run '{key}' cannot be kept ({error}); set 'keep_corrections' "
            "to False to cluster without them",
        ) from error
    return _earlier(target, known, rows_of(known.items, ids_of(table.items.ids)))


def _all_rows(target: Target, record: RunRecord) -> Loaded:
    """Reads a review, from run and log alone if its field does not hold all of it."""
    dataset, parts = target.dataset, part_names(target, record.cluster_field)
    is_whole = all(dataset.get_field(target.path(part)) is not None for part in parts)
    is_interrupted = incomplete_key(record.key) in dataset.list_runs()
    if record.status != COMPLETE or is_interrupted or not is_whole:
        return recorded_state(target, record)
    review = open_review(dataset, record.key)
    return review.load(review.tables.clusters.distinct("cluster", review.tables.query()))


def _earlier(target: Target, known: Loaded, rows: np.ndarray) -> Earlier | None:
    """Brings a review in the order of the new clustering, whose items are its `rows`."""
    confirmed = np.flatnonzero(known.state.confirmed & (known.state.clusters >= NOISE))
    others = np.setdiff1d(confirmed, rows)
    kept = others[is_there(target, known.items[others])]
    lost = len(others) - len(kept)
    inside = _aligned(known.state, rows)
    state = _aligned(known.state, np.concatenate([rows, kept]))
    if not (state.confirmed.any() or state.names or state.verdicts or lost):
        return None
    takes_part = ~(state.confirmed & (state.clusters == NOISE))
    takes_part[len(rows) :] = False
    place = np.cumsum(takes_part) - 1
    links = links_of(inside)
    ids, samples = (tuple(texts_of(column[kept])) for column in (known.items, known.samples))
    asked = Links(place[links.must_link], place[links.cannot_link])
    return Earlier(state, asked, takes_part, Items(ids, samples), lost)


def _aligned(state: ReviewState, rows: np.ndarray) -> ReviewState:
    """Puts the rows of a state in another order; -1 stands for a row that it does not have."""
    is_known = rows >= 0
    if not len(state.clusters):
        rows = np.zeros(0, np.int64)
    clusters = np.full(len(is_known), OUTSIDE, np.int64)
    clusters[is_known] = state.clusters[rows[is_known]]
    columns: dict[str, Any] = {"clusters": clusters}
    for name in ("confirmed", "confidence", "parts", "origins"):
        column = getattr(state, name)
        values = np.zeros(len(is_known), column.dtype)
        values[is_known] = column[rows[is_known]]
        columns[name] = values
    return dataclasses.replace(state, **columns)


def results_of(
    target: Target, table: EmbeddingTable, result: "ClusterResult", earlier: Earlier | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Words what a run stores, with what carries over.

    Args:
        target: What was clustered.
        table: What was clustered, confirmed noise included.
        result: What `gcn.cluster` gave for the rows that take part.
        earlier: The earlier review; None for none.

    Returns:
        The columns to store, and what became of the earlier corrections; None if there were none.
    """
    taking = np.ones(len(table.items), bool) if earlier is None else earlier.takes_part
    items = table.items if earlier is None else _joined(table.items, earlier.kept)
    labels = np.full(len(taking), NOISE, np.int64)
    labels[len(table.items) :] = OUTSIDE
    labels[taking] = result.labels
    confidence = np.ones(len(taking))
    confidence[taking] = np.asarray(result.confidence, float)
    parts = np.full(len(taking), int(result.parts.max(initial=-1)) + 1)
    parts[taking] = result.parts
    scored = strengths_of(result, table.embeddings[taking[: len(table.items)]])
    columns: dict[str, Any] = {
        "ids": list(items.ids),
        "sample_ids": list(items.sample_ids) if target.root else None,
        "labels": labels.tolist(),
        "confidence": np.round(confidence, DECIMALS).tolist(),
        "parts": parts.tolist(),
        "pairs": scored.pairs.tolist(),
        "strength": np.round(scored.strength.astype(float), DECIMALS).tolist(),
    }
    if earlier is None:
        return columns, None
    settled = settle(labels, earlier.state)
    columns |= _kept_as_they_were(earlier, confidence, parts) | _carried_columns(settled)
    return columns, _report(settled, earlier, confidence, columns["labels"])


def _joined(first: Items, second: Items) -> Items:
    return Items(first.ids + second.ids, first.sample_ids + second.sample_ids)


def _kept_as_they_were(
    earlier: Earlier, confidence: np.ndarray, parts: np.ndarray
) -> dict[str, list[Any]]:
    """Gives `confidence` and `parts` with what the rows had that were not clustered again."""
    rows = slice(len(parts) - len(earlier.kept), None)
    confidence, parts = confidence.copy(), parts.copy()
    confidence[rows] = earlier.state.confidence[rows]
    # Numbers of their own: a part of the earlier run has nothing to do with one of this run.
    _, own = np.unique(earlier.state.parts[rows], return_inverse=True)
    parts[rows] = int(parts.max(initial=-1)) + 1 + own
    return {"confidence": np.round(confidence, DECIMALS).tolist(), "parts": parts.tolist()}


def _carried_columns(settled: Settled) -> dict[str, list[Any]]:
    return {
        "labels": settled.labels.tolist(),
        "confirmed": settled.confirmed.tolist(),
        "names": [[cluster, name] for cluster, name in settled.names.items()],
        "verdicts": [[*pair, verdict] for pair, verdict in settled.verdicts.items()],
    }


def _report(
    settled: Settled, earlier: Earlier, confidence: np.ndarray, labels: list[int]
) -> dict[str, Any]:
    """Tells what became of earlier corrections."""
    state = earlier.state
    doubted = doubted_clusters(settled, confidence.astype(np.float32))
    width = label_width(labels)
    return {
        "confirmed": int(settled.confirmed.sum()),
        "outside": len(earlier.kept),
        "lost": earlier.lost,
        "names": len(settled.names),
        "names_lost": len(set(state.names.values()) - set(settled.names.values())),
        "moved": int(changed_rows(settled.labels, state).sum()),
        "new": int((state.clusters == OUTSIDE).sum()),
        "disagreements": [
            {
                "cluster": cluster_key(cluster, width),
                "name": settled.names.get(cluster),
                "images": images,
            }
            for cluster, images in sorted(doubted.items(), key=lambda pair: -pair[1])[:SHOWN]
        ],
        "doubted": sum(doubted.values()),
    }


def taking_part(table: EmbeddingTable, earlier: Earlier | None) -> np.ndarray:
    """Gives the embeddings to cluster.

    Args:
        table: All embeddings.
        earlier: The earlier review; None for none.

    Returns:
        Those of the rows that take part, shape (M, D).
    """
    if earlier is None:
        return table.embeddings
    return table.embeddings[earlier.takes_part[: len(table.items)]]
