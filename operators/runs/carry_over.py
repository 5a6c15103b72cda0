"""Lets the corrections of an earlier run on the same field count in a new one."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.wording import count_text
from ..corrections.partition.settling import Settled, changed_rows, doubted_clusters, settle
from ..corrections.partition.state import DIFFERENT, NOISE, OUTSIDE, cluster_key
from ..data.clusters import DECIMALS
from ..data.items import Items
from ..data.reports import label_width
from ..data.targets import Target
from ..embedding.vectors import EmbeddingTable
from .earlier import Earlier

if TYPE_CHECKING:
    from ...gcn import ClusterResult

# Disagreements that the result lists.
SHOWN = 20


def rows_to_cluster(table: EmbeddingTable, earlier: Earlier | None) -> np.ndarray:
    """Chooses the rows that take part in a clustering.

    Args:
        table: All embeddings.
        earlier: The earlier review; None for none.

    Returns:
        All but confirmed noise, shape (N,), bool.
    """
    taking = np.ones(len(table.items), bool)
    if earlier is not None:
        state = earlier.state
        taking &= ~(state.confirmed & (state.clusters == NOISE))[: len(taking)]
    return taking


def embeddings_of(table: EmbeddingTable, taking: np.ndarray) -> np.ndarray:
    """Gives the embeddings to cluster.

    Args:
        table: All embeddings.
        taking: The rows that take part, shape (N,), bool.

    Returns:
        Their embeddings, shape (M, D).
    """
    return table.embeddings if taking.all() else table.embeddings[taking]


def results_of(
    target: Target,
    table: EmbeddingTable,
    taking: np.ndarray,
    result: "ClusterResult",
    earlier: Earlier | None,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Words what a run stores, with what carries over.

    Args:
        target: What was clustered.
        table: What was clustered, confirmed noise included.
        taking: The rows that took part, shape (N,), bool.
        result: What `gcn.cluster` gave for them.
        earlier: The earlier review, which may know more than it did before; None for none.

    Returns:
        The columns to store, and what became of the earlier corrections; None if there were none.
    """
    items = table.items if earlier is None else _joined(table.items, earlier.kept)
    took = np.zeros(len(items), bool)
    took[: len(taking)] = taking
    labels, confidence, parts = _spread(result, took)
    columns: dict[str, Any] = {
        "ids": list(items.ids),
        "sample_ids": list(items.sample_ids) if target.root else None,
        "labels": labels.tolist(),
        "confidence": np.round(confidence, DECIMALS).tolist(),
        "parts": parts.tolist(),
        "pairs": result.relations.pairs.tolist(),
        "strength": np.round(result.relations.strength.astype(float), DECIMALS).tolist(),
    }
    if earlier is None or (earlier.says_nothing and took.all()):
        return columns, None
    settled = settle(labels, earlier.state)
    columns |= _as_they_were(earlier, ~took, confidence, parts) | _carried_columns(settled)
    return columns, _report(settled, earlier, confidence, columns["labels"])


def _spread(result: "ClusterResult", took: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives cluster, confidence and part of all rows, of which those in `took` were clustered."""
    labels = np.full(len(took), OUTSIDE, np.int64)
    labels[took] = result.labels
    confidence = np.ones(len(took))
    confidence[took] = np.asarray(result.confidence, float)
    parts = np.full(len(took), int(result.parts.max(initial=-1)) + 1)
    parts[took] = result.parts
    return labels, confidence, parts


def _joined(first: Items, second: Items) -> Items:
    return Items(first.ids + second.ids, first.sample_ids + second.sample_ids)


def _as_they_were(
    earlier: Earlier, rows: np.ndarray, confidence: np.ndarray, parts: np.ndarray
) -> dict[str, list[Any]]:
    """Gives `confidence` and `parts` with what the rows had that were not clustered again."""
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
    state, labeled = earlier.state, earlier.labeled or {}
    doubted = doubted_clusters(settled, confidence.astype(np.float32))
    width = label_width(labels)
    return {
        "confirmed": int(settled.confirmed.sum()) - labeled.get("images", 0),
        "noise": int((settled.confirmed & (settled.labels == NOISE)).sum()),
        "outside": len(earlier.kept),
        "lost": earlier.lost,
        "names": len(settled.names) - labeled.get("names", 0),
        "names_lost": len(set(state.names.values()) - set(settled.names.values())),
        "answers": list(state.verdicts.values()).count(DIFFERENT) - settled.verdicts_lost,
        "answers_lost": settled.verdicts_lost,
        "meanwhile": earlier.meanwhile,
        "from_field": earlier.is_review and not earlier.token,
        "moved": int(changed_rows(settled.labels, state).sum()),
        "new": int((state.clusters == OUTSIDE).sum()) + labeled.get("new", 0),
        "disagreements": [
            {
                "cluster": cluster_key(cluster, width),
                "name": settled.names.get(cluster),
                "images": images,
            }
            for cluster, images in sorted(doubted.items(), key=lambda pair: -pair[1])[:SHOWN]
        ],
        "doubted": sum(doubted.values()),
        "is_review": earlier.is_review,
        "labeled": earlier.labeled,
    }


def carry_over_texts(kept: dict[str, Any] | None) -> list[str]:
    """Says what could not carry over in full.

    Args:
        kept: What became of the earlier corrections; None if there were none.

    Returns:
        Sentences; none if all did.
    """
    if kept is None:
        return []
    texts: list[str] = []
    if kept["from_field"]:
        texts.append(
            "The run of this field was gone: what is confirmed and named was kept as the field has "
            "it, but no field holds answers about pairs of clusters, so those start anew"
        )
    if kept["meanwhile"]:
        texts.append(
            f"{count_text(kept['meanwhile'], 'corrections')} came while the clustering was going "
            "on: what is confirmed, named or put aside now was kept, but all else was placed "
            "without them; cluster again for them to count there too"
        )
    return texts
