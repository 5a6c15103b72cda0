"""The operator `redo_correction`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_point, parsed
from .base.correction_params import UndoCorrectionParams
from .correcting import redo_correction


class RedoCorrection(CorrectionOperator):
    """Brings corrections back."""

    title = "Redo correction"
    about = "Bring back what was undone last"
    icon = "redo"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks how far forward."""
        add_point(inputs, ctx, "undone", "Up to", "The last one that returns; only one when empty")

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Redoes, or tells what it would do."""
        return redo_correction(samples, **parsed(UndoCorrectionParams, values))
