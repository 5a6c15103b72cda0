"""Trains each network on what the others of its kind did not see."""

from __future__ import annotations

from collections.abc import Iterator
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
from .training_graphs import TrainingGraphs
from .variants import LabeledGraph

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
    graphs: TrainingGraphs,
    settings: Settings,
    base: Model | None,
    config: TrainConfig,
    seed: int,
    progress: Progress | None,
) -> CrossFitted:
    """Trains GCN-V three times: on either half of the classes and on all.

    Args:
        graphs: All training graphs.
        settings: Which nodes are of low density.
        base: Model to start from; from scratch if None.
        config: Epochs and learning rate.
        seed: Of weights and samples.
        progress: Called with the share done; may raise to cancel.
    """
    first, second = graphs.folds
    every = [*(joint.graph for joint in graphs.joint), *first[::2], *second[::2]]
    jobs = ((first, 0.0, 0.25), (second, 0.25, 0.5), (every, 0.5, 1.0))
    networks: list[GCNV] = []
    for chosen, begin, end in jobs:
        part = share(progress, begin, end)
        networks.append(
            train_gcn_v(
                chosen,
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
    graphs: TrainingGraphs,
    crossed: CrossFitted,
    settings: Settings,
    base: Model | None,
    config: TrainConfig,
    seed: int,
    progress: Progress | None,
) -> GCNC:
    """Trains GCN-C on clusters of classes that GCN-V did not see, then on what it merges.

    Clusters of classes that GCN-V has seen are purer than those it will make in use. Where a
    graph holds both, only pairs with an unseen side are learned from. The second round adds the
    graphs of later levels, which only a trained network can make.

    Args:
        graphs: All training graphs.
        crossed: GCN-V of either fold.
        settings: Calibrated for GCN-V.
        base: Model to start from; from scratch if None.
        config: Epochs and learning rate.
        seed: Of thresholds, weights and order.
        progress: Called with the share done; may raise to cancel.
    """
    rng = np.random.default_rng(seed)
    rate, start = learning_rate(config, base), base.gcn_c if base else None
    made = [_cluster(*each, settings, rng) for each in _unseen_graphs(graphs, crossed)]
    first = [labeled_cluster_graph(m.scored, m.parts, m.drawn, m.unseen) for m in made]
    part = share(progress, 0.2, 0.4)
    early = train_gcn_c(
        first, config.epochs_c // 2, seed, start, rate, lambda d: tell(part, d, "Trains GCN-C")
    )
    later: list[LabeledClusterGraph] = []
    for m in made:
        for levels in (1, 2):
            once = replace(m.drawn, levels=levels, min_strength=float(rng.uniform(*_STRENGTHS)))
            merged, _ = merge_levels(m.scored.state, m.parts, early, once)
            if merged.max() > 0:
                later.append(labeled_cluster_graph(m.scored, merged, m.drawn, m.unseen))
    last = share(progress, 0.5, 1.0)
    every = [*first, *later]
    return train_gcn_c(
        every, config.epochs_c, seed, start, rate, lambda d: tell(last, d, "Trains GCN-C")
    )


class _Clustered(NamedTuple):
    """A training graph after stage 1."""

    scored: ScoredState
    parts: NDArray[np.int64]
    unseen: NDArray[np.bool_]
    drawn: Settings


def _unseen_graphs(
    graphs: TrainingGraphs, crossed: CrossFitted
) -> Iterator[tuple[GCNV, LabeledGraph, NDArray[np.bool_]]]:
    """Graphs with a network that has not seen some of their rows' classes, and those rows."""
    for fold, network in zip(graphs.folds, reversed(crossed.folds), strict=True):
        for graph in fold:
            yield network, graph, np.ones(len(graph.x), bool)
    for number, joint in enumerate(graphs.joint):
        by_first = number % 2 == 0
        network = crossed.folds[0 if by_first else 1]
        yield network, joint.graph, joint.is_second == by_first


def _cluster(
    network: GCNV,
    graph: LabeledGraph,
    unseen: NDArray[np.bool_],
    settings: Settings,
    rng: np.random.Generator,
) -> _Clustered:
    drawn = replace(settings, min_affinity=float(rng.uniform(*_AFFINITIES)), min_relation=_RELATION)
    state = node_state(graph.x, graph.relations, network, drawn)
    parts = node_clusters(state, drawn)
    return _Clustered(ScoredState(state, graph.labels), parts, unseen, drawn)


def labeled_cluster_graph(
    scored: ScoredState,
    parts: NDArray[np.int64],
    settings: Settings,
    unseen: NDArray[np.bool_] | None = None,
) -> LabeledClusterGraph:
    """The cluster graph of `parts` with the target strength of its pairs.

    Args:
        scored: Stage 1 of N nodes, and their classes.
        parts: Clusters, shape (N,).
        settings: τ2.
        unseen: Rows whose class GCN-V has not seen, shape (N,); all if left out. Pairs without a
            side that is mostly unseen count as unknown.
    """
    graph = cluster_graph(scored.state, parts, settings.min_relation)
    target, known = connection_targets(graph.pairs, parts, scored.labels)
    if unseen is not None:
        fresh = np.bincount(parts, unseen) > 0.5 * graph.sizes
        known &= fresh[graph.pairs].any(1)
    return LabeledClusterGraph(graph, target, known)


def learning_rate(config: TrainConfig, base: Model | None) -> float:
    """Smaller with a base model, so that it is refined and not forgotten."""
    return config.learning_rate * (_FINE_TUNING if base else 1.0)
