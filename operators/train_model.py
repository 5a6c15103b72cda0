"""The operator `train_model`."""

from collections.abc import Iterator, Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms, source_form, target_form
from .app.reporting_operator import ReportingOperator
from .app.streaming import run_task
from .app.training_form import live_plots, plots, summary
from .base.operator_params import SCRATCH, SHIPPED, TrainModelParams
from .base.params import parse
from .base.progress import Progress
from .data.label_fields import list_label_fields
from .training.models import free_name, list_models
from .training.training import prepare_training, train_model


class TrainModel(ReportingOperator):
    """Trains a model on images or patches whose classes are known."""

    title = "Train clustering model"
    about = "Train the clustering networks on images whose classes are known"
    icon = "model_training"

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        target_form.add_target(inputs, ctx, "Learn from")
        _add_labels(inputs, ctx)
        source_form.add_source(inputs, ctx)
        _add_model(inputs, ctx)
        problem = forms.problem_of(
            lambda: prepare_training(
                target_form.target_samples(ctx), parse(TrainModelParams, ctx.params)
            )
        )
        if ctx.params.get("overwrite") or (problem and problem.parameter == "overwrite"):
            inputs.bool("overwrite", label="Overwrite", default=False)
        forms.add_switch(inputs)
        if forms.is_shown(ctx, "seed", default=0):
            inputs.int("seed", label="Seed", description="Same seed, same model", default=0)
        source_form.add_batch_size(inputs, ctx)
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        samples, params = ctx.target_view(require_flat=True), parse(TrainModelParams, ctx.params)
        looks: list[dict[str, Any]] = []

        def task(progress: Progress) -> dict[str, Any]:
            report = train_model(
                samples, **vars(params), progress=progress, watch=looks.append
            ).as_dict()
            return report | {"summary": summary(report), "plots": plots(report)}

        return run_task(ctx, task, _done, drawn=lambda: live_plots(list(looks)))


def _add_labels(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    target = source_form.target_of(ctx)
    forms.add_choice(
        inputs,
        "label_field",
        list_label_fields(target) if target else [],
        label="Field with the classes",
        description="Images without a class are strangers to all; of a cluster field, what is "
        "confirmed counts; 'ground_truth' when empty, or for patches the labels of the objects",
    )


def _add_model(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    forms.add_choice(
        inputs,
        "base",
        [SHIPPED, SCRATCH, *list_models()],
        label="Begin with",
        description=f"'{SHIPPED}' (when empty) refines the model of the plugin, '{SCRATCH}' "
        "begins with nothing; or a model of yours, or the path of a checkpoint",
    )
    inputs.str(
        "name",
        label="Name of the model",
        description="To choose it when you cluster images; "
        f"'{free_name(ctx.dataset.name)}' when empty",
    )


def _done(report: Mapping[str, Any]) -> str:
    return str(report["advice"])
