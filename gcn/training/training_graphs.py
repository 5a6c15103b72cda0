"""What a training learns from: graphs of drawn classes, of all classes at once, and of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..graph.power import power_normalized
from ..runtime.progress import Progress, tell
from .config import TrainConfig
from .splits import LabeledSet, Split
from .variants import LabeledGraph, draw_variant, graph_in_use, labeled_graph, whole_classes


class TrainingGraphs(NamedTuple):
    """Labeled kNN graphs by what they are for.

    Attributes:
        varied: Of classes drawn at random, to learn from.
        whole: Of all training classes of a set at once, to learn from and to judge by.
        validation: Of validation classes, to judge by.
    """

    varied: list[LabeledGraph]
    whole: list[LabeledGraph]
    validation: list[LabeledGraph]


def training_graphs(
    splits: Sequence[Split],
    as_they_are: Sequence[LabeledSet],
    config: TrainConfig,
    rng: np.random.Generator,
    progress: Progress | None = None,
    shares: Sequence[float] | None = None,
) -> TrainingGraphs:
    """Builds all graphs of a training.

    Args:
        splits: Training and validation classes of each set.
        as_they_are: More sets to learn from, each as one graph.
        config: How many graphs, how large, and how many neighbors.
        rng: Source of all randomness.
        progress: Called with the share done and what is happening; may raise to cancel.
        shares: Of the usual number of varied graphs, for each split; all of it if left out.
    """
    graphs = TrainingGraphs([], [], [])
    total = len(splits) + len(as_they_are)
    for done, (training, validation) in enumerate(splits):
        tell(progress, done / total, "Builds training graphs")
        # Rows as `cluster` looks at them; noise and projections come after.
        x, labels = power_normalized(training.x), training.labels
        usual = config.variants * (1.0 if shares is None else shares[done])
        for _ in range(num_variants(labels, usual)):
            graphs.varied.append(draw_variant(x, labels, config.k, config.max_rows, rng))
        # A set in use shows all its classes at once, and the more there are the more look alike.
        rows = whole_classes(labels, config.max_whole_rows, rng)
        graphs.whole.append(graph_in_use(x[rows], labels[rows], config.k))
        if validation is not None:
            x, labels = power_normalized(validation.x), validation.labels
            graphs.validation.append(graph_in_use(x, labels, config.k))
    for done, (x, labels) in enumerate(as_they_are):
        tell(progress, (len(splits) + done) / total, "Builds training graphs")
        graphs.varied.append(labeled_graph(power_normalized(x), labels, config.k))
    return graphs


def num_variants(labels: NDArray[np.integer], usual: float) -> int:
    """Varied graphs to draw from a set: more from many classes, which differ more when drawn.

    Args:
        labels: Class per row, -1 = unknown, shape (N,).
        usual: Number for 100 classes.

    Returns:
        Half to two and a half times `usual`, at least 1.
    """
    num_classes = len(np.unique(labels[labels >= 0]))
    return max(1, round(usual * float(np.clip(np.sqrt(num_classes / 100), 0.5, 2.5))))
