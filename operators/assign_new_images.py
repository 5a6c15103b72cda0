"""The operator `assign_new_images`."""

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionResult
from fiftyone.operators.message import GeneratedMessage

from . import forms
from .calls import call_operator
from .correcting import assign_new_images
from .correction_operator import add_run, parsed
from .correction_params import AssignNewImagesParams
from .corrections.review import find_review
from .streaming import run_task
from .targets import resolve_target
from .vectors import Progress


class AssignNewImages(foo.Operator):
    """Places images that came after a run."""

    @property
    def config(self) -> foo.OperatorConfig:
        """How FiftyOne lists and runs the operator."""
        return foo.OperatorConfig(
            name="assign_new_images",
            label="Assign new images",
            description="Place images without a cluster, and leave all others where they are",
            icon="add_photo_alternate",
            dynamic=True,
            execute_as_generator=True,
            allow_delegated_execution=True,
            disable_schema_validation=True,
            risk_level=types.RiskLevel.MEDIUM,
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        inputs.view_target(ctx, action_description="Assign")
        add_run(inputs, ctx)

        def check() -> None:
            params = parsed(AssignNewImagesParams, ctx.params)
            review = find_review(ctx.dataset, params["run_key"])
            resolve_target(ctx.target_view(), review.record.patches_field)

        forms.show_problem(inputs, forms.problem_of(check))
        return types.Property(inputs, view=types.View(label="Assign new images"))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        samples, params = ctx.target_view(), parsed(AssignNewImagesParams, ctx.params)

        def task(progress: Progress) -> dict[str, Any]:
            report = assign_new_images(samples, **params, progress=progress)
            return report | {"summary": report["text"]}

        return run_task(ctx, task, lambda report: report["text"])

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property | None:
        """Shows the result of a delegated run."""
        return forms.summary_form(ctx.results, "Result")

    def __call__(
        self, samples: SampleCollection, delegate: bool = False, **params: Any
    ) -> ExecutionResult:
        """Places new images from Python.

        Args:
            samples: The dataset, or a view: only its images are placed.
            delegate: Whether to queue it for `fiftyone delegated launch`.
            **params: The parameters of the function `assign_new_images`, without `progress`.

        Returns:
            The execution result; its `result` is that of the function `assign_new_images`.
        """
        return call_operator(self.uri, samples, params, delegate)
