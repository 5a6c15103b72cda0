"""Brings clusters that are looked at in line with what was deleted from the dataset meanwhile."""

from __future__ import annotations

import numpy as np

from .commit import repair
from .lock import writing
from .members import Loaded
from .projection import look_for
from .replacing import check_not_replaced
from .review import Review
from .state import Int64
from .vanished import forget_rows


def load_present(review: Review, cluster: int) -> Loaded:
    """Reads a cluster, and takes images and patches out of it that are gone.

    Args:
        review: The review.
        cluster: The cluster.

    Returns:
        Its rows that are still there; none if the cluster is gone.

    Raises:
        ParameterError: Somebody else writes for long.
    """
    loaded = review.load([cluster])
    if not len(_gone(review, loaded)):
        return loaded
    with writing(review.tables) as lock:
        check_not_replaced(review.dataset, review.record.key)
        review = repair(review.refreshed(), lock)
        loaded = review.load([cluster])
        return forget_rows(review.tables, loaded, _gone(review, loaded))


def _gone(review: Review, loaded: Loaded) -> Int64:
    rows = np.arange(len(loaded.items))
    return look_for(review.target, review.field, loaded, rows)[0]
