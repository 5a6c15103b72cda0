"""Rows of images and patches that were deleted from the dataset."""

from __future__ import annotations

import numpy as np

from ..partition.state import Int64
from .cards import write_cards
from .members import Loaded, without_rows, write_members
from .tables import Tables


def forget_rows(tables: Tables, loaded: Loaded, rows: Int64) -> Loaded:
    """Takes rows out of the documents, not out of the log.

    Args:
        tables: The review's documents; the caller is the writer.
        loaded: All rows of their clusters.
        rows: The rows whose items are gone.

    Returns:
        The other rows.
    """
    touched = np.unique(loaded.state.clusters[rows]).tolist()
    left = without_rows(loaded, rows)
    write_members(tables, left, touched)
    write_cards(tables, left, touched, ())
    return left
