"""The operator `review_clusters`: the way into the review, also as a button above the grid."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types


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
        """Opens the panel."""
        ctx.ops.open_panel("cluster_review", layout="horizontal", is_active=True)
        return {}
