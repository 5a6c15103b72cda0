"""The operator `load_run`."""

from collections.abc import Iterator, Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms
from .app.open_panels import follow_runs
from .app.reporting_operator import ReportingOperator
from .app.streaming import run_task
from .base.operator_params import LoadRunParams
from .base.params import parse
from .base.progress import Progress
from .base.wording import count_text
from .runs.run_loading import load_run, prepare_load


class LoadRun(ReportingOperator):
    """Brings the assignment of a run back into its field."""

    title = "Load clustering run"
    about = "Bring back the clusters of a run, with all corrections"
    icon = "restore"

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        forms.add_recorded_run(inputs, ctx, "The run to bring back")
        inputs.bool(
            "corrections",
            label="With corrections",
            description="Off: as the run found them; all corrections of the run are deleted",
            default=True,
        )
        problem = forms.problem_of(
            lambda: prepare_load(ctx.dataset, parse(LoadRunParams, ctx.params))
        )
        if problem is None:
            params = parse(LoadRunParams, ctx.params)
            record = prepare_load(ctx.dataset, params)
            note = f"What '{record.path}' holds now will be replaced, tags on its labels included"
            if params.corrections:
                note += ". Labels that were given there by hand become a correction first"
            inputs.view("note", types.Notice(label=note))
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        params = parse(LoadRunParams, ctx.params)
        dataset = ctx.dataset

        def done(report: Mapping[str, Any]) -> str:
            labels = count_text(report["restored"], "labels")
            return f"Restored {labels} of the run '{report['run_key']}'"

        def task(progress: Progress) -> dict[str, Any]:
            report = load_run(dataset, params.run_key, params.corrections, progress)
            return report | {"summary": _summary(report)}

        def show(report: Mapping[str, Any]) -> list[GeneratedMessage]:
            name = report["saved_view"]
            shown = [ctx.ops.set_view(dataset.load_saved_view(name))] if name else []
            return [*shown, *follow_runs(ctx, bool(name), report["run_key"])]

        return run_task(ctx, task, done, follow=show)


def _summary(result: dict[str, Any]) -> str:
    labels = count_text(result["restored"], "labels")
    text = f"**{labels} restored** in `{result['cluster_field']}`"
    note = f"\n\nNote: {result['notice']}" if result["notice"] else ""
    name = result["saved_view"]
    return text + note + (f"\n\nThe grid shows **{name}**: one tile per cluster." if name else "")
