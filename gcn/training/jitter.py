"""Shifts absolute levels of similarity in training, so that relations are what is learned.

How similar two images of one class are differs from one embedding network to the next. A network
that relies on the level of its training sets fails on others; one that has seen the level move
relies on what is similar relative to what.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

_COMPRESSED_DEVIATION = 0.15
_RAW_DEVIATION = 0.06


class Shift(NamedTuple):
    """Shifts of one training step.

    Attributes:
        compressed: Of features in the unit of `Moments.z`.
        raw: Of features that are cosines.
    """

    compressed: float
    raw: float


NO_SHIFT = Shift(0.0, 0.0)


def draw_shift() -> Shift:
    """Draws the shifts of one step from torch's global generator."""
    drawn = torch.randn(2, dtype=torch.float32)
    return Shift(_COMPRESSED_DEVIATION * float(drawn[0]), _RAW_DEVIATION * float(drawn[1]))


def shifted(
    features: Tensor, compressed: tuple[int, ...], raw: tuple[int, ...], shift: Shift
) -> Tensor:
    """Returns a copy of `features` with two groups of columns of the last axis shifted."""
    moved = features.clone()
    moved[..., list(compressed)] += shift.compressed
    moved[..., list(raw)] += shift.raw
    return moved
