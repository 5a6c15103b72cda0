"""The operator `undo_correction`."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from .app.correction_operator import CorrectionOperator, add_point, parsed
from .base.correction_params import UndoCorrectionParams
from .correcting import undo_correction


class UndoCorrection(CorrectionOperator):
    """Takes corrections back."""

    title = "Undo correction"
    about = "Take the last correction back, or all after a point"
    icon = "undo"

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Asks how far back."""
        add_point(
            inputs, ctx, "done", "Back to", "The last one that stays; only one goes when empty"
        )

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Undoes, or tells what it would do."""
        return undo_correction(samples, **parsed(UndoCorrectionParams, values))
