"""The operator `cluster_images`."""

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionResult
from fiftyone.operators.message import GeneratedMessage

from . import forms
from .calls import call_operator
from .clustering import cluster_images, prepare_clustering
from .params import DEFAULT_BACKBONE, ClusterImagesParams, ParameterError, parse
from .streaming import run_task
from .targets import Target, resolve_target
from .vectors import Progress, list_brain_keys, list_vector_fields


class ClusterImages(foo.Operator):
    """Sorts images or patches into clusters."""

    @property
    def config(self) -> foo.OperatorConfig:
        """How FiftyOne lists and runs the operator."""
        return foo.OperatorConfig(
            name="cluster_images",
            label="Cluster images",
            description="Sort images or patches into clusters with two graph networks",
            icon="bubble_chart",
            dynamic=True,
            execute_as_generator=True,
            allow_delegated_execution=True,
            disable_schema_validation=True,
            risk_level=types.RiskLevel.MEDIUM,
        )

    def resolve_placement(self, ctx: foo.ExecutionContext) -> types.Placement:
        """Puts a button above the grid."""
        return types.Placement(
            types.Places.SAMPLES_GRID_ACTIONS,
            types.Button(label="Cluster images", icon="bubble_chart", prompt=True),
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        forms.add_target(inputs, ctx, "Cluster")
        target = _target(ctx)
        if target is not None:
            _add_source(inputs, ctx, target)
        _add_destination(inputs)
        problem = forms.problem_of(
            lambda: prepare_clustering(ctx.target_view(), parse(ClusterImagesParams, ctx.params))
        )
        if ctx.params.get("overwrite") or (problem and problem.parameter == "overwrite"):
            inputs.bool("overwrite", label="Overwrite", default=False)
        _add_settings(inputs)
        forms.show_problem(inputs, problem)
        return types.Property(inputs, view=types.View(label="Cluster images"))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        samples, params = ctx.target_view(), parse(ClusterImagesParams, ctx.params)
        done = "Found {counts[clusters]:,} clusters in {counts[clustered]:,} images"

        def task(progress: Progress) -> dict[str, Any]:
            report = cluster_images(samples, **vars(params), progress=progress).as_dict()
            return report | {"summary": _summary(report)}

        return run_task(ctx, task, done)

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property | None:
        """Shows the result of a delegated run."""
        return forms.summary_form(ctx.results, "Result")

    def __call__(
        self, samples: SampleCollection, delegate: bool = False, **params: Any
    ) -> ExecutionResult:
        """Runs the operator from Python.

        Args:
            samples: The dataset or view.
            delegate: Whether to queue it for `fiftyone delegated launch`.
            **params: The parameters of the function `cluster_images`, without `progress`.

        Returns:
            The execution result; its `result` is the report as a dict, with a `summary`.
        """
        return call_operator(self.uri, samples, params, delegate)


def _target(ctx: foo.ExecutionContext) -> Target | None:
    try:
        return resolve_target(ctx.target_view(), ctx.params.get("patches_field"))
    except ParameterError:
        return None


def _add_source(inputs: types.Object, ctx: foo.ExecutionContext, target: Target) -> None:
    fields, brain_keys = list_vector_fields(target), list_brain_keys(target)
    if fields and not ctx.params.get("brain_key"):
        forms.add_choice(
            inputs,
            "embeddings_field",
            fields,
            label="Embeddings field",
            description="Field with embeddings; they are computed first when this is empty",
        )
    if brain_keys and not ctx.params.get("embeddings_field"):
        forms.add_choice(
            inputs,
            "brain_key",
            brain_keys,
            label="Similarity index",
            description="Brain run to take the embeddings from",
        )
    if not ctx.params.get("brain_key") and not ctx.params.get("embeddings_field"):
        forms.add_backbone(inputs, DEFAULT_BACKBONE)


def _add_destination(inputs: types.Object) -> None:
    inputs.str(
        "cluster_field",
        label="Cluster field",
        description="Field that the clusters are written to",
        default="cluster",
    )
    inputs.str(
        "run_key",
        label="Run key",
        description="Name of this run, to load or delete it later; that of the field when empty",
    )


def _add_settings(inputs: types.Object) -> None:
    inputs.int(
        "k",
        label="Neighbors",
        description="Neighbors that each image is compared with; up to 80 when empty",
    )
    inputs.int("seed", label="Seed", description="Same seed, same clusters", default=0)
    inputs.str(
        "checkpoint",
        label="Checkpoint",
        description="Path of a trained model; the one of the plugin when empty",
    )
    inputs.bool(
        "save_view",
        label="Save a view with one tile per cluster",
        default=True,
    )


def _summary(result: dict[str, Any]) -> str:
    counts = result["counts"]
    parts = [
        f"**{counts['clusters']:,} clusters** of {counts['clustered']:,} items in "
        f"`{result['cluster_field']}`, in {result['seconds']:,.1f} s (run `{result['run_key']}`)",
        f"{counts['singletons']:,} clusters of one, {counts['noise']:,} noise, "
        f"{counts['without_embedding']:,} without embedding",
    ]
    if result["saved_view"]:
        parts.append(f"Saved view: **{result['saved_view']}**")
    parts += [f"Note: {sentence}" for sentence in result["warnings"]]
    rows = [[row["cluster"], f"{row['size']:,}"] for row in result["largest"]]
    parts.append(forms.table_text(["Largest clusters", "Images"], rows))
    times = [[stage["name"], f"{stage['seconds']:.2f}"] for stage in result["stages"]]
    parts.append(forms.table_text(["Stage", "Seconds"], times))
    return "\n\n".join(parts) + forms.failures_text(result["failed"], counts["failed"])
