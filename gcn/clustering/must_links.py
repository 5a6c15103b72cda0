"""Pairs of images that stay together, where some of all images are looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..pruning.pruning import components

Int64 = NDArray[np.int64]


def pairs_within(pairs: Int64, rows: NDArray[np.integer]) -> Int64:
    """Pairs of images that both are among some rows, by their place there.

    Args:
        pairs: Row numbers, shape (M, 2).
        rows: Rising row numbers, shape (R,).

    Returns:
        Shape (at most M, 2), int64.
    """
    both = np.isin(pairs, rows).all(1)
    return np.searchsorted(rows, pairs[both])


def kept_together(parts: NDArray[np.integer], rows: NDArray[np.integer], links: Int64) -> Int64:
    """Joins the parts of a cluster that hold images which stay together.

    Args:
        parts: Part of each image of the cluster, from 0 without gaps, shape (R,).
        rows: Their rising row numbers, shape (R,).
        links: Row pairs that stay together, shape (M, 2).

    Returns:
        The parts that are left, from 0 without gaps, shape (R,).
    """
    # Many links may join the same two parts, which count once.
    ends = np.unique(parts[pairs_within(links, rows)].astype(np.int64), axis=0)
    return components(ends, int(parts.max()) + 1)[parts]
