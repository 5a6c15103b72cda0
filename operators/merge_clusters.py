"""The operator `merge_clusters`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_clusters, parsed
from .base.correction_params import MergeClustersParams
from .correcting import merge_clusters


class MergeClusters(CorrectionOperator):
    """Puts several clusters together."""

    title = "Merge clusters"
    about = "Put all images of some clusters into one of them"
    icon = "merge"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks which clusters."""
        add_clusters(inputs, ctx, "clusters", "Clusters", "Two or more clusters", many=True)
        add_clusters(inputs, ctx, "into", "Into", "The one that stays; chosen when empty")

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Merges, or tells what it would do."""
        return merge_clusters(samples, **parsed(MergeClustersParams, values))
