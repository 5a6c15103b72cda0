"""The operator `move_to_cluster`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_clusters, add_selection, parsed
from .base.correction_params import MoveToClusterParams
from .correcting import move_to_cluster


class MoveToCluster(CorrectionOperator):
    """Moves the selected images to a cluster."""

    title = "Move to cluster"
    about = "Move the selected images to another cluster, or to a new one"
    icon = "drive_file_move"

    def takes_selection(self, values: Mapping[str, Any]) -> bool:
        """Takes what is selected."""
        return True

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks where the selection goes."""
        add_selection(inputs, ctx)
        if not ctx.params.get("name"):
            add_clusters(inputs, ctx, "cluster", "Cluster", "Where they go; a new one when empty")
        if not ctx.params.get("cluster"):
            inputs.str("name", label="Name", description="The name of a new cluster")

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Moves, or tells what it would do."""
        return move_to_cluster(samples, **parsed(MoveToClusterParams, values))
