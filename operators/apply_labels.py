"""The operator `apply_labels`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .correcting import apply_labels
from .correction_operator import CorrectionOperator, add_clusters, parsed
from .correction_params import ApplyLabelsParams


class ApplyLabels(CorrectionOperator):
    """Writes confirmed names into a label field."""

    title = "Apply labels"
    about = "Write the names of confirmed clusters into a label field"
    icon = "label"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks where the labels go."""
        inputs.str(
            "label_field",
            label="Label field",
            description="Created if needed; for patches 'label' is the objects' own label",
        )
        add_clusters(inputs, ctx, "clusters", "Clusters", "All named ones when empty", many=True)
        view = types.RadioGroup()
        view.add_choice("error", label="Write nothing where labels would change")
        view.add_choice("skip", label="Leave labels that are there")
        view.add_choice("overwrite", label="Replace labels that are there")
        inputs.enum("on_conflict", view.values(), label="Other labels", default="error", view=view)

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Writes labels, or counts what it would write."""
        return apply_labels(samples, **parsed(ApplyLabelsParams, values))
