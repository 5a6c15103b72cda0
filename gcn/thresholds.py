"""Chooses the three thresholds on validation classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cluster_graph import NodeState, cluster_graph
from .gcn_c import GCNC
from .metrics import evaluate
from .settings import Settings
from .stages import merge_levels, node_clusters
from .targets import connection_targets

_AFFINITIES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_STRENGTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_UNSEEN = (0.0, 0.1, 0.25, 0.5)
_RELATIONS = (0.3, 0.2, 0.1, 0.05)
_RELATION_RECALL = 0.99


class ScoredState(NamedTuple):
    """A validation graph after stage 1, with its classes.

    Attributes:
        state: Result of stage 1.
        labels: Class per node, -1 = unknown, shape (N,).
    """

    state: NodeState
    labels: NDArray[np.int64]


def mean_f(labels_true: NDArray[np.int64], labels_pred: NDArray[np.int64]) -> float:
    """Mean of BCubed F and pairwise F: neither images nor pairs alone decide."""
    scores = evaluate(labels_true, labels_pred)
    return 0.5 * (scores.bcubed_f + scores.pairwise_f)


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
) -> Settings:
    """Chooses τ1, τ3 and the weight of unseen pairs by the mean score over all states.

    First τ1, then the weight, each with the τ3 that suits it best. The score of τ3 is averaged
    with its neighbors on the grid, so that the middle of a plateau wins over a peak beside a
    cliff.

    Args:
        states: Validation graphs; each counts the same.
        network: GCN-C in evaluation mode.
        settings: Calibrated; its thresholds are replaced.
        progress: Called with the share done.

    Returns:
        The completed settings.
    """
    total, done = len(_AFFINITIES) + len(_UNSEEN), 0
    best = settings
    for name, values in (("min_affinity", _AFFINITIES), ("unseen_weight", _UNSEEN)):
        start, best_score = best, -1.0
        for value in values:
            candidate = choose_relation(states, replace(start, **{name: value}))
            found, score = _choose_strength(states, network, candidate)
            if score > best_score:
                best, best_score = found, score
            done += 1
            if progress is not None:
                progress(done / total)
    return best


def _choose_strength(
    states: Sequence[ScoredState], network: GCNC, settings: Settings
) -> tuple[Settings, float]:
    parts = [node_clusters(s.state, settings) for s in states]
    tried = [replace(settings, min_strength=t) for t in _STRENGTHS]
    smooth = _smooth(np.array([_score(states, parts, network, t) for t in tried]))
    top = int(smooth.argmax())
    return tried[top], float(smooth[top])


def _smooth(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(scores, 1, mode="edge")
    return (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0


def _score(
    states: Sequence[ScoredState],
    parts: Sequence[NDArray[np.int64]],
    network: GCNC,
    settings: Settings,
) -> float:
    scores = [
        mean_f(s.labels, merge_levels(s.state, p, network, settings)[0])
        for s, p in zip(states, parts, strict=True)
    ]
    return float(np.mean(scores))


def _mergeable(states: Sequence[ScoredState], settings: Settings) -> int:
    count = 0
    for s in states:
        parts = node_clusters(s.state, settings)
        pairs = cluster_graph(s.state, parts, settings.min_relation).pairs
        target, known = connection_targets(pairs, parts, s.labels)
        count += int((known & (target > 0.5)).sum())
    return count
