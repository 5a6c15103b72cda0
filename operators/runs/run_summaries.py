"""Lists clustering runs."""

import dataclasses
from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.operator_params import SHIPPED
from ..data.records import RunRecord, list_records
from ..data.targets import dataset_of


@dataclasses.dataclass(frozen=True)
class RunSummary:
    """One line of `list_runs`.

    Attributes:
        run_key: Key of the run.
        token: Identity of what it found: another one once its clusters are numbered anew.
        status: "complete"; "incomplete" for one that is being written or was interrupted (delete
            it); "restoring" for one whose loading was interrupted (load it again).
        cluster_field: Full path of its field.
        timestamp: When it began, ISO 8601, UTC.
        images: Items in its target.
        clusters: Number of clusters.
        embeddings: Where its embeddings came from, in words.
        model: Name or path of the model that clustered; "shipped" for that of the plugin.
        scores: Mean of BCubed F and pairwise F by label field, where it was evaluated.
        config: Everything recorded about it.
    """

    run_key: str
    token: str
    status: str
    cluster_field: str
    timestamp: str
    images: int | None
    clusters: int | None
    embeddings: str
    model: str
    scores: dict[str, float]
    config: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Gives the summary in plain JSON types.

        Returns:
            The attributes by name, without `config`.
        """
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values.pop("config")
        return values


def list_runs(samples: SampleCollection) -> list[RunSummary]:
    """Lists the clustering runs of a dataset.

    Args:
        samples: The dataset, or any view of it.

    Returns:
        One summary per run, oldest first.
    """
    return [_summary(record) for record in list_records(dataset_of(samples))]


def _summary(record: RunRecord) -> RunSummary:
    counts = record.config.get("counts", {})
    source = record.config.get("embeddings", {})
    name = source.get("embeddings_field") or source.get("brain_key") or ""
    backbone = source.get("backbone")
    model = record.config.get("checkpoint", {}).get("path")
    return RunSummary(
        run_key=record.key,
        token=record.config["token"],
        status=record.status,
        cluster_field=record.path,
        timestamp=record.timestamp,
        images=counts.get("items"),
        clusters=counts.get("clusters"),
        embeddings=f"{name} ({backbone})" if backbone else name,
        model=model or SHIPPED,
        scores={found["label_field"]: found["scores"]["mean_f"] for found in record.evaluations},
        config=record.config,
    )
