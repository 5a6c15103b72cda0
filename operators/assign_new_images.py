"""The operator `assign_new_images`."""

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.message import GeneratedMessage

from .app import forms, target_form
from .app.correction_operator import add_run, parsed
from .app.open_panels import follow_runs
from .app.reporting_operator import ReportingOperator
from .app.streaming import run_task
from .base.correction_params import AssignNewImagesParams
from .base.progress import Progress
from .correcting import assign_new_images
from .corrections.documents.review import find_review
from .corrections.writes.correct import check_token
from .data.targets import resolve_target


class AssignNewImages(ReportingOperator):
    """Places images that came after a run."""

    title = "Assign new images"
    about = "Place images without a cluster, and leave all others where they are"
    icon = "add_photo_alternate"

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        about = (
            "Images without a cluster are placed in the clusters of the run, or in new ones among "
            "themselves. No other image moves"
        )
        inputs.view("about", types.Notice(label=about))
        target_form.add_view_target(inputs, ctx, "Assign")
        add_run(inputs, ctx)

        def check() -> None:
            params = parsed(AssignNewImagesParams, ctx.params)
            review = find_review(ctx.dataset, params["run_key"])
            check_token(review, params["token"])
            resolve_target(target_form.target_samples(ctx), review.record.patches_field)

        forms.show_problem(inputs, forms.problem_of(check), ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    async def execute(
        self, ctx: foo.ExecutionContext
    ) -> dict[str, Any] | Iterator[GeneratedMessage]:
        """Runs the operator; see `run_task` for why it is asynchronous."""
        samples, params = (
            ctx.target_view(require_flat=True),
            parsed(AssignNewImagesParams, ctx.params),
        )

        def task(progress: Progress) -> dict[str, Any]:
            report = assign_new_images(samples, **params, progress=progress)
            return report | {"summary": report["text"]}

        return run_task(ctx, task, lambda report: report["text"], lambda _: follow_runs(ctx))
