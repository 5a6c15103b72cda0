"""The operator `list_runs`."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionResult

from .app import result_forms
from .app.calls import call_operator
from .base.operator_params import ListRunsParams
from .base.params import parse
from .runs.runs import list_runs

_COLUMNS = {
    "run_key": "Run",
    "status": "Status",
    "cluster_field": "Field",
    "images": "Images",
    "clusters": "Clusters found",
    "embeddings": "Embeddings",
    "scores": "F against labels",
    "timestamp": "Written (UTC)",
}


class ListRuns(foo.Operator):
    """Lists the clustering runs of the dataset."""

    @property
    def config(self) -> foo.OperatorConfig:
        """How FiftyOne lists and runs the operator."""
        return foo.OperatorConfig(
            name="list_runs",
            label="List clustering runs",
            description="List the clustering runs of this dataset",
            icon="list_alt",
            disable_schema_validation=True,
            risk_level=types.RiskLevel.LOW,
        )

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Reads the runs; without a form, the App starts at once."""
        parse(ListRunsParams, ctx.params)
        runs = [summary.as_dict() for summary in list_runs(ctx.dataset)]
        rows = [[_cell(run[name]) for name in _COLUMNS] for run in runs]
        table = result_forms.table_text(list(_COLUMNS.values()), rows)
        return {"runs": runs, "summary": table if runs else "There are no clustering runs yet."}

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property | None:
        """Shows a table."""
        return result_forms.summary_form(ctx.results, "Clustering runs")

    def __call__(self, samples: SampleCollection) -> ExecutionResult:
        """Lists the runs from Python.

        Args:
            samples: The dataset, or any view of it.

        Returns:
            The execution result; its `result["runs"]` has one dict per run.
        """
        return call_operator(self.uri, samples, {}, delegate=False)


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{score:.3f} ({field})" for field, score in value.items())
    return "" if value is None else value
