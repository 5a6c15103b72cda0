"""Calibrates GCN-C anew where some of a set is known.

How fine classes are is seldom in the images: between pieces of ten textures the networks see what
they see between a hundred kinds of things. A few images whose classes are known tell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..merging.levels import merge_scored
from ..merging.strengths import scored_clusters
from ..networks.checkpoint import Model
from ..networks.settings import Settings
from ..runtime.progress import named, share
from .known_classes import KnownClasses
from .stage_timer import SHIFT, StageTimer

Int64 = NDArray[np.int64]

NAME = "Recalibration"
"""Of the stage."""

_SHIFTS = (0.0, 1.5, 3.0, 4.5)
"""By which the log-odds of a connection strength are tried; the first is to be beaten."""
_MIN_GAIN, _CHANCE = 0.05, 0.2
"""By how much it must be beaten: a few classes may favor any by chance, and of what is joined with
images of unknown classes nobody knows whether it belongs there."""


def recalibrated(
    state: NodeState, parts: Int64, known: KnownClasses, model: Model, timer: StageTimer
) -> Settings:
    """Shifts the connection strengths to where clusters agree best with what is known.

    What is known takes no part in these clusters: it could only agree with itself.

    Args:
        state: Result of the first stage, pruned.
        parts: Pure clusters as found without knowing anything, shape (N,).
        known: The classes of some of the images.
        model: With its networks on their device.
        timer: Told of this stage.

    Returns:
        The settings of the model, with another calibration of GCN-C where that agrees better by
        more than chance explains.
    """
    settings, network = model.settings, model.gcn_c
    timer.start(NAME, 0.91)
    within = named(timer.within(0.91, 0.92), NAME)
    scored = scored_clusters(state, parts, network, settings, share(within, 0.0, 0.2))
    found: list[float] = []
    for number, shift in enumerate(_SHIFTS):
        some = share(within, 0.2 * (number + 1), 0.2 * (number + 2))
        labels = merge_scored(state, scored, network, settings, progress=some, shift=shift)
        found.append(known.agreement(labels))
    best = int(np.argmax(found))
    gain = found[best] - found[0]
    shift = _SHIFTS[best] if gain >= max(_MIN_GAIN, _CHANCE / known.num_classes**0.5) else 0.0
    timer.stop(
        {"known_images": len(known.rows), "known_classes": known.num_classes},
        {SHIFT: shift, "agreement": found[_SHIFTS.index(shift)]},
    )
    return settings.shifted(shift)
