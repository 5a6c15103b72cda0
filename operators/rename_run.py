"""The operator `rename_run`."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionResult

from .app import forms, result_forms
from .app.calls import call_operator
from .app.correction_operator import parsed
from .app.open_panels import follow_runs
from .app.saved_view import reload_or_leave
from .base.operator_params import RenameRunParams
from .base.params import parse
from .runs.run_names import prepare_rename, rename_run


class RenameRun(foo.Operator):
    """Renames a clustering run."""

    @property
    def config(self) -> foo.OperatorConfig:
        """How FiftyOne lists and runs the operator."""
        return foo.OperatorConfig(
            name="rename_run",
            label="Rename clustering run",
            description="Give a clustering run another name; its field stays as it is",
            icon="drive_file_rename_outline",
            dynamic=True,
            disable_schema_validation=True,
            risk_level=types.RiskLevel.MEDIUM,
        )

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        forms.add_recorded_run(inputs, ctx, "The run to rename")
        inputs.str("new_run_key", label="New name", description="Letters, digits, underscores")
        problem = forms.problem_of(
            lambda: prepare_rename(ctx.dataset, parse(RenameRunParams, ctx.params))
        )
        forms.show_problem(inputs, problem)
        return types.Property(inputs, view=types.View(label="Rename clustering run"))

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Renames."""
        report = rename_run(ctx.dataset, **parsed(RenameRunParams, ctx.params))
        if "operator_uri" in ctx.request_params:
            reload_or_leave(ctx)
            follow_runs(ctx)
        text = f"The run '{report['was']}' is now called '{report['run_key']}'"
        return report | {"summary": text}

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property | None:
        """Says what it is called now."""
        return result_forms.summary_form(ctx.results, "Result")

    def __call__(self, samples: SampleCollection, **params: Any) -> ExecutionResult:
        """Renames from Python.

        Args:
            samples: The dataset, or any view of it.
            **params: `run_key` and `new_run_key`.

        Returns:
            The execution result; its `result` is that of the function `rename_run`.
        """
        return call_operator(self.uri, samples, params, delegate=False)
