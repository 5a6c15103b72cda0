"""Trains each network on what the others of its kind did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .checkpoint import Model
from .cluster_graph import cluster_graph
from .config import TrainConfig
from .gcn_c import GCNC
from .gcn_v import GCNV
from .progress import Progress, share, tell
from .settings import Settings
from .stages import merge_levels, node_clusters, node_state
from .targets import connection_targets
from .thresholds import ScoredState
from .train_gcn_c import LabeledClusterGraph, train_gcn_c
from .train_gcn_v import train_gcn_v
from .variants import LabeledGraph

Folds = tuple[Sequence[LabeledGraph], Sequence[LabeledGraph]]

# GCN-C meets every τ1 and τ3 that validation may choose later.
_AFFINITIES = (0.35, 0.9)
_STRENGTHS = (0.3, 0.7)
_RELATION = 0.1
_FINE_TUNING = 0.1


class CrossFitted(NamedTuple):
    """GCN-V of each fold, to score the other one, and of both."""

    folds: tuple[GCNV, GCNV]
    whole: GCNV


def fit_affinity(
    folds: Folds,
    settings: Settings,
    base: Model | None,
    config: TrainConfig,
    seed: int,
    progress: Progress | None,
) -> CrossFitted:
    """Trains GCN-V three times: on either half of the classes and on all.

    Args:
        folds: Training graphs of two disjoint halves of the classes.
        settings: Which nodes are of low density.
        base: Model to start from; from scratch if None.
        config: Epochs and learning rate.
        seed: Of weights and samples.
        progress: Called with the share done; may raise to cancel.
    """
    jobs = ((folds[0], 0.0, 0.25), (folds[1], 0.25, 0.5), ((*folds[0], *folds[1]), 0.5, 1.0))
    networks: list[GCNV] = []
    for graphs, begin, end in jobs:
        part = share(progress, begin, end)
        networks.append(
            train_gcn_v(
                graphs,
                settings,
                config.epochs_v,
                seed,
                base.gcn_v if base else None,
                learning_rate(config, base),
                lambda done, part=part: tell(part, done, "Trains GCN-V"),
            )
        )
    return CrossFitted((networks[0], networks[1]), networks[2])


def fit_strength(
    folds: Folds,
    crossed: CrossFitted,
    settings: Settings,
    base: Model | None,
    config: TrainConfig,
    seed: int,
    progress: Progress | None,
) -> GCNC:
    """Trains GCN-C on clusters made by the GCN-V of the other fold, then on what it merges.

    Clusters of classes that GCN-V has seen are purer than those it will make in use. The second
    round adds the graphs of later levels, which only a trained network can make.

    Args:
        folds: As for `fit_affinity`.
        crossed: Its result.
        settings: Calibrated for GCN-V.
        base: Model to start from; from scratch if None.
        config: Epochs and learning rate.
        seed: Of thresholds, weights and order.
        progress: Called with the share done; may raise to cancel.
    """
    rng = np.random.default_rng(seed)
    rate, start = learning_rate(config, base), base.gcn_c if base else None
    made: list[tuple[ScoredState, NDArray[np.int64], Settings]] = []
    for graphs, network in zip(folds, reversed(crossed.folds), strict=True):
        for graph in graphs:
            drawn = replace(
                settings, min_affinity=float(rng.uniform(*_AFFINITIES)), min_relation=_RELATION
            )
            state = node_state(graph.x, graph.relations, network, drawn)
            made.append((ScoredState(state, graph.labels), node_clusters(state, drawn), drawn))
    first = [labeled_cluster_graph(*each) for each in made]
    part = share(progress, 0.3, 0.5)
    early = train_gcn_c(
        first, config.epochs_c // 2, seed, start, rate, lambda d: tell(part, d, "Trains GCN-C")
    )
    later: list[LabeledClusterGraph] = []
    for scored, parts, drawn in made:
        for levels in (1, 2):
            once = replace(drawn, levels=levels, min_strength=float(rng.uniform(*_STRENGTHS)))
            merged, _ = merge_levels(scored.state, parts, early, once)
            if merged.max() > 0:
                later.append(labeled_cluster_graph(scored, merged, drawn))
    last = share(progress, 0.6, 1.0)
    return train_gcn_c(
        [*first, *later],
        config.epochs_c,
        seed,
        start,
        rate,
        lambda d: tell(last, d, "Trains GCN-C"),
    )


def labeled_cluster_graph(
    scored: ScoredState, parts: NDArray[np.int64], settings: Settings
) -> LabeledClusterGraph:
    """The cluster graph of `parts` with the target strength of its pairs."""
    graph = cluster_graph(scored.state, parts, settings.min_relation)
    target, known = connection_targets(graph.pairs, parts, scored.labels)
    return LabeledClusterGraph(graph, target, known)


def learning_rate(config: TrainConfig, base: Model | None) -> float:
    """Smaller with a base model, so that it is refined and not forgotten."""
    return config.learning_rate * (_FINE_TUNING if base else 1.0)
