"""The operator `evaluate_clusters`."""

from collections.abc import Iterator, Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms
from .app.reporting_operator import ReportingOperator
from .app.streaming import run_task
from .base.operator_params import EvaluateClustersParams
from .base.params import ParameterError, parse
from .base.plugin import METHOD
from .base.progress import Progress
from .data.label_fields import list_label_fields
from .data.targets import target_of_record
from .evaluation.evaluation import evaluate_clusters, prepare_evaluation, run_to_evaluate
from .evaluation.evaluation_report import summary


class EvaluateClusters(ReportingOperator):
    """Compares the clusters of a run with known classes."""

    title = "Evaluate clusters"
    about = "Compare the clusters of a run with a field that holds the true classes"
    icon = "fact_check"

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        forms.add_choice(
            inputs,
            "run_key",
            ctx.dataset.list_runs(method=METHOD),
            "Run",
            "The run whose clusters are evaluated; the newest one when empty",
        )
        forms.add_choice(
            inputs,
            "label_field",
            _label_fields(ctx),
            "Field with the true classes",
            "Images without a class are left out; 'ground_truth' when empty, or for patches the "
            "labels of the objects",
        )
        inputs.bool(
            "save_views",
            label="Save views of the most split classes and the most mixed clusters",
            default=True,
        )
        problem = forms.problem_of(
            lambda: prepare_evaluation(ctx.dataset, parse(EvaluateClustersParams, ctx.params))
        )
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        params, dataset = parse(EvaluateClustersParams, ctx.params), ctx.dataset

        def task(progress: Progress) -> dict[str, Any]:
            report = evaluate_clusters(dataset, **vars(params), progress=progress).as_dict()
            return report | {"summary": summary(report)}

        return run_task(ctx, task, _done)


def _label_fields(ctx: foo.ExecutionContext) -> list[str]:
    try:
        record = run_to_evaluate(ctx.dataset, ctx.params.get("run_key") or None)
        target = target_of_record(ctx.dataset, record.patches_field)
    except ParameterError:
        return []
    return [name for name in list_label_fields(target) if name != record.cluster_field]


def _done(report: Mapping[str, Any]) -> str:
    scores = report["scores"]
    return f"BCubed F {scores['bcubed_f']:.3f}, pairwise F {scores['pairwise_f']:.3f}"
