"""Puts images where others are that stay where they are: along the forest, then by GCN-C."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..merging.levels import merge_by_flow, merge_further
from ..merging.strengths import ScoredClusters, scored_clusters
from ..networks.checkpoint import Model
from ..networks.settings import Settings, shifted_odds
from ..pruning.node_clusters import node_clusters
from ..pruning.pruning import density_forest, prune_edges
from ..runtime.distinct import distinct
from ..runtime.progress import Progress, named, share

Int64 = NDArray[np.int64]


def place(
    state: NodeState,
    anchors: Int64,
    model: Model,
    shifts: Sequence[float],
    progress: Progress | None = None,
) -> Iterator[Int64]:
    """Places images among anchored ones, as readily as each of several shifts says.

    Args:
        state: What GCN-V says of all images.
        anchors: Clusters from 0 without gaps of the images that stay, -1 for others, shape (N,).
        model: Trained networks.
        shifts: By which the log-odds of connection strengths are raised.
        progress: Called with the share done; may raise to cancel.

    Yields:
        Clusters for each shift, those of the anchors first, in their order, shape (N,), int64.
    """
    settings, progress = model.settings, named(progress, "GCN-C")
    num_anchors = int(anchors.max()) + 1
    linked = _linked(state, anchors, settings.min_affinity)
    keys = node_clusters(state, settings) * (int(linked.max()) + 1) + linked
    parts = np.unique(keys, return_inverse=True)[1]
    scored = scored_clusters(state, parts, model.gcn_c, settings, share(progress, 0.0, 0.4))
    for number, shift in enumerate(shifts):
        start, stop = (0.4 + 0.6 * n / len(shifts) for n in (number, number + 1))
        shifted = scored._replace(strength=shifted_odds(scored.strength, shift))
        found = _merged(state, shifted, linked, num_anchors, settings)
        rest = share(progress, start, stop)
        yield _merged_further(state, found, parts, num_anchors, model, shift, rest)


def _linked(state: NodeState, anchors: Int64, min_affinity: float) -> Int64:
    """Follows the forest from each image to an anchored one, or to the root of a new part.

    Args:
        state: What GCN-V says of all images.
        anchors: Clusters from 0 without gaps of the images that stay, -1 for others, shape (N,).
        min_affinity: τ1.

    Returns:
        The clusters of the anchors; above them parts of images that reach none; shape (N,), int64.
    """
    rows, is_anchor = np.arange(len(anchors)), anchors >= 0
    kept = prune_edges(state.affinity, min_affinity)
    parent = density_forest(state.graph, state.affinity, kept, state.depth).parent
    target = np.where((parent >= 0) & ~is_anchor, parent, rows)
    # An image that no other is deeper than may still be beside an anchor.
    near = state.graph.neighbors.astype(np.int64)
    beside = np.where(kept & is_anchor[near], state.affinity, -1.0)
    best = beside.argmax(1)
    is_beside = (target == rows) & ~is_anchor & (beside[rows, best] >= 0)
    target[is_beside] = near[rows, best][is_beside]
    while not np.array_equal(target[target], target):
        target = target[target]
    offset = int(anchors.max()) + 1
    parts = np.where(is_anchor[target], anchors[target], offset + target)
    roots = distinct(parts[parts >= offset])
    return np.where(parts < offset, parts, offset + np.searchsorted(roots, parts)).astype(np.int64)


def _merged(
    state: NodeState, scored: ScoredClusters, linked: Int64, num_anchors: int, settings: Settings
) -> Int64:
    """Puts new parts where GCN-C's strengths say; the anchored clusters keep their numbers.

    GCN-C reads pure clusters, as it was trained to, and not the anchored clusters as they are: what
    speaks for one of them is the sum over its pure ones.

    Args:
        state: What GCN-V says of all images.
        scored: Pure clusters, each in one of the linked ones.
        linked: The linked cluster of each image, shape (N,).
        num_anchors: How many of the linked clusters are anchored; those stay apart.
        settings: τ3.

    Returns:
        Clusters, those of the anchors first, in their order, shape (N,), int64.
    """
    anchor = np.full(int(scored.clusters.max()) + 1, -1)
    anchor[scored.clusters] = np.where(linked < num_anchors, linked, -1)
    found = merge_by_flow(state, scored, settings, anchor=anchor)
    held = linked < num_anchors
    rank = np.full(int(found.max()) + 1, -1)
    rank[found[held]] = linked[held]
    rank[rank < 0] = num_anchors + np.arange(int((rank < 0).sum()))
    return rank[found]


def _merged_further(
    state: NodeState,
    clusters: Int64,
    parts: Int64,
    num_anchors: int,
    model: Model,
    shift: float,
    progress: Progress | None,
) -> Int64:
    """Merges new clusters with each other, level upon level, as `merge_levels` does."""
    of_parts = np.empty(int(parts.max()) + 1, np.int64)
    of_parts[parts] = clusters
    new = np.bincount(of_parts) > 1
    new[:num_anchors] = False  # whatever they took in, they join nothing else
    settings = model.settings.shifted(shift)
    args = state, clusters, new, model.gcn_c, settings
    return merge_further(*args, progress=progress, num_held=num_anchors)
