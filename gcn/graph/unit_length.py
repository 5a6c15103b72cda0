"""Rows at unit length where some may be zero, as at the center of a set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NOTHING = 1e-5


def at_unit_length(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scales rows to unit length; what is left of a row at the very center becomes zero.

    Args:
        rows: Shape (N, D); a length below 0.00001 is rounding, not a direction.

    Returns:
        New rows, shape (N, D), float32.
    """
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    scale = np.where(length < _NOTHING, np.float32(0), 1 / np.maximum(length, _NOTHING))
    return rows * scale[:, None]
