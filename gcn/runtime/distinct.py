"""The distinct numbers of a large array."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.number)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Finds the distinct numbers, as `np.unique` does, by sorting.

    NumPy 2.3 and later put them into a hash table first: of twelve million numbers, most of which
    differ, that takes a hundred times as long.

    Args:
        values: Finite numbers, any shape.

    Returns:
        Each once, rising, shape (M,).
    """
    ordered = np.sort(values, axis=None)
    is_first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]
