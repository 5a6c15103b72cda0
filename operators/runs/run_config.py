"""What is recorded about a run: enough to understand it and to do it again."""

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.operator_params import ClusterImagesParams
from ..data.records import VERSION
from ..data.reports import clustering_counts, label_width
from ..data.targets import Target
from ..embedding.embeddings import EmbeddingReport
from ..embedding.vectors import EmbeddingTable

if TYPE_CHECKING:
    from ...gcn import ClusterResult


def describe_run(
    target: Target,
    params: ClusterImagesParams,
    table: EmbeddingTable,
    result: "ClusterResult",
    checkpoint_hash: str,
    computed: EmbeddingReport | None,
) -> dict[str, Any]:
    """Describes a finished clustering for the run record.

    Args:
        target: What was clustered.
        params: The parameters.
        table: The embeddings that were clustered.
        result: What `gcn.cluster` gave.
        checkpoint_hash: Hash of the model's weights and settings.
        computed: The report on embeddings that were computed first; None if they were only read.

    Returns:
        Plain values by name.
    """
    n_failed = len(computed.failed) if computed else 0
    counts, largest = clustering_counts(result.labels)
    return {
        "plugin_version": VERSION,
        "params": dataclasses.asdict(params),
        "seed": params.seed,
        "checkpoint": {"path": params.checkpoint, "sha256": checkpoint_hash},
        "embeddings": table.source,
        "target": target.describe(),
        "counts": counts
        | {"items": len(table.items) + len(table.missing)}
        | {"without_embedding": len(table.missing), "failed": n_failed},
        "largest": largest,
        "log_odds_shift": float(result.log_odds_shift),
        "stages": [
            {
                "name": str(stage.name),
                "seconds": float(stage.seconds),
                "counts": {str(name): int(value) for name, value in stage.counts.items()},
                "thresholds": {str(n): float(value) for n, value in stage.thresholds.items()},
            }
            for stage in result.stages
        ],
    }


def counts_of(columns: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """Counts clusters as they are stored, after what carries over from an earlier run.

    Args:
        columns: What the run stores.
        record: What was recorded so far.

    Returns:
        `counts` and `largest`.
    """
    counts, largest = clustering_counts(np.asarray(columns["labels"]))
    names = {f"c{n:0{label_width(columns['labels'])}d}": t for n, t in columns.get("names") or ()}
    for row in largest:
        row["cluster"] = names.get(row["cluster"], row["cluster"])
    return {"counts": record["counts"] | counts, "largest": largest}


def warnings_of(labels: np.ndarray, result: "ClusterResult") -> list[str]:
    """Gives the warnings, with the number of clusters after what carries over from an earlier run.

    Args:
        labels: Cluster of each item that was clustered, as it is stored, -1 for noise, shape (M,).
        result: What `gcn.cluster` gave for them.

    Returns:
        Sentences.
    """
    from ...gcn import number_advice

    counts = {name: number for stage in result.stages for name, number in stage.counts.items()}
    stale = number_advice(counts)
    true = number_advice(counts, len(np.unique(labels[labels >= 0])))
    if true == stale:
        return [str(sentence) for sentence in result.warnings]
    return [*(str(sentence) for sentence in result.warnings if sentence not in stale), *true]
