"""Numbers of classes and clusters, as a user hands them over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1


def in_64_bits(labels: NDArray[np.integer[Any]], name: str) -> NDArray[np.int64]:
    """The same numbers in 64 bits with a sign, where those that are too large would turn negative.

    Args:
        labels: At least one, of any type of integers.
        name: Of the argument.

    Returns:
        A copy of the same shape.

    Raises:
        ValueError: A number is below -1, or too large.
    """
    if labels.min() < UNKNOWN:
        raise ValueError(f"'{name}' must not go below {UNKNOWN} (got {labels.min()})")
    if labels.max() > np.iinfo(np.int64).max:
        raise ValueError(
            f"'{name}' must fit into 64 bits with a sign (got {labels.max()}); number them anew"
            " with numpy.unique(..., return_inverse=True)"
        )
    return labels.astype(np.int64)
