"""The operator `review_progress`."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionResult

from .app import forms, result_forms
from .app.calls import call_operator
from .app.correction_operator import add_run, parsed
from .base.correction_params import ReviewProgressParams
from .corrections.opening import open_review
from .corrections.reads import review_progress
from .corrections.reads.accuracy import label_path


class ReviewProgress(foo.Operator):
    """Tells how far the review of a run has come."""

    @property
    def config(self) -> foo.OperatorConfig:
        """How FiftyOne lists and runs the operator."""
        return foo.OperatorConfig(
            name="review_progress",
            label="Review progress",
            description="Show how many images are confirmed, and the accuracy reached",
            icon="donut_large",
            dynamic=True,
            disable_schema_validation=True,
            risk_level=types.RiskLevel.LOW,
        )

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        add_run(inputs, ctx)
        inputs.str(
            "ground_truth",
            label="Ground truth",
            description="A field with the true labels, to see the accuracy reached",
        )

        def check() -> None:
            # A form is built anew while one types, so it looks at no labels, only for their field.
            params = parsed(ReviewProgressParams, ctx.params)
            review = open_review(ctx.dataset, params["run_key"])
            if params["ground_truth"] is not None:
                label_path(review, params["ground_truth"])

        forms.show_problem(inputs, forms.problem_of(check))
        return types.Property(inputs, view=types.View(label="Review progress"))

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Counts."""
        found = review_progress(ctx.dataset, **parsed(ReviewProgressParams, ctx.params))
        rows = [["Clusters confirmed", f"{found['clusters_confirmed']:,} of {found['clusters']:,}"]]
        rows += [["Clusters with a name", f"{found['named']:,}"], ["Noise", f"{found['noise']:,}"]]
        rows.append(["Decisions so far", f"{found['decisions_made']:,}"])
        if found.get("accuracy") is not None:
            rows.append(["Accuracy of confirmed images", f"{found['accuracy']:.1%}"])
        if "accuracy_all" in found:
            rows.append(["Accuracy of all images", f"{found['accuracy_all']:.1%}"])
        table = result_forms.table_text(["", ""], rows)
        return found | {"summary": f"**{found['text']}**\n\n{table}"}

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property | None:
        """Shows the counts."""
        return result_forms.summary_form(ctx.results, "Review progress")

    def __call__(self, samples: SampleCollection, **params: Any) -> ExecutionResult:
        """Counts from Python.

        Args:
            samples: The dataset, or any view of it.
            **params: `run_key` and `ground_truth`, if wanted.

        Returns:
            The execution result; its `result` is that of the function `review_progress`.
        """
        return call_operator(self.uri, samples, params, delegate=False)
