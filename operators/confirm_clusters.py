"""The operator `confirm_clusters`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_clusters, add_if_exists, parsed
from .base.correction_params import ConfirmClustersParams
from .correcting import confirm_clusters


class ConfirmClusters(CorrectionOperator):
    """Confirms clusters, or takes that back."""

    title = "Confirm clusters"
    about = "Say that clusters are right, so that the next run keeps them"
    icon = "verified"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks which clusters are right."""
        add_clusters(inputs, ctx, "clusters", "Clusters", "Clusters that are right", many=True)
        inputs.bool("unconfirm", label="Take the confirmation back", default=False)
        clusters, together = ctx.params.get("clusters"), ctx.params.get("together")
        number = len(clusters) if isinstance(clusters, list) else 0
        if number > 1 and not ctx.params.get("unconfirm"):
            about = "They are one thing: merge them as well"
            inputs.bool("together", label="Together", description=about, default=False)
        if (number == 1 or (number and together)) and not ctx.params.get("unconfirm"):
            inputs.str("name", label="Name", description="A name for the cluster, if it needs one")
            add_if_exists(inputs)
            about = "Ids of images that do not belong: they are taken out first"
            inputs.list("without", types.String(), label="Without", description=about)

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Confirms, or tells what it would do."""
        return confirm_clusters(samples, **parsed(ConfirmClustersParams, values))
