"""Evens out embeddings that have no negative numbers, before anything is read off them.

Of what rectified units, histograms or pixels give, a few strong numbers decide every cosine. Raised
to a power below 1, the others count for something. What comes after calls these rows "as they
came".
"""

from __future__ import annotations

import functools
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..runtime.fixed_point import ONE, Int16, Rows, floats, store
from ..runtime.parallel import cached_slices, for_slices
from .unit_length import at_unit_length

Float32 = NDArray[np.float32]

POWER = 0.7
_BLOCK_ROWS = 65_536

_Rows = TypeVar("_Rows", Float32, Int16)


def power_normalized(x: _Rows, out: _Rows | None = None, like: _Rows | None = None) -> _Rows:
    """Raises each number to the power 0.7, and rows to unit length again.

    Where any number is below zero, by more than rounding, axes mean nothing by themselves (an
    embedding that was centered or rotated), and the rows stay as they are.

    Source: Perronnin, Sánchez & Mensink, "Improving the Fisher Kernel for Large-Scale Image
    Classification", ECCV 2010, with this power instead of a half: of fifteen labeled sets without
    negative numbers, twelve come out better or the same with 0.7.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
        out: Where the rows go, which may be `x` itself; new memory if left out.
        like: The rows that decide; what is below zero in others counts as zero. All if left out.

    Returns:
        The rows, as `x` is, or `x` itself.
    """
    if has_negative(x if like is None else like):
        return x
    rows = np.empty_like(x) if out is None else out

    def fill(block: slice) -> None:
        store(at_unit_length(_powers(x[block])), rows[block])

    for_slices(fill, cached_slices(*x.shape))
    return rows


def has_negative(x: Rows) -> bool:
    """Tells whether any number of unit rows is below zero, by more than rounding."""
    least = 0 if x.dtype == np.int16 else -0.5 / ONE  # what is rounded to 0 in fixed point
    starts = range(0, len(x), _BLOCK_ROWS)
    return any(x[start : start + _BLOCK_ROWS].min() < least for start in starts)


def _powers(x: Rows) -> Float32:
    if x.dtype == np.int16:
        return _powers_of_fixed()[np.maximum(cast(Int16, x), 0)]
    return np.power(np.maximum(floats(x), 0), np.float32(POWER))


@functools.cache
def _powers_of_fixed() -> Float32:
    """Of every number in fixed point: looking one up takes a tenth of the time."""
    numbers: Int16 = np.arange(ONE + 1, dtype=np.int16)
    return np.power(floats(numbers), np.float32(POWER))
