"""The operator `compute_embeddings`."""

from collections.abc import Iterator, Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms, result_forms, target_form
from .app.reporting_operator import ReportingOperator
from .app.streaming import run_task
from .base.operator_params import (
    DEFAULT_EMBEDDINGS_FIELD,
    ComputeEmbeddingsParams,
)
from .base.params import parse
from .base.progress import Progress
from .base.wording import count_text
from .embedding.embeddings import compute_embeddings, prepare_embeddings


class ComputeEmbeddings(ReportingOperator):
    """Computes embeddings of images or patches into a vector field."""

    title = "Compute embeddings"
    about = "Compute an embedding for each image or patch, for clustering"
    icon = "scatter_plot"

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        forms.add_invitation(inputs)
        target_form.add_target(inputs, ctx, "Embed")
        inputs.str(
            "embeddings_field",
            label="Embeddings field",
            description="Field that the vectors are written to",
            default=DEFAULT_EMBEDDINGS_FIELD,
        )
        forms.add_backbone(inputs)
        inputs.bool(
            "only_missing",
            label="Only missing ones",
            description="Keep the embeddings that are there already",
            default=False,
        )
        forms.add_switch(inputs)
        if forms.is_shown(ctx, "batch_size"):
            forms.add_batch_size(inputs)
        samples, params = target_form.target_samples(ctx), ctx.params
        problem = forms.problem_of(
            lambda: prepare_embeddings(samples, parse(ComputeEmbeddingsParams, params))
        )
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        samples, params = (
            ctx.target_view(require_flat=True),
            parse(ComputeEmbeddingsParams, ctx.params),
        )

        def done(report: Mapping[str, Any]) -> str:
            embeddings = count_text(report["n_computed"], "embeddings")
            return f"Computed {embeddings} in '{report['embeddings_field']}'"

        def task(progress: Progress) -> dict[str, Any]:
            report = compute_embeddings(samples, **vars(params), progress=progress).as_dict()
            return report | {"summary": _summary(report)}

        return run_task(ctx, task, done)


def _summary(result: dict[str, Any]) -> str:
    computed = count_text(result["n_computed"], "embeddings")
    text = (
        f"**{computed} computed** with `{result['backbone']}` into "
        f"`{result['embeddings_field']}` in {result['seconds']:,.1f} s"
    )
    if result["n_existing"]:
        text += f"; existing ones kept: {result['n_existing']:,}"
    text += result_forms.failures_text(result["failed"], result["n_failed"])
    return text
