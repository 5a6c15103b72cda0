"""How a model does on the classes that a training keeps for validation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..networks.checkpoint import Model
from .config import TrainConfig
from .splits import split_by_class
from .train import labeled_set, reproducible
from .validation import clustering_scores


def held_out_scores(
    model: Model, embeddings: ArrayLike, labels: ArrayLike, seed: int = 0
) -> dict[str, float | int]:
    """Scores any model on the classes that `train` keeps for validation.

    Args:
        model: Trained on other images, or by `train` with the same arguments.
        embeddings: As `train` got them, shape (N, D).
        labels: As `train` got them, shape (N,); -1 = unknown.
        seed: As `train` got it.

    Returns:
        Scores by name (`Scores.as_dict`), of the images whose class is known.

    Raises:
        ValueError: The arrays do not fit, or fewer than 4 classes have two images.
    """
    config = TrainConfig()
    # The split is the first thing that a training draws from its seed.
    rng = np.random.default_rng(seed)
    labeled = labeled_set(embeddings, labels)
    validation = split_by_class(labeled, config.validation_share, True, rng).validation
    assert validation is not None  # a single set always spares classes
    with reproducible():
        return clustering_scores(model, [validation])[0]
