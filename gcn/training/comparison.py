"""Which of two models to use, judged by the same validation classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..networks.checkpoint import Model
from .splits import LabeledSet
from .validation import clustering_scores

MIN_GAIN = 0.01
"""Mean score by which training must win: its thresholds saw the validation classes."""


def better_of(trained: Model, base: Model, sets: Sequence[LabeledSet]) -> Model:
    """Keeps the trained model where it beats its base on validation classes, else the base.

    Args:
        trained: With its own validation scores in its card.
        base: The model that training began with.
        sets: Validation classes; without any the trained model is taken on trust.

    Returns:
        A model with the card of `trained`, in which `base_validation` holds the scores of the
        base and `kept` says whose networks and thresholds these are, "trained" or "base".
    """
    if not sets:
        return trained
    before = clustering_scores(base, sets)
    gain = mean_score(trained.card["validation"]) - mean_score(before)
    kept = "trained" if gain >= MIN_GAIN else "base"
    card = {**trained.card, "base_validation": before, "kept": kept}
    return replace(trained if kept == "trained" else base, card=card)


def mean_score(scores: Sequence[dict[str, float | int]]) -> float:
    """Mean over sets of `Scores.mean_f`; 0 for none."""
    if not scores:
        return 0.0
    return float(np.mean([s["mean_f"] for s in scores]))
