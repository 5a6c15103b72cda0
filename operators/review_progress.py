"""The operator `review_progress`."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from .app import forms, result_forms
from .app.correction_operator import add_run, parsed
from .app.plugin_operator import PluginOperator
from .base.correction_params import ReviewProgressParams
from .corrections.reads import review_progress
from .corrections.reads.accuracy import label_path
from .corrections.writes.opening import open_review


class ReviewProgress(PluginOperator):
    """Tells how far the review of a run has come."""

    title = "Review progress"
    about = "Show how many images are confirmed, and the accuracy reached"
    icon = "donut_large"
    risk = types.RiskLevel.LOW
    result_title = "Review progress"

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

        forms.show_problem(inputs, forms.problem_of(check), ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

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
