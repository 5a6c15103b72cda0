"""Trains both networks and chooses their thresholds: the whole order of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import torch
from numpy.typing import ArrayLike

from .checkpoint import Model
from .config import TrainConfig
from .cross_fit import fit_affinity, fit_strength
from .density_rule import fit_density_rule
from .graph import unit_rows
from .progress import Progress, share, tell
from .settings import Settings
from .splits import LabeledSet, split_by_class
from .stages import node_state
from .thresholds import ScoredState, choose_thresholds
from .training_graphs import training_graphs
from .validation import (
    affinity_error,
    calibrate_affinity,
    calibrate_strength,
    strength_error,
    validation_scores,
)


def train(
    embeddings: ArrayLike,
    labels: ArrayLike,
    base: Model | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Model:
    """Trains GCN-V and GCN-C on images whose classes are known.

    A fifth of the classes is kept for validation: thresholds, calibration and the scores in
    `model.card` come from it.

    Args:
        embeddings: Shape (N, D), finite, no zero row.
        labels: Whole numbers, shape (N,); -1 = unknown.
        base: Model to start from; from scratch if left out.
        seed: Same seed, same model on the same machine.
        progress: Called with the share done and what is happening; may raise to cancel.

    Returns:
        A model for embeddings of this kind.

    Raises:
        ValueError: The arrays do not fit, or fewer than 4 classes have two images.
    """
    labeled = labeled_set(embeddings, labels)
    return train_on([labeled], base, seed, TrainConfig(), progress)


def labeled_set(embeddings: ArrayLike, labels: ArrayLike) -> LabeledSet:
    """Checks embeddings and labels and scales the embeddings to unit rows.

    Raises:
        ValueError: They cannot be used or do not fit together.
    """
    x = unit_rows(embeddings)
    y = np.asarray(labels)
    if y.shape != (len(x),) or y.dtype.kind not in "iu":
        raise ValueError(
            "'labels' must hold one whole number per embedding, -1 for unknown"
            f" (got dtype {y.dtype}, shape {y.shape} for {len(x)} embeddings)"
        )
    return LabeledSet(x, y.astype(np.int64))


def train_on(
    sets: Sequence[LabeledSet],
    base: Model | None = None,
    seed: int = 0,
    config: TrainConfig | None = None,
    progress: Progress | None = None,
) -> Model:
    """Trains one model on several sets, which may come from different embedding networks.

    Args:
        sets: Labeled sets; those of fewer than 20 classes give no validation classes unless
            they are alone.
        base: Model to start from; from scratch if left out.
        seed: Of splits, variants, weights and order.
        config: How long and on how much to train.
        progress: Called with the share done and what is happening; may raise to cancel.

    Returns:
        The model, with validation scores in its card.

    Raises:
        ValueError: A set has too few classes.
    """
    with reproducible():
        return _train_on(sets, base, seed, config or TrainConfig(), progress)


def _train_on(
    sets: Sequence[LabeledSet],
    base: Model | None,
    seed: int,
    config: TrainConfig,
    progress: Progress | None,
) -> Model:
    rng = np.random.default_rng(seed)
    splits = [split_by_class(s, len(sets) == 1, rng) for s in sets]
    graphs = training_graphs(splits, config, rng, share(progress, 0.0, 0.15))
    settings = base.settings if base else Settings(k=config.k)
    settings = fit_density_rule(graphs.validation, settings)
    crossed = fit_affinity(graphs, settings, base, config, seed, share(progress, 0.15, 0.7))
    judged = [
        *((crossed.whole, graph) for graph in graphs.validation),
        *((crossed.folds[0], graph) for graph in graphs.crowded),
    ]
    settings = calibrate_affinity(judged, settings)
    states = [
        ScoredState(node_state(graph.x, graph.relations, network, settings), graph.labels)
        for network, graph in judged
    ]
    gcn_c = fit_strength(graphs, crossed, settings, base, config, seed, share(progress, 0.7, 0.85))
    settings = calibrate_strength(gcn_c, states, settings)
    last = share(progress, 0.85, 1.0)
    settings = choose_thresholds(states, gcn_c, settings, lambda d: tell(last, d, "Thresholds"))
    card = {
        "seed": seed,
        "config": asdict(config),
        "sets": [_describe(s) for s in sets],
        "validation": validation_scores(states, gcn_c, settings),
        "affinity_calibration_error": affinity_error(judged, settings),
        "strength_calibration_error": strength_error(gcn_c, states, settings),
    }
    return Model(crossed.whole, gcn_c, settings, card)


def _describe(labeled: LabeledSet) -> dict[str, int]:
    return {
        "images": len(labeled.x),
        "classes": len(np.unique(labeled.labels[labeled.labels >= 0])),
        "dimensions": labeled.x.shape[1],
    }


@contextmanager
def reproducible() -> Iterator[None]:
    """Keeps torch on one thread and its global random state untouched.

    Sums in parallel would differ from run to run; the tensors of a step are so small that more
    threads hardly gain.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)
