"""Which of two models to use, judged by the same validation classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..graph.class_scatter import ClassScatter
from ..networks.checkpoint import Model
from .splits import LabeledSet
from .validation import clustering_scores

MIN_GAIN = 0.01
"""Mean score by which trained networks must win at least: their thresholds saw the validation
classes."""

_CHANCE = 0.1
"""By how much one class alone may favor either of two models by chance."""


def with_class_scatter(
    trained: Model, base: Model | None, scatter: ClassScatter | None, sets: Sequence[LabeledSet]
) -> Model:
    """The best of what was learned: networks, and what varies inside the classes.

    Networks of a base know more kinds of images than one training can show, so those that were
    trained must beat them by a margin, both with the scatter.

    Args:
        trained: With its own validation scores in its card.
        base: The model that training began with, if there was one.
        scatter: Inside the training classes; None where it says nothing.
        sets: Validation classes; without any the scatter is taken on trust.

    Returns:
        A model with the card of `trained`, in which `validation` holds the scores of what is
        returned, and `networks` says whose these are, "trained" or "base".
    """
    plain = replace(trained, card={**trained.card, "networks": "trained"})
    if scatter is None:
        return plain
    rescaled = _rescaled(plain, scatter, plain.card, sets)
    if base is None:
        return rescaled if not sets or _score(rescaled) > _score(plain) else plain
    refined = _rescaled(base, scatter, {**trained.card, "networks": "base"}, sets)
    wins = _score(rescaled) - _score(refined) >= margin(sets) if sets else True
    return rescaled if wins else refined


def _rescaled(
    model: Model, scatter: ClassScatter, card: Mapping[str, Any], sets: Sequence[LabeledSet]
) -> Model:
    found = replace(model, class_scatter=scatter, card=dict(card))
    if sets:
        found.card["validation"] = clustering_scores(found, sets)
    return found


def better_of(learned: Model, base: Model, sets: Sequence[LabeledSet]) -> Model:
    """Keeps what was learned where it beats its base on validation classes, else the base.

    Args:
        learned: With its own validation scores in its card.
        base: The model that training began with.
        sets: Validation classes; without any what was learned is taken on trust.

    Returns:
        A model with the card of `learned`, in which `base_validation` holds the scores of the
        base and `kept` says what the model is, "trained" or "base".
    """
    if not sets:
        return learned
    before = clustering_scores(base, sets)
    gain = _score(learned) - mean_score(before)
    # Thresholds saw the validation classes, the scatter did not.
    is_better = gain > 0.0 if learned.card.get("networks") == "base" else gain >= margin(sets)
    kept = "trained" if is_better else "base"
    card = {**learned.card, "base_validation": before, "kept": kept}
    return replace(learned if is_better else base, card=card)


def margin(sets: Sequence[LabeledSet]) -> float:
    """Mean score by which trained networks must win: more where fewer classes judge.

    Args:
        sets: Validation classes, at least one set.
    """
    num_classes = sum(len(np.unique(labels[labels >= 0])) for _, labels in sets)
    return max(MIN_GAIN, _CHANCE / max(1, num_classes) ** 0.5)


def _score(model: Model) -> float:
    return mean_score(model.card["validation"])


def mean_score(scores: Sequence[dict[str, float | int]]) -> float:
    """Mean over sets of `Scores.mean_f`; 0 for none."""
    if not scores:
        return 0.0
    return float(np.mean([s["mean_f"] for s in scores]))
