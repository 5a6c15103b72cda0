"""The operator `rename_cluster`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_clusters, add_if_exists, parsed
from .base.correction_params import RenameClusterParams
from .correcting import rename_cluster


class RenameCluster(CorrectionOperator):
    """Names a cluster."""

    title = "Rename cluster"
    about = "Give a cluster a name"
    icon = "edit"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks which cluster gets which name."""
        add_clusters(inputs, ctx, "cluster", "Cluster", "The cluster to name")
        inputs.str("name", label="Name", description="Empty takes the name away")
        add_if_exists(inputs)

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Names, or tells what it would do."""
        return rename_cluster(samples, **parsed(RenameClusterParams, values))
