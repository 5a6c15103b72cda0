"""The operator `split_cluster`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_clusters, add_selection, parsed
from .base.correction_params import SplitClusterParams
from .correcting import split_cluster
from .corrections.writes.opening import open_review


class SplitCluster(CorrectionOperator):
    """Divides a cluster."""

    title = "Split cluster"
    about = "Divide a cluster: into its parts, around chosen images, or by clustering it again"
    icon = "call_split"

    def takes_selection(self, values: Mapping[str, Any]) -> bool:
        """Takes what is selected to split around it."""
        return values.get("by") == "images"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks which cluster, and how."""
        add_clusters(inputs, ctx, "cluster", "Cluster", "The cluster to divide")
        view = types.RadioGroup()
        view.add_choice("parts", label="Into the parts that it was put together from")
        view.add_choice("images", label="Around the selected images, two or more")
        view.add_choice("clustering", label="By clustering its images again")
        inputs.enum("by", view.values(), label="How", default="parts", view=view)
        if self.takes_selection(ctx.params):
            add_selection(inputs, ctx)
        if ctx.params.get("by") == "clustering" or ctx.params.get("num_clusters"):
            inputs.int(
                "num_clusters",
                label="Number of clusters",
                description="How many to make of it; as many as are found if empty",
            )

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Splits, or tells what it would do."""
        return split_cluster(samples, **parsed(SplitClusterParams, values))

    def foretell(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Tells what it would do where that needs no embeddings."""
        params = parsed(SplitClusterParams, values)
        if params["by"] == "parts":
            return super().foretell(samples, values)
        open_review(samples, params["run_key"]).resolve(params["cluster"])
        return {"text": ""}
