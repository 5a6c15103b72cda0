"""The operator `review_clusters`: the way into the review, also as a button above the grid."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from .app.open_panels import PANEL, show_run


class ReviewClusters(foo.Operator):
    """Opens the panel `cluster_review` beside the grid."""

    @property
    def config(self) -> foo.OperatorConfig:
        """How FiftyOne lists and runs the operator."""
        return foo.OperatorConfig(
            name="review_clusters",
            label="Review clusters",
            description="Open the panel in which clusters become labels",
            icon="rule",
            disable_schema_validation=True,
            view_target=False,
            risk_level=types.RiskLevel.LOW,
        )

    def resolve_placement(self, ctx: foo.ExecutionContext) -> types.Placement:
        """Puts a button above the grid."""
        return types.Placement(
            types.Places.SAMPLES_GRID_ACTIONS,
            types.Button(label="Review clusters", icon="rule", prompt=False),
        )

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Opens the panel; one that is open turns to the run `run_key` if that is given."""
        ctx.ops.open_panel(PANEL, layout="horizontal", is_active=True)
        if "run_key" in ctx.params:
            show_run(ctx, ctx.params["run_key"])
        return {}
