"""Merges more readily where that makes images surer of their clusters.

The networks are calibrated over many kinds of sets; in some, classes hang together by edges that
elsewhere join strangers, and come out in pieces. Pieces of one class are no surer of themselves
than the whole would be, and strangers put together are less sure than they were.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..merging.levels import STAGE, merge_scored
from ..merging.strengths import scored_clusters
from ..runtime.progress import Progress, named, share
from .confidence import held_by_cluster, image_confidence, neighbors_inside
from .task import Task

Int64 = NDArray[np.int64]

_SHIFTS = (1.5, 3.0, 4.5)
"""By which the log-odds of connection strengths are raised, one after the other."""
_FEWEST = 300
"""Images; of fewer, small sets of labeled classes lose more than they gain."""
_SURE = 0.9
"""Mean confidence from which on nothing is tried, unless the set fell to pieces."""
_MIN_RISE = 0.03
"""By how much the first must make images surer: by less, as many labeled sets lose as gain."""
_PIECES = 0.5
"""Clusters per image from where on a set has fallen to pieces. Then all are tried: confidence falls
before crowds come together."""
_MIN_RISE_OF_PIECES = 0.01
_HELD, _CROWD = 0.8, 0.1
"""So sure with so few clusters per image is no worse than pieces, however sure these are: in noise,
and where most images are alone of their class, neighbors never hold together so."""


class SurestClusters(NamedTuple):
    """Merged clusters.

    Attributes:
        labels: Cluster ids from 0 without gaps, shape (N,), int64.
        shift: By which the log-odds of connection strengths were raised.
    """

    labels: Int64
    shift: float


def merge_surest(
    state: NodeState, parts: Int64, task: Task, progress: Progress | None = None
) -> SurestClusters:
    """Merges pure clusters as `merge_levels` does, and more readily while images become surer.

    Args:
        state: Result of the first stage, pruned.
        parts: Pure clusters, shape (N,).
        task: The set, and what it is clustered by. Where classes are known, these have told how
            readily to merge, and nothing is tried; neither is it of fewer than 300 images.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The clusters.
    """
    progress, network, settings = named(progress, STAGE), task.model.gcn_c, task.model.settings
    scored = scored_clusters(state, parts, network, settings, share(progress, 0.0, 0.35))
    given = state, scored, network, settings, task.cannot
    best = SurestClusters(merge_scored(*given, share(progress, 0.35, 0.55)), 0.0)
    if task.knows_classes or len(parts) < _FEWEST:
        return best
    in_pieces = _clusters_per_image(best.labels) > _PIECES
    sure = mean_confidence(state, best.labels)
    if sure >= _SURE and not in_pieces:
        return best
    least = sure + (_MIN_RISE_OF_PIECES if in_pieces else _MIN_RISE)
    for number, shift in enumerate(_SHIFTS):
        within = share(progress, 0.55 + 0.15 * number, 0.7 + 0.15 * number)
        labels = merge_scored(*given, within, shift)
        found = mean_confidence(state, labels)
        if in_pieces and not best.shift and _clusters_per_image(labels) <= _CROWD:
            least = min(least, _HELD)
        if found >= least:
            best, least = SurestClusters(labels, shift), found
        elif not in_pieces:
            break
    return best


def _clusters_per_image(labels: Int64) -> float:
    return (int(labels.max()) + 1) / len(labels)


def mean_confidence(state: NodeState, labels: Int64) -> float:
    """How sure it is, over all images, that each belongs to its cluster, in [0, 1]."""
    held = held_by_cluster(neighbors_inside(state.graph.neighbors, labels), labels)
    return float(np.maximum(image_confidence(state, labels), held).mean())
