"""What to keep of a training, judged by classes that it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..graph.class_scatter import ClassScatter
from ..networks.checkpoint import Model
from .splits import LabeledSet, Split, crowd_of
from .validation import clustering_scores

MIN_GAIN = 0.01
"""Mean score by which trained networks must win at least: their thresholds saw the validation
classes."""

Score = dict[str, float | int]

_CHANCE = 0.1
"""By how much one class alone may favor either of two models by chance."""


@dataclass(frozen=True, eq=False)
class Judges:
    """Classes that were not learned from.

    Attributes:
        alone: Validation classes by themselves, one set for each that was divided.
        crowds: The same among the images that were learned from, whose class is -1 here: few
            classes alone favor a model that joins too much in a set of many.
    """

    alone: Sequence[LabeledSet]
    crowds: Sequence[LabeledSet] = ()
    _found: dict[str, list[Score]] = field(default_factory=dict[str, list[Score]], init=False)

    def scores(self, model: Model) -> tuple[list[Score], float]:
        """Scores of a model on each of `alone`, and what decides: the mean over these and crowds.

        No model is asked for twice: each time it clusters all of them.
        """
        if model.sha256 not in self._found:
            self._found[model.sha256] = clustering_scores(model, [*self.alone, *self.crowds])
        found = self._found[model.sha256]
        return found[: len(self.alone)], mean_score(found)


def judges_of(sets: Sequence[LabeledSet], splits: Sequence[Split], most_rows: int) -> Judges:
    """The judges that divided sets give.

    Args:
        sets: The sets, whole.
        splits: How each was divided, if it was.
        most_rows: As many rows of a crowd at most.
    """
    divided = [
        (labeled, split.validation)
        for labeled, split in zip(sets, splits, strict=True)
        if split.validation is not None
    ]
    crowds = [crowd_of(labeled, alone, most_rows) for labeled, alone in divided]
    return Judges([alone for _, alone in divided], [each for each in crowds if each is not None])


def best_of(
    trained: Model, base: Model | None, scatter: ClassScatter | None, judges: Judges
) -> Model:
    """What a training gives: what was learned, or its base where that does no better.

    Args:
        trained: As it came out of training.
        base: The model that training began with, if there was one.
        scatter: Inside the training classes; None where it says nothing.
        judges: Where there are none, what was learned is taken on trust.

    Returns:
        From `with_class_scatter`, or from `better_of` where there is a base.
    """
    learned = with_class_scatter(trained, base, scatter, judges)
    return learned if base is None else better_of(learned, base, judges)


def with_class_scatter(
    trained: Model, base: Model | None, scatter: ClassScatter | None, judges: Judges
) -> Model:
    """The best of what was learned: networks, and what varies inside the classes.

    Networks of a base know more kinds of images than one training can show, so those that were
    trained must beat them by a margin, both with the scatter.

    Args:
        trained: As it came out of training.
        base: The model that training began with, if there was one.
        scatter: Inside the training classes; None where it says nothing.
        judges: Where there are none, scatter and networks are taken on trust.

    Returns:
        A model with the card of `trained`, in which `validation` holds the scores of what is
        returned, and `networks` says whose these are, "trained" or "base".
    """
    plain = _with(trained, trained.card, "trained")
    if scatter is None:
        return _judged(plain, judges)[0]
    rescaled, score = _judged(replace(plain, class_scatter=scatter), judges)
    if base is None:
        unscaled, plain_score = _judged(plain, judges)
        return rescaled if score > plain_score or not judges.alone else unscaled
    refined = replace(_with(base, trained.card, "base"), class_scatter=scatter)
    refined, base_score = _judged(refined, judges)
    return rescaled if score - base_score >= margin(judges.alone) else refined


def better_of(learned: Model, base: Model, judges: Judges) -> Model:
    """Keeps what was learned where it beats its base on validation classes, else the base.

    Args:
        learned: From `with_class_scatter`.
        base: The model that training began with.
        judges: Where there are none, what was learned is taken on trust.

    Returns:
        A model with the card of `learned`, in which `base_validation` holds the scores of the
        base and `kept` says what the model is, "trained" or "base".
    """
    if not judges.alone:
        return learned
    before, base_score = judges.scores(base)
    gain = judges.scores(learned)[1] - base_score
    # Thresholds saw the validation classes, the scatter did not.
    networks = learned.card["networks"]
    is_better = gain > 0.0 if networks == "base" else gain >= margin(judges.alone)
    kept = "trained" if is_better else "base"
    card = {**learned.card, "base_validation": before, "kept": kept}
    return replace(learned if is_better else base, card=card)


def _with(model: Model, card: Mapping[str, Any], networks: str) -> Model:
    return replace(model, card={**card, "networks": networks})


def _judged(model: Model, judges: Judges) -> tuple[Model, float]:
    """The model with its validation scores in its card, and what decides."""
    scores, mean = judges.scores(model)
    return replace(model, card={**model.card, "validation": scores}), mean


def margin(sets: Sequence[LabeledSet]) -> float:
    """Mean score by which trained networks must win: more where fewer classes judge.

    Args:
        sets: Validation classes; nothing need be won where there are none.
    """
    num_classes = sum(len(np.unique(labels[labels >= 0])) for _, labels in sets)
    return max(MIN_GAIN, _CHANCE / num_classes**0.5) if num_classes else 0.0


def mean_score(scores: Sequence[dict[str, float | int]]) -> float:
    """Mean over sets of `Scores.mean_f`; 0 for none."""
    if not scores:
        return 0.0
    return float(np.mean([s["mean_f"] for s in scores]))
