"""The operator `delete_run`."""

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms
from .app.open_panels import follow_runs
from .app.plugin_operator import PluginOperator
from .app.streaming import run_task
from .base.operator_params import DeleteRunParams
from .base.params import parse
from .base.progress import Progress
from .base.wording import list_text
from .data.records import read_record
from .runs.run_deletion import delete_run, what_goes


class DeleteRun(PluginOperator):
    """Deletes a run with everything that it wrote."""

    title = "Delete clustering run"
    about = "Delete a clustering run with its cluster field and saved view"
    icon = "delete"
    risk = types.RiskLevel.HIGH
    execute_as_generator = True

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, which names what goes."""
        inputs = types.Object()
        forms.add_recorded_run(inputs, ctx, "The run to delete", is_chosen=False)
        inputs.bool(
            "delete_embeddings",
            label="Delete the embeddings too",
            description="The embeddings field, if this plugin computed it and no others read it",
            default=False,
        )
        problem = forms.problem_of(lambda: _what_goes(ctx))
        if problem is None:
            text = f"This deletes {list_text(_what_goes(ctx))}. It cannot be undone."
            inputs.view("note", types.Warning(label=text))
        forms.show_problem(inputs, problem, ctx.params)
        prompt = types.PromptView(label=self.title, submit_button_label="Delete")
        return types.Property(inputs, view=prompt)

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        params, dataset = parse(DeleteRunParams, ctx.params), ctx.dataset

        def task(progress: Progress) -> dict[str, Any]:
            progress(0.5, f"Deleting the run '{params.run_key}'")
            result = delete_run(dataset, params.run_key, params.delete_embeddings)
            lines = [f"- {what}" for what in result["deleted"]]
            return result | {"summary": "\n".join(["**Deleted**\n", *lines])}

        done = f"Deleted the run '{params.run_key}'"
        return run_task(ctx, task, lambda _: done, lambda _: follow_runs(ctx), leaves_view=True)


def _what_goes(ctx: foo.ExecutionContext) -> list[str]:
    params = parse(DeleteRunParams, ctx.params)
    return what_goes(ctx.dataset, read_record(ctx.dataset, params.run_key), params)
