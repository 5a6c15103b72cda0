"""The graphs that both networks are trained, calibrated and judged on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .config import TrainConfig
from .progress import Progress, tell
from .splits import LabeledSet, Split
from .variants import LabeledGraph, draw_variant, labeled_graph

Int64 = NDArray[np.int64]


class JointGraph(NamedTuple):
    """A graph with training classes of both folds.

    Attributes:
        graph: The graph, N nodes.
        is_second: Rows whose class is of the second fold, shape (N,), bool.
    """

    graph: LabeledGraph
    is_second: NDArray[np.bool_]


class TrainingGraphs(NamedTuple):
    """All graphs of one training.

    Attributes:
        folds: Varied graphs of either half of the training classes.
        joint: Varied graphs of all training classes: as many strangers as there are in use.
        validation: Validation classes alone, one graph per set.
        crowded: Validation classes among those of the second fold, one graph per set; unseen by
            a network of the first fold.
    """

    folds: tuple[list[LabeledGraph], list[LabeledGraph]]
    joint: list[JointGraph]
    validation: list[LabeledGraph]
    crowded: list[LabeledGraph]


def training_graphs(
    splits: Sequence[Split],
    config: TrainConfig,
    rng: np.random.Generator,
    progress: Progress | None,
) -> TrainingGraphs:
    """Draws all graphs.

    Args:
        splits: One per set.
        config: How many, how large, and k.
        rng: Source of all randomness.
        progress: Called with the share done; may raise to cancel.
    """
    graphs = TrainingGraphs(([], []), [], [], [])
    for done, split in enumerate(splits):
        tell(progress, done / len(splits), "Builds training graphs")
        for fold, drawn in zip(split.folds, graphs.folds, strict=True):
            for _ in range(num_variants(fold.labels, config.variants)):
                drawn.append(draw_variant(fold.x, fold.labels, config.k, config.max_rows, rng))
        graphs.joint.extend(_joint_graphs(split, config, rng))
        if split.validation is not None:
            graphs.validation.append(_whole(split.validation, config, rng))
            graphs.crowded.append(_whole(_together(split.validation, split.folds[1]), config, rng))
    return graphs


def num_variants(labels: Int64, usual: int) -> int:
    """Varied graphs to draw from a set: more from many classes, which differ more when drawn.

    Args:
        labels: Class per row, -1 = unknown, shape (N,).
        usual: Number for 100 classes.

    Returns:
        Half to two and a half times `usual`, at least 1.
    """
    num_classes = len(np.unique(labels[labels >= 0]))
    return max(1, round(usual * float(np.clip(np.sqrt(num_classes / 100), 0.5, 2.5))))


def _joint_graphs(split: Split, config: TrainConfig, rng: np.random.Generator) -> list[JointGraph]:
    first, second = split.folds
    every = _together(first, second)
    drawn: list[JointGraph] = []
    for _ in range(num_variants(every.labels, config.variants)):
        graph = draw_variant(every.x, every.labels, config.k, config.max_rows, rng)
        drawn.append(JointGraph(graph, np.isin(graph.labels, second.labels[second.labels >= 0])))
    return drawn


def _together(a: LabeledSet, b: LabeledSet) -> LabeledSet:
    """Both sets; rows without a class, which both hold, are taken once."""
    fresh = b.labels >= 0
    if set(a.labels[a.labels >= 0]) & set(b.labels[fresh]):
        return a
    return LabeledSet(
        np.concatenate([a.x, b.x[fresh]]), np.concatenate([a.labels, b.labels[fresh]])
    )


def _whole(labeled: LabeledSet, config: TrainConfig, rng: np.random.Generator) -> LabeledGraph:
    """The graph of a set as it is, thinned by class where it is larger than training graphs."""
    rows = np.arange(len(labeled.labels))
    if len(rows) > config.max_rows:
        classes, which = np.unique(labeled.labels, return_inverse=True)
        order = np.argsort(rng.permutation(len(classes))[which], kind="stable")
        rows = np.sort(order[: config.max_rows])
    return labeled_graph(labeled.x[rows], labeled.labels[rows], config.k)
