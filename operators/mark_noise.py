"""The operator `mark_noise`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_clusters, add_selection, parsed
from .base.correction_params import MarkNoiseParams
from .correcting import mark_noise


class MarkNoise(CorrectionOperator):
    """Puts images aside as noise, or takes them back."""

    title = "Mark as noise"
    about = "Put the selected images, or whole clusters, aside as noise; or take them back"
    icon = "do_not_disturb_on"

    def takes_selection(self, values: Mapping[str, Any]) -> bool:
        """Takes what is selected where no clusters are chosen."""
        return not values.get("clusters")

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks what goes aside."""
        if self.takes_selection(ctx.params):
            add_selection(inputs, ctx)
        about = "Clusters that go as a whole, instead of the selected images"
        add_clusters(inputs, ctx, "clusters", "Clusters", about, many=True)
        inputs.bool(
            "restore",
            label="Take back",
            description="From noise to the clusters that they came from, or to a new one",
            default=False,
        )

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Marks, or tells what it would do."""
        return mark_noise(samples, **parsed(MarkNoiseParams, values))
