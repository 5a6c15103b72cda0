"""The operator `list_runs`."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from .app import result_forms
from .app.plugin_operator import PluginOperator
from .base.operator_params import SHIPPED, ListRunsParams
from .base.params import parse
from .runs.run_summaries import list_runs

_COLUMNS = {
    "run_key": "Run",
    "status": "Status",
    "cluster_field": "Field",
    "images": "Images",
    "clusters": "Clusters found",
    "embeddings": "Embeddings",
    "model": "Model",
    "scores": "F against labels",
    "timestamp": "Written (UTC)",
}


class ListRuns(PluginOperator):
    """Lists the clustering runs of the dataset."""

    title = "List clustering runs"
    about = "List the clustering runs of this dataset"
    icon = "list_alt"
    risk = types.RiskLevel.LOW
    dynamic = False
    result_title = "Clustering runs"

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Reads the runs; without a form, the App starts at once."""
        parse(ListRunsParams, ctx.params)
        runs = [summary.as_dict() for summary in list_runs(ctx.dataset)]
        table = _table(runs)
        return {"runs": runs, "summary": table if runs else "There are no clustering runs yet."}


def _table(runs: list[dict[str, Any]]) -> str:
    shown = dict(_COLUMNS)
    if all(run["model"] == SHIPPED for run in runs):
        del shown["model"]  # there is no room for what tells no run from another
    rows = [[_cell(name, run[name]) for name in shown] for run in runs]
    return result_forms.table_text(list(shown.values()), rows)


def _cell(name: str, value: Any) -> Any:
    if name == "timestamp":
        # A narrow column breaks it between date and time, not within the date.
        return value.replace("T", " ").replace("-", "\N{NON-BREAKING HYPHEN}")
    if isinstance(value, dict):
        return ", ".join(f"{score:.3f} ({field})" for field, score in value.items())
    return "" if value is None else value
