"""The operator `visualize_clusters`."""

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms
from .app.reporting_operator import ReportingOperator
from .app.streaming import run_task
from .base.operator_params import METHODS, VisualizeClustersParams
from .base.params import parse
from .base.progress import Progress
from .visualization.visualization import prepare_visualization, visualize_clusters


class VisualizeClusters(ReportingOperator):
    """Maps the embeddings of a run, and lays out the App to review it."""

    title = "Map clusters"
    about = "Map the embeddings of a run, beside the grid and the review panel"
    icon = "scatter_plot"
    risk = types.RiskLevel.LOW

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        forms.add_recorded_run(inputs, ctx, "The run to map")
        about = "'umap' keeps neighbors together, 'tsne' more so but slowly, 'pca' is instant"
        about += "; when empty that of the map that is there, or else 'umap'"
        forms.add_choice(inputs, "method", METHODS, "Method", about)
        inputs.bool("overwrite", label="Compute again if there is a map", default=False)
        problem = forms.problem_of(
            lambda: prepare_visualization(ctx.dataset, parse(VisualizeClustersParams, ctx.params))
        )
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        params, dataset = parse(VisualizeClustersParams, ctx.params), ctx.dataset

        def task(progress: Progress) -> dict[str, Any]:
            report = visualize_clusters(dataset, **vars(params), progress=progress)
            return report | {"summary": f"The workspace **{report['workspace']}** is ready."}

        return run_task(
            ctx,
            task,
            lambda report: f"Opened the workspace '{report['workspace']}'",
            follow=lambda report: [ctx.ops.set_spaces(name=report["workspace"])],
        )
