"""What an evaluation tells its user."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import fiftyone as fo

from ..app import result_forms
from ..base.wording import count_text, list_text
from ..data import records

SHOWN = 10

_FAMILIES = {"BCubed F (precision, recall)": "bcubed", "Pairwise F (precision, recall)": "pairwise"}
_MEASURES = {
    "Mean of both F": "mean_f",
    "NMI": "nmi",
    "ARI": "ari",
    "Purity": "purity",
    "Images with a class": "n_images",
    "Classes": "n_classes",
    "Clusters": "n_clusters",
    "Clusters of one": "n_singletons",
    "Largest cluster": "largest_cluster",
}


@dataclasses.dataclass(frozen=True)
class EvaluationReport:
    """What `evaluate_clusters` found.

    Attributes:
        run_key: Key of the run.
        cluster_field: Full path of the field with its clusters.
        label_field: The field with the true classes.
        timestamp: When the field was read, ISO 8601, UTC.
        scores: `bcubed_` and `pairwise_` `precision`, `recall` and `f`, `mean_f` (of both F),
            `nmi`, `ari`, `purity`, best at 1; `n_images`, `n_classes`, `n_clusters`,
            `n_singletons`, `largest_cluster`.
        counts: Items `evaluated`; `unlabeled`, which have a cluster but no class, and
            `not_clustered`, which have a class but no cluster, both left out; `noise` among those
            evaluated.
        classes: One row per `class`, the most split first: `size`, mean BCubed `precision` and
            `recall` of its items, number of `clusters` it is in, its `largest_cluster` and its
            `share` there.
        clusters: One row per `cluster`, the most mixed first: `size`, `precision`, `recall`,
            number of `classes` in it, its `main_class` and the `share` of that.
        saved_views: Names of the saved views of the most split and most mixed.
        runs: One row per run that was evaluated against the same field, this one included, oldest
            run first: `run_key`, `timestamp` and all scores.
        seconds: Time taken.
    """

    run_key: str
    cluster_field: str
    label_field: str
    timestamp: str
    scores: dict[str, float | int]
    counts: dict[str, int]
    classes: list[dict[str, Any]]
    clusters: list[dict[str, Any]]
    saved_views: list[str]
    runs: list[dict[str, Any]]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Gives the report in plain JSON types.

        Returns:
            The attributes by name; of `classes` and `clusters` the first 100.
        """
        values = dataclasses.asdict(self)
        return values | {"classes": self.classes[:100], "clusters": self.clusters[:100]}


def comparison(
    dataset: fo.Dataset, patches_field: str | None, label_field: str
) -> list[dict[str, Any]]:
    """Collects the evaluations of all runs against one field.

    Args:
        dataset: The dataset.
        patches_field: What the runs clustered.
        label_field: The field.

    Returns:
        One row per run: `run_key`, `timestamp` and the scores.
    """
    return [
        {"run_key": record.key, "timestamp": evaluation["timestamp"], **evaluation["scores"]}
        for record in records.list_records(dataset)
        for evaluation in record.evaluations
        if record.patches_field == patches_field and evaluation["label_field"] == label_field
    ]


def summary(report: Mapping[str, Any]) -> str:
    """Words a report for a result form.

    Args:
        report: What `EvaluationReport.as_dict` gave.

    Returns:
        Markdown.
    """
    scores, noun = report["scores"], "patches" if "." in report["cluster_field"] else "images"
    clusters, classes = (
        count_text(scores[name], what)
        for name, what in (("n_clusters", "clusters"), ("n_classes", "classes"))
    )
    head = (
        f"**BCubed F {scores['bcubed_f']:.3f}, pairwise F {scores['pairwise_f']:.3f}**: "
        f"{count_text(scores['n_images'], noun)} in {clusters} against {classes} of "
        f"`{report['label_field']}`. These are the clusters as `{report['cluster_field']}` holds "
        "them now, corrections included."
    )
    parts = [
        head + _left_out(report["counts"], noun) + _views_text(report["saved_views"]),
        _scores_table(report["runs"], report["run_key"]),
        _split_table(report["classes"]),
        _mixed_table(report["clusters"]),
    ]
    return result_forms.GAP.join(part for part in parts if part)


def _left_out(counts: Mapping[str, int], noun: str) -> str:
    texts = [
        (counts["unlabeled"], "without a class"),
        (counts["not_clustered"], "without a cluster"),
    ]
    shown = [f"{count_text(number, noun)} {what}" for number, what in texts if number]
    text = f" Left out: {list_text(shown)}." if shown else ""
    if counts["noise"]:
        how = "counts as a cluster of one" if counts["noise"] == 1 else "count as clusters of one"
        text += f" {count_text(counts['noise'], noun)} of noise {how}."
    return text


def _views_text(saved_views: Sequence[str]) -> str:
    if not saved_views:
        return ""
    names = list_text([f"**{name}**" for name in saved_views])
    return f" The errors can be looked at under {names} in the list of saved views."


def _scores_table(runs: Sequence[Mapping[str, Any]], run_key: str) -> str:
    """One column per run, the one just evaluated first."""
    shown = sorted(runs, key=lambda run: run["run_key"] != run_key)
    rows = [[title, *(_family(run, name) for run in shown)] for title, name in _FAMILIES.items()]
    rows += [[title, *(_number(run[name]) for run in shown)] for title, name in _MEASURES.items()]
    rows.append(["Evaluated (UTC)", *(run["timestamp"] for run in shown)])
    return result_forms.table_text(["Score", *(run["run_key"] for run in shown)], rows)


def _family(run: Mapping[str, Any], name: str) -> str:
    f, precision, recall = (run[f"{name}_{part}"] for part in ("f", "precision", "recall"))
    return f"{f:.3f} ({precision:.3f}, {recall:.3f})"


def _split_table(classes: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [row["class"], _number(row["size"]), _number(row["clusters"]), row["largest_cluster"]]
        + [_number(row[name]) for name in ("share", "recall", "precision")]
        for row in classes[:SHOWN]
        if row["clusters"] > 1
    ]
    header = ["Most split classes", "Size", "Clusters", "Largest cluster", "Share there"]
    return result_forms.table_text([*header, "Recall", "Precision"], rows) if rows else ""


def _mixed_table(clusters: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [row["cluster"], _number(row["size"]), _number(row["classes"]), row["main_class"]]
        + [_number(row[name]) for name in ("share", "precision", "recall")]
        for row in clusters[:SHOWN]
        if row["classes"] > 1
    ]
    header = ["Most mixed clusters", "Size", "Classes", "Main class", "Its share"]
    return result_forms.table_text([*header, "Precision", "Recall"], rows) if rows else ""


def _number(value: float | int) -> str:
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"
