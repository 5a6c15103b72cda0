"""Lets the corrections of an earlier run on the same field count in a new one."""

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from .corrections.ids import ids_of, rows_of
from .corrections.links import Links, Settled, changed_rows, doubted_clusters, links_of, settle
from .corrections.opening import open_review
from .corrections.state import NOISE, OUTSIDE, ReviewState, cluster_key
from .corrections.strengths import strengths_of
from .params import ClusterImagesParams
from .records import COMPLETE, METHOD, read_record
from .reports import label_width
from .targets import Target
from .vectors import EmbeddingTable

if TYPE_CHECKING:
    from ..gcn import ClusterResult

# Decimals of the stored confidence: what is written can be restored exactly.
DECIMALS = 6
# Disagreements that the result lists.
SHOWN = 20


@dataclasses.dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier review, row by row of the new clustering.

    Attributes:
        state: The review; rows that it did not know are `OUTSIDE`.
        links: What it asks of the new clustering, among the rows that take part in it.
        takes_part: Rows that are clustered: all but confirmed noise, shape (N,), bool.
    """

    state: ReviewState
    links: Links
    takes_part: np.ndarray


def earlier_review(
    target: Target, params: ClusterImagesParams, table: EmbeddingTable
) -> Earlier | None:
    """Reads what was corrected in the run that a new one replaces.

    Args:
        target: What is to be clustered.
        params: The parameters, with `run_key`.
        table: The embeddings that are to be clustered; N of them.

    Returns:
        The earlier review; None if there is none, or it is not wanted.

    Raises:
        ParameterError: Its record is damaged.
    """
    dataset, key = target.dataset, str(params.run_key)
    if not params.keep_corrections or key not in dataset.list_runs(method=METHOD):
        return None
    record = read_record(dataset, key)
    if record.status != COMPLETE or dataset.get_field(record.path) is None:
        return None
    review = open_review(dataset, key)
    known = review.load(review.tables.clusters.distinct("cluster", review.tables.query()))
    rows = rows_of(known.items, ids_of(table.items.ids))
    state = _aligned(known.state, rows)
    if not (state.confirmed.any() or state.names or state.verdicts):
        return None
    takes_part = ~(state.confirmed & (state.clusters == NOISE))
    place = np.cumsum(takes_part) - 1
    links = links_of(state)
    return Earlier(state, Links(place[links.must_link], place[links.cannot_link]), takes_part)


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
        table: What was clustered, confirmed noise included; N of them.
        result: What `gcn.cluster` gave for the rows that take part.
        earlier: The earlier review; None for none.

    Returns:
        The columns to store, and what became of the earlier corrections; None if there were none.
    """
    taking = np.ones(len(table.items), bool) if earlier is None else earlier.takes_part
    labels = np.full(len(taking), NOISE, np.int64)
    labels[taking] = result.labels
    confidence = np.ones(len(taking))
    confidence[taking] = np.asarray(result.confidence, float)
    parts = np.full(len(taking), int(result.parts.max(initial=-1)) + 1)
    parts[taking] = result.parts
    scored = strengths_of(result, table.embeddings[taking])
    columns: dict[str, Any] = {
        "ids": list(table.items.ids),
        "sample_ids": list(table.items.sample_ids) if target.root else None,
        "confidence": np.round(confidence, DECIMALS).tolist(),
        "parts": parts.tolist(),
        "pairs": scored.pairs.tolist(),
        "strength": np.round(scored.strength.astype(float), DECIMALS).tolist(),
    }
    if earlier is None:
        return columns | {"labels": labels.tolist()}, None
    settled = settle(labels, earlier.state)
    columns |= {
        "labels": settled.labels.tolist(),
        "confirmed": settled.confirmed.tolist(),
        "names": [[cluster, name] for cluster, name in settled.names.items()],
        "verdicts": [[*pair, verdict] for pair, verdict in settled.verdicts.items()],
    }
    return columns, _report(settled, earlier.state, confidence, columns["labels"])


def _report(
    settled: Settled, state: ReviewState, confidence: np.ndarray, labels: list[int]
) -> dict[str, Any]:
    """Tells what became of earlier corrections."""
    doubted = doubted_clusters(settled, confidence.astype(np.float32))
    width = label_width(labels)
    return {
        "confirmed": int(settled.confirmed.sum()),
        "names": len(settled.names),
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
    return table.embeddings if earlier is None else table.embeddings[earlier.takes_part]
