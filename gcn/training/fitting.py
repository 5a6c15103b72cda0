"""Trains both networks, one after the other, as a training has planned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ..networks.checkpoint import Model
from ..networks.gcn_c import GCNC
from ..networks.gcn_v import GCNV
from ..networks.settings import Settings
from ..runtime.progress import Progress, share, tell
from .cluster_variants import draw_clusters, labeled_cluster_graph, link_drawn, merge_drawn
from .config import TrainConfig
from .early_stopping import Evaluation, Watch
from .train_gcn_c import train_gcn_c
from .train_gcn_v import train_gcn_v
from .training_graphs import TrainingGraphs

_FINE_TUNING = 0.1


class Plan(NamedTuple):
    """What both networks are trained by, or GCN-V itself where it is kept as it is."""

    gcn_v: GCNV | None
    base: Model | None
    seed: int
    config: TrainConfig
    watch: Watch | None
    shares: Sequence[float] | None


def fit_affinity(
    graphs: TrainingGraphs, settings: Settings, plan: Plan, progress: Progress | None
) -> tuple[GCNV, list[Evaluation]]:
    """Trains GCN-V.

    Args:
        graphs: To learn from, and of validation classes.
        settings: Of kNN graph and low density.
        plan: How.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The network, and the looks at it on the way.
    """
    if plan.gcn_v is not None:
        return plan.gcn_v, []
    return train_gcn_v(
        [*graphs.varied, *graphs.whole],
        settings,
        plan.config.epochs_v,
        seed=plan.seed,
        base=plan.base.gcn_v if plan.base else None,
        learning_rate=learning_rate(plan.config, plan.base),
        validation=graphs.validation,
        progress=partial(tell, progress, what="Trains GCN-V"),
        watch=plan.watch,
    )


def fit_strength(
    graphs: TrainingGraphs,
    gcn_v: GCNV,
    settings: Settings,
    plan: Plan,
    progress: Progress | None,
) -> tuple[GCNC, list[Evaluation]]:
    """Trains GCN-C on pure clusters, then also on what it merges them to.

    Args:
        graphs: To learn from, and of validation classes.
        gcn_v: What prunes them.
        settings: Likewise, with the thresholds of pruning.
        plan: How.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The network, and the looks at it on the way.
    """
    seed, epochs = plan.seed, plan.config.epochs_c
    rng = np.random.default_rng(seed)
    rate, start = learning_rate(plan.config, plan.base), plan.base.gcn_c if plan.base else None
    drawn = draw_clusters([*graphs.varied, *graphs.whole], gcn_v, settings, rng)
    first = [labeled_cluster_graph(each) for each in drawn]
    early, _ = train_gcn_c(first, max(1, epochs // 3), seed, start, rate)
    tell(progress, 0.3, "Trains GCN-C")
    merged = merge_drawn(drawn, early, rng)
    merged += link_drawn(merged, early, rng)
    coarser = [labeled_cluster_graph(each) for each in merged]
    others = draw_clusters(graphs.validation, gcn_v, settings, rng)
    return train_gcn_c(
        [*first, *coarser],
        epochs,
        seed=seed,
        base=start,
        learning_rate=rate,
        validation=[labeled_cluster_graph(each) for each in others],
        progress=partial(tell, share(progress, 0.4, 1.0), what="Trains GCN-C"),
        watch=plan.watch,
    )


def learning_rate(config: TrainConfig, base: Model | None) -> float:
    """Gives the largest learning rate; smaller with a base model, to refine and not forget it.

    Args:
        config: With the one from scratch.
        base: What training begins with.

    Returns:
        The rate.
    """
    return config.learning_rate * (_FINE_TUNING if base else 1.0)
