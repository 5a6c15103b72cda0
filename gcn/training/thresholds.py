"""Chooses the thresholds by the scores of labeled graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.cluster_graph import cluster_graph
from ..evaluation.careful_score import careful_score
from ..merging.levels import merge_by_flow
from ..merging.strengths import ScoredClusters, scored_clusters
from ..networks.gcn_c import GCNC
from ..networks.settings import Settings
from ..pruning.node_clusters import node_clusters
from .cluster_variants import ScoredState
from .targets import connection_targets

_AFFINITIES = (0.7, 0.8, 0.85, 0.9, 0.95)
_STRENGTHS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
_RELATIONS = (0.3, 0.2, 0.1, 0.05)
_RELATION_RECALL = 0.99


def choose_relation(states: Sequence[ScoredState], settings: Settings) -> Settings:
    """Chooses τ2: the largest that relates 99 % of the cluster pairs that should merge.

    Recall is measured against the smallest candidate.
    """
    found = {tau: _mergeable(states, replace(settings, min_relation=tau)) for tau in _RELATIONS}
    enough = _RELATION_RECALL * found[_RELATIONS[-1]]
    for tau in _RELATIONS:
        if tau < settings.min_affinity and found[tau] >= enough:
            return replace(settings, min_relation=tau)
    return replace(settings, min_relation=_RELATIONS[-1])


def choose_thresholds(
    states: Sequence[ScoredState],
    network: GCNC,
    settings: Settings,
    progress: Callable[[float], None] | None = None,
    margin: float = 0.0,
) -> Settings:
    """Chooses τ1 and τ3 by their mean score over all states.

    The score of τ3 is averaged with its neighbors on the grid, so that the middle of a plateau
    wins over a peak beside a cliff.

    Args:
        states: Labeled graphs after stage 1; each counts the same.
        network: GCN-C in evaluation mode.
        settings: Calibrated; its thresholds are replaced.
        progress: Called with the share done.
        margin: The strictest τ1 wins whose best score is no further below the best of all: what
            pruning joins in error no later stage takes apart.

    Returns:
        The completed settings.
    """
    found: list[tuple[float, Settings]] = []
    for done, value in enumerate(_AFFINITIES):
        start = replace(settings, min_affinity=value)
        pure = [
            scored_clusters(s.state, node_clusters(s.state, start), network, start) for s in states
        ]
        tried = [replace(start, min_strength=t) for t in _STRENGTHS]
        smooth = _smooth(np.array([_mean_score(states, pure, each) for each in tried]))
        found.append((float(smooth.max()), tried[int(smooth.argmax())]))
        if progress is not None:
            progress((done + 1) / len(_AFFINITIES))
    enough = max(value for value, _ in found) - margin
    # The first of equals without a margin, the strictest of those that are good enough with one.
    good = [chosen for value, chosen in found if value >= enough]
    return good[-1] if margin else good[0]


def _mean_score(
    states: Sequence[ScoredState], scored: Sequence[ScoredClusters], settings: Settings
) -> float:
    return float(
        np.mean(
            [
                careful_score(s.labels, merge_by_flow(s.state, each, settings))
                for s, each in zip(states, scored, strict=True)
            ]
        )
    )


def _smooth(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(scores, 1, mode="edge")
    return (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0


def _mergeable(states: Sequence[ScoredState], settings: Settings) -> int:
    count = 0
    for s in states:
        parts = node_clusters(s.state, settings)
        pairs = cluster_graph(s.state, parts, settings.min_relation).pairs
        target, known = connection_targets(pairs, parts, s.labels)
        count += int((known & (target > 0.5)).sum())
    return count
