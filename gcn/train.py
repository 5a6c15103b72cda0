"""Trains both networks and chooses their thresholds: the whole order of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from .checkpoint import Model
from .config import TrainConfig
from .cross_fit import fit_affinity, fit_strength
from .density_rule import fit_density_rule
from .graph import unit_rows
from .progress import Progress, share, tell
from .settings import Settings
from .splits import LabeledSet, Split, split_by_class
from .stages import node_state
from .thresholds import ScoredState, choose_thresholds
from .validation import (
    affinity_error,
    calibrate_affinity,
    calibrate_strength,
    strength_error,
    validation_scores,
)
from .variants import LabeledGraph, draw_variant, labeled_graph

FAR_APART = float(np.arcsinh(-0.7))
"""Compressed similarity 0.7 deviations below that of a random pair, where no class reaches."""


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
    folds, validation = _graphs(splits, config, rng, share(progress, 0.0, 0.2))
    settings = base.settings if base else Settings(k=config.k)
    settings = fit_density_rule(validation, settings)
    crossed = fit_affinity(folds, settings, base, config, seed, share(progress, 0.2, 0.7))
    settings = calibrate_affinity(crossed.whole, validation, settings)
    states = [
        ScoredState(node_state(g.x, g.relations, crossed.whole, settings), g.labels)
        for g in validation
    ]
    gcn_c = fit_strength(folds, crossed, settings, base, config, seed, share(progress, 0.7, 0.85))
    settings = calibrate_strength(gcn_c, states, settings)
    last = share(progress, 0.85, 1.0)
    settings = choose_thresholds(states, gcn_c, settings, lambda d: tell(last, d, "Thresholds"))
    card = {
        "seed": seed,
        "config": asdict(config),
        "sets": [_describe(s) for s in sets],
        "validation": validation_scores(states, gcn_c, settings),
        "affinity_calibration_error": affinity_error(crossed.whole, validation, settings),
        "strength_calibration_error": strength_error(gcn_c, states, settings),
    }
    return Model(crossed.whole, gcn_c, replace(settings, min_pair_similarity=FAR_APART), card)


def _graphs(
    splits: Sequence[Split],
    config: TrainConfig,
    rng: np.random.Generator,
    progress: Progress | None,
) -> tuple[tuple[list[LabeledGraph], list[LabeledGraph]], list[LabeledGraph]]:
    folds: tuple[list[LabeledGraph], list[LabeledGraph]] = ([], [])
    for done, split in enumerate(splits):
        tell(progress, done / len(splits), "Builds training graphs")
        for fold, graphs in zip(split.folds, folds, strict=True):
            for _ in range(num_variants(fold.labels, config.variants)):
                graphs.append(draw_variant(fold.x, fold.labels, config.k, config.max_rows, rng))
    validation = [
        labeled_graph(s.validation.x, s.validation.labels, config.k)
        for s in splits
        if s.validation is not None
    ]
    return folds, validation


def num_variants(labels: NDArray[np.int64], usual: int) -> int:
    """Varied graphs to draw from a set: more from many classes, which differ more when drawn.

    Args:
        labels: Class per row, -1 = unknown, shape (N,).
        usual: Number for 100 classes.

    Returns:
        Half to two and a half times `usual`, at least 1.
    """
    num_classes = len(np.unique(labels[labels >= 0]))
    return max(1, round(usual * float(np.clip(np.sqrt(num_classes / 100), 0.5, 2.5))))


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
