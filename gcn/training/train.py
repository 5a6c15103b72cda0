"""Trains both networks and chooses their thresholds: the whole order of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from ..evaluation.labels import in_64_bits
from ..graph.class_scatter import ClassScatter, class_scatter
from ..graph.knn_graph import unit_rows
from ..graph.memory import refuse_too_large, size_of
from ..graph.power import power_normalized
from ..networks.checkpoint import Model, model_or_shipped
from ..networks.gcn_v import GCNV
from ..networks.settings import Settings
from ..pruning.affinities import node_state
from ..runtime.parallel import set_own_torch_threads
from ..runtime.progress import Progress, share, tell
from .cluster_variants import ScoredState
from .comparison import best_of, judges_of
from .config import TrainConfig
from .density_rule import fit_density_rule
from .early_stopping import Watch
from .fitting import Plan, fit_affinity, fit_strength
from .splits import LabeledSet, Split, split_by_class
from .thresholds import choose_relation, choose_thresholds
from .train_memory import training_bytes
from .training_graphs import num_variants, training_graphs
from .validation import (
    affinity_error,
    calibrate_affinity,
    calibrate_strength,
    strength_error,
    validation_scores,
)

FAR_APART = float(np.arcsinh(-0.7))
"""Compressed similarity 0.7 deviations below that of a random pair, where no class reaches."""


def train(
    embeddings: ArrayLike,
    labels: ArrayLike,
    base: Model | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    watch: Watch | None = None,
) -> Model:
    """Trains GCN-V and GCN-C on images whose classes are known.

    A fifth of the classes is kept for validation: thresholds, calibration and the scores in
    `model.card` come from it.

    Args:
        embeddings: Shape (N, D), finite, no zero row.
        labels: Whole numbers, shape (N,); -1 = unknown.
        base: Model to start from; from scratch if left out. Where training does not improve on
            it on the validation classes, its networks and thresholds come back unchanged.
        seed: Same seed, same model on the same machine. With the seed of a base that was trained
            on these classes and others were added, validation is of classes that the base did not
            learn from, but for a few; a class is known by its number.
        progress: Called with the share done and what is happening; may raise to cancel.
        watch: Called with each look at a network while it is trained: losses, and the average
            precision on the validation classes. They stand in `model.card["history"]` as well.

    Returns:
        A model for embeddings of this kind.

    Raises:
        MemoryError: There is not enough memory for so many embeddings.
        TypeError: `base` is no model.
        ValueError: The arrays do not fit, a label is below -1, fewer than 4 classes have two
            images, or all embeddings are the same.
    """
    _refuse_too_large(embeddings, np.asarray(labels))
    base = base if base is None else model_or_shipped(base, "base")
    labeled = labeled_set(embeddings, labels)
    return train_on([labeled], base, seed, TrainConfig(), progress, watch=watch)


def _refuse_too_large(embeddings: ArrayLike, labels: NDArray[np.integer]) -> None:
    size = size_of(embeddings)
    # What does not fit together is told of by `labeled_set`.
    if size is None or labels.shape != (size.rows,) or labels.dtype.kind not in "iu":
        return
    config = TrainConfig()
    unknown, classes = int((labels < 0).sum()), len(np.unique(labels[labels >= 0]))
    variants = num_variants(labels, config.variants)
    needed = training_bytes(size, unknown, classes, variants, config)
    refuse_too_large(size, needed, " to train on", "leave out images, first those without a class")


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
    return LabeledSet(x, in_64_bits(y, "labels"))


def train_on(
    sets: Sequence[LabeledSet],
    base: Model | None = None,
    seed: int = 0,
    config: TrainConfig | None = None,
    progress: Progress | None = None,
    as_they_are: Sequence[LabeledSet] = (),
    gcn_v: GCNV | None = None,
    watch: Watch | None = None,
    shares: Sequence[float] | None = None,
) -> Model:
    """Trains one model on several sets, which may come from different embedding networks.

    Args:
        sets: Labeled sets; those of fewer than 20 classes give no validation classes unless
            they are alone.
        base: Model to start from; from scratch if left out.
        seed: Of splits, variants, weights and order.
        config: How long and on how much to train.
        progress: Called with the share done and what is happening; may raise to cancel.
        as_they_are: More sets to learn from, each as one graph: they are not varied, and
            calibration, thresholds and scores do not look at them.
        gcn_v: Trained GCN-V to keep as it is, so that only GCN-C is trained; trained too if left
            out.
        watch: Called with each look at a network while it is trained.
        shares: Of the usual number of varied graphs, for each of `sets`, so that many sets of
            one kind do not outweigh the others; all of it if left out.

    Returns:
        The model, with validation scores in its card.

    Raises:
        ValueError: A set has too few classes.
    """
    with reproducible():
        plan = Plan(gcn_v, base, seed, config or TrainConfig(), watch, shares)
        return _train_on(sets, as_they_are, plan, progress)


def _train_on(
    sets: Sequence[LabeledSet],
    as_they_are: Sequence[LabeledSet],
    plan: Plan,
    progress: Progress | None,
) -> Model:
    _, base, seed, config, _, shares = plan
    rng = np.random.default_rng(seed)
    splits = [split_by_class(s, config.validation_share, len(sets) == 1, rng) for s in sets]
    graphs = training_graphs(splits, as_they_are, config, rng, share(progress, 0.0, 0.2), shares)
    judged = [*graphs.whole, *graphs.validation]
    settings = fit_density_rule(judged, base.settings if base else Settings(k=config.k))
    first = share(progress, 0.2, 0.55)
    gcn_v, history_v = fit_affinity(graphs, settings, plan, first)
    settings = calibrate_affinity(gcn_v, judged, settings)
    states = [ScoredState(node_state(g.x, g.relations, gcn_v, settings), g.labels) for g in judged]
    settings = choose_relation(states, settings)
    last = share(progress, 0.55, 0.9)
    gcn_c, history_c = fit_strength(graphs, gcn_v, settings, plan, last)
    settings = calibrate_strength(gcn_c, states, settings)
    chosen = partial(tell, share(progress, 0.9, 0.95), what="Thresholds")
    settings = choose_thresholds(states, gcn_c, settings, chosen)
    settings = replace(settings, min_pair_similarity=FAR_APART)
    card = {
        "seed": seed,
        "config": asdict(config),
        "sets": [_describe(s) for s in sets],
        "history": [each._asdict() for each in (*history_v, *history_c)],
        "training": validation_scores(states[: len(graphs.whole)], gcn_c, settings),
        "affinity_calibration_error": affinity_error(gcn_v, judged, settings),
        "strength_calibration_error": strength_error(gcn_c, states, settings),
    }
    tell(progress, 0.95, "Compares models")
    trained, judges = (
        Model(gcn_v, gcn_c, settings, card),
        judges_of(sets, splits, config.max_whole_rows),
    )
    best = best_of(trained, base, _scatter_inside(splits, as_they_are), judges)
    tell(progress, 1.0, "Trained")
    return best


def _scatter_inside(
    splits: Sequence[Split], as_they_are: Sequence[LabeledSet]
) -> ClassScatter | None:
    """What varies inside the training classes; sets of several networks share no space."""
    if len(splits) > 1 or as_they_are:
        return None
    x, labels = splits[0].training
    return class_scatter(power_normalized(x), labels)


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
    try:
        set_own_torch_threads(1)
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        set_own_torch_threads(threads)
