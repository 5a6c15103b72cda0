"""The second stage: GCN-C and merging, level upon level until it finds no two clusters alike.

Pure clusters hold few images, and what GCN-C can say of two of them is little. Merged clusters hold
more, and it is asked again: fragments of a large class, of which each has many others near by, are
found out only there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..networks.gcn_c import GCNC
from ..networks.settings import Settings, shifted_odds
from ..pruning.node_clusters import NO_PAIRS
from ..runtime.progress import Progress, named, share
from .chance_edges import fewer_edges_than_chance
from .cluster_flow import cluster_flow
from .linkage import average_linkage
from .merge import merge_clusters
from .strengths import ScoredClusters, score_pairs, scored_clusters

Int64 = NDArray[np.int64]

STAGE = "GCN-C and merging"
"""What the second stage is called."""

_EVEN = 0.5
"""Strength of two clusters whose images are as likely of one class as of two."""
_MAX_LEVELS = 8


def merge_levels(
    state: NodeState,
    parts: Int64,
    network: GCNC,
    settings: Settings,
    cannot_link: Int64 = NO_PAIRS,
    progress: Progress | None = None,
) -> Int64:
    """Scores the pairs of the cluster graph, merges along those above τ3, and again.

    On the first level clusters are merged by the flow between them, on all others those that are
    more likely of one class than not, by average linkage of their strengths, unless they share
    fewer edges than chance gives them.

    Source: patent application CN115331039A, claim 1; the levels are this project's own.

    Args:
        state: Result of `node_state`.
        parts: Pure clusters, shape (N,).
        network: GCN-C in evaluation mode.
        settings: τ2 and τ3.
        cannot_link: Row pairs that stay apart, shape (L, 2).
        progress: Called with the share done; may raise to cancel.

    Returns:
        Cluster ids from 0 without gaps, shape (N,), int64.
    """
    progress = named(progress, STAGE)
    scored = scored_clusters(state, parts, network, settings, share(progress, 0.0, 0.5))
    rest = share(progress, 0.5, 1.0)
    return merge_scored(state, scored, network, settings, cannot_link, rest)


def merge_scored(
    state: NodeState,
    scored: ScoredClusters,
    network: GCNC,
    settings: Settings,
    cannot_link: Int64 = NO_PAIRS,
    progress: Progress | None = None,
    shift: float = 0.0,
) -> Int64:
    """`merge_levels` of pure clusters whose pairs are scored already.

    The log-odds of all strengths, of these and of further levels, are raised by `shift`.
    """
    scored = scored._replace(strength=shifted_odds(scored.strength, shift))
    settings = settings.shifted(shift)
    first, rest = share(progress, 0.0, 0.4), share(progress, 0.4, 1.0)
    clusters = merge_by_flow(state, scored, settings, cannot_link, progress=first)
    of_parts = np.empty(int(scored.clusters.max()) + 1, np.int64)
    of_parts[scored.clusters] = clusters
    new = np.bincount(of_parts) > 1
    return merge_further(state, clusters, new, network, settings, cannot_link, rest)


def merge_further(
    state: NodeState,
    clusters: Int64,
    new: NDArray[np.bool_],
    network: GCNC,
    settings: Settings,
    cannot_link: Int64 = NO_PAIRS,
    progress: Progress | None = None,
    num_held: int = 0,
) -> Int64:
    """Merges clusters that GCN-C takes for one class, and asks it of what came of them, until none.

    Arguments and result are those of `merge_levels`, but for three: `clusters`, ids from 0
    without gaps, stand in the place of parts, and `new`, shape (M,), marks those that are not what
    they were when GCN-C was last asked. Pairs of others have been judged; in noise nothing is new.
    The first `num_held` clusters stay as they are, and keep their ids.
    """
    for level in range(_MAX_LEVELS):
        if not new.any():
            break
        within = share(progress, level / _MAX_LEVELS, (level + 1) / _MAX_LEVELS)
        pairs, strength = score_pairs(state, clusters, network, settings, within)
        strength[~new[pairs].any(1) | (pairs[:, 0] < num_held)] = 0.0
        _hold_apart(strength, pairs, state.graph.neighbors, clusters)
        group = average_linkage(
            np.bincount(clusters), pairs, strength, _EVEN, clusters[cannot_link]
        )
        clusters, new = group[clusters], np.bincount(group) > 1
    return clusters


def _hold_apart(
    strength: NDArray[np.float32], pairs: Int64, neighbors: NDArray[np.integer], clusters: Int64
) -> None:
    """Takes their strength from pairs that share fewer edges than chance gives them, in place.

    Where every affinity is low, the network is as ready to join crowds that have nothing in common
    as fragments of one. Weaker pairs join nothing anyway.
    """
    strong = np.flatnonzero(strength >= _EVEN)
    strength[strong[fewer_edges_than_chance(neighbors, clusters, pairs[strong])]] = 0.0


def merge_once(
    state: NodeState,
    parts: Int64,
    network: GCNC,
    settings: Settings,
    cannot_link: Int64 = NO_PAIRS,
    progress: Progress | None = None,
) -> Int64:
    """Scores the pairs of the cluster graph and merges along those above τ3, once.

    Args:
        state: Result of `node_state`.
        parts: Pure clusters, shape (N,).
        network: GCN-C in evaluation mode.
        settings: τ2 and τ3.
        cannot_link: Row pairs that stay apart, shape (L, 2).
        progress: Called with the share done; may raise to cancel.

    Returns:
        Cluster ids from 0 without gaps, shape (N,), int64.
    """
    scored = scored_clusters(state, parts, network, settings, share(progress, 0.0, 0.7))
    return merge_by_flow(state, scored, settings, cannot_link, progress=share(progress, 0.7, 1.0))


def merge_by_flow(
    state: NodeState,
    scored: ScoredClusters,
    settings: Settings,
    cannot_link: Int64 = NO_PAIRS,
    anchor: Int64 | None = None,
    progress: Progress | None = None,
) -> Int64:
    """Merges scored clusters along the flow between them.

    Args:
        state: Result of `node_state`.
        scored: Pure clusters with the strength of their pairs.
        settings: τ3.
        cannot_link: Row pairs that stay apart, shape (L, 2).
        anchor: Where each cluster is and stays, as in `merge_clusters`.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Cluster ids from 0 without gaps, shape (N,), int64.
    """
    parts, pairs, strength = scored
    inside, between = cluster_flow(
        state.graph.neighbors, state.affinity, parts, pairs, strength, settings.min_strength
    )
    return merge_clusters(inside, pairs, between, parts[cannot_link], anchor, progress)[parts]
