"""Where rows go that are taken back from noise."""

from __future__ import annotations

import numpy as np

from .state import Int64


def return_targets(homes: Int64, present: Int64, next_id: int) -> Int64:
    """Chooses the cluster of each row that leaves the noise.

    Args:
        homes: Former cluster of each row, negative if none is known, shape (M,).
        present: Clusters that there are, in any order, shape (N,).
        next_id: The number that the next new cluster gets.

    Returns:
        Shape (M,), int64: the home; a new number for a home that is gone, since numbers are never
        used twice; and behind those one new number for all rows without a home together.
    """
    gone = np.setdiff1d(homes[homes >= 0], present)
    renewed = next_id + np.searchsorted(gone, homes)
    targets = np.where(np.isin(homes, gone), renewed, homes)
    return np.where(homes < 0, next_id + len(gone), targets)
