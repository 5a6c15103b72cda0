"""How a training is shown: its result in words, tables and plots."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..base.wording import count_text, list_text
from . import result_forms

_SCORES = {
    "Mean of both F": "mean_f",
    "BCubed F": "bcubed_f",
    "BCubed precision": "bcubed_precision",
    "BCubed recall": "bcubed_recall",
    "Pairwise F": "pairwise_f",
    "Pairwise precision": "pairwise_precision",
    "Pairwise recall": "pairwise_recall",
}
_NETWORKS = ("GCN-V", "GCN-C")
_LOSSES = {"training_loss": "training", "validation_loss": "validation"}
_ORANGE, _GRAY, _BLUE = "#ff6d04", "#8e8e8e", "#499cef"
_COLORS = {"trained": _ORANGE, "base": _GRAY, "shipped": _BLUE}
_LINES = {"training_loss": _GRAY, "validation_loss": _ORANGE, "validation_score": _ORANGE}
_HEIGHT = 300


def summary(report: Mapping[str, Any]) -> str:
    """Words a report for a result form.

    Args:
        report: What `TrainingReport.as_dict` gave.

    Returns:
        Markdown.
    """
    head = [
        f"**{report['advice']}**",
        _scored(report),
        *(f"Note: {sentence}." for sentence in report["warnings"]),
        _how_to_use(report),
    ]
    failures = result_forms.failures_text(report["failed"], report["counts"]["failed"])
    parts = ["\n\n".join(head), _table(report["scores"]) + failures, _details(report)]
    return result_forms.GAP.join(parts)


def _scored(report: Mapping[str, Any]) -> str:
    counts = report["counts"]
    items = count_text(counts["labeled"], "patches" if report["patches_field"] else "images")
    classes = count_text(counts["classes"], "classes")
    missing = counts["without_embedding"]
    left_out = f" ({missing:,} without embedding left out)" if missing else ""
    return (
        f"Learned from {items} of {classes} in `{report['label_field']}`{left_out}. The scores are "
        "the mean of BCubed F and pairwise F on classes that were kept aside; when to stop and the "
        "thresholds were chosen on them, so expect a little less from new ones."
    )


def _details(report: Mapping[str, Any]) -> str:
    errors = ", ".join(f"{n} {error:.3f}" for n, error in report["calibration_error"].items())
    models = list_text([f"`{name}`" for name in report["models"]])
    return (
        f"Calibration error: {errors}. Your trained models: {models}; this one is in the file "
        f"`{report['path']}`. {report['seconds']:,.1f} seconds."
    )


def _how_to_use(report: Mapping[str, Any]) -> str:
    if report["recommended"] == "shipped":
        return "Cluster images with the field *Model* left empty."
    return f"Cluster images with *Model* set to `{report['recommended']}`."


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [[title, *(f"{row[name]:.3f}" for row in rows)] for title, name in _SCORES.items()]
    return result_forms.table_text(["Score on validation classes", *map(_title, rows)], lines)


def _title(row: Mapping[str, Any]) -> str:
    if row["role"] == "trained":
        return f"{row['model']} (trained)"
    return "shipped model" if row["role"] == "shipped" else f"{row['model']} (base)"


def plots(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draws the scores of all models, and losses and average precision on the way.

    Args:
        report: What `TrainingReport.as_dict` gave.

    Returns:
        Plotly figures: `data` and `layout`.
    """
    return [scores_plot(report["scores"]), *live_plots(report["losses"])]


def live_plots(losses: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Draws what is known while training goes on.

    Args:
        losses: As `TrainingReport.losses` explains, so far.

    Returns:
        Plotly figures; none before the first look.
    """
    return [losses_plot(losses), precision_plot(losses)] if losses else []


def scores_plot(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Draws scores as bars, one color per model.

    Args:
        rows: As `TrainingReport.scores` explains.

    Returns:
        A Plotly figure.
    """
    data = [
        {
            "type": "bar",
            "name": _title(row),
            "x": list(_SCORES),
            "y": [row[name] for name in _SCORES.values()],
            "text": [f"{row[name]:.2f}" for name in _SCORES.values()],
            "marker": {"color": _COLORS[row["role"]]},
        }
        for row in rows
    ]
    return {
        "data": data,
        "layout": _layout("Scores on validation classes", yaxis={"range": [0, 1.1]}),
    }


def losses_plot(losses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Draws the losses of both networks, side by side.

    Args:
        losses: As `TrainingReport.losses` explains.

    Returns:
        A Plotly figure.
    """
    return _curves("Loss", losses, _LOSSES, {"rangemode": "tozero"})


def precision_plot(losses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Draws the average precision of both networks on the validation classes, side by side.

    Args:
        losses: As `TrainingReport.losses` explains.

    Returns:
        A Plotly figure.
    """
    names = {"validation_score": "validation"}
    return _curves("Average precision", losses, names, {"range": [0, 1.05]})


def _curves(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    yaxis: Mapping[str, Any],
) -> dict[str, Any]:
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": words,
            "legendgroup": words,
            "showlegend": pane == 0,
            "x": [100 * row["done"] for row in rows if row["network"] == network],
            "y": [row[name] for row in rows if row["network"] == network],
            "xaxis": "x2" if pane else "x",
            "yaxis": "y2" if pane else "y",
            "line": {"color": _LINES[name]},
        }
        for pane, network in enumerate(_NETWORKS)
        for name, words in names.items()
    ]
    titles = [
        {"text": f"{network}, % of its steps", "font": {"size": 12, "color": _GRAY}}
        for network in _NETWORKS
    ]
    layout = _layout(
        title,
        xaxis={"title": titles[0], "domain": [0, 0.46], "range": [0, 100]},
        xaxis2={"title": titles[1], "domain": [0.54, 1], "range": [0, 100]},
        yaxis=dict(yaxis),
        yaxis2={**yaxis, "anchor": "x2"},
    )
    return {"data": data, "layout": layout}


def _layout(title: str, **axes: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": {"text": title, "x": 0.02, "font": {"size": 16}},
        "height": _HEIGHT,
        "margin": {"l": 50, "r": 20, "t": 50, "b": 50},
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        "hovermode": "x unified",
        **axes,
    }
