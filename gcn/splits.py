"""Splits labeled sets by class, never by image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_CLASSES = 4
_VALIDATION_SHARE = 0.2
_MIN_CLASSES_TO_SPARE = 20


class LabeledSet(NamedTuple):
    """Embeddings with classes.

    Attributes:
        x: Unit rows, shape (N, D), float32.
        labels: Class per row, -1 = unknown, shape (N,), int64.
    """

    x: NDArray[np.float32]
    labels: NDArray[np.int64]


class Split(NamedTuple):
    """One set, divided by class.

    Attributes:
        folds: Two halves of the training classes, for cross-fitting.
        validation: The remaining classes; None where there are too few to spare any.
    """

    folds: tuple[LabeledSet, LabeledSet]
    validation: LabeledSet | None


def split_by_class(labeled: LabeledSet, spare_few: bool, rng: np.random.Generator) -> Split:
    """Divides the classes of a set at random into two folds and a validation part.

    Rows without a class go to every part, as the strangers they would be in use.

    Args:
        labeled: The set.
        spare_few: Take validation classes even from a set of fewer than 20 classes.
        rng: Source of the order of classes.

    Raises:
        ValueError: Fewer than 4 classes of at least two images.
    """
    classes, counts = np.unique(labeled.labels[labeled.labels >= 0], return_counts=True)
    if (counts >= 2).sum() < MIN_CLASSES:
        raise ValueError(
            f"training needs at least {MIN_CLASSES} classes of two or more images"
            f" (got {int((counts >= 2).sum())}); label more classes"
        )
    order = rng.permutation(classes)
    # Classes of one image hold no pair to learn from, so the others are dealt out first.
    order = order[np.argsort(counts[np.searchsorted(classes, order)] < 2, kind="stable")]
    spared = 0
    if spare_few or len(classes) >= _MIN_CLASSES_TO_SPARE:
        spared = max(2, round(_VALIDATION_SHARE * len(classes)))
    step = len(classes) / spared if spared else 0.0
    taken = np.zeros(len(classes), bool)
    taken[(np.arange(spared) * step).astype(int)] = True
    rest = order[~taken]
    halves = (rest[::2], rest[1::2]) if len(rest) >= MIN_CLASSES else (rest, rest)
    first, second = (_of_classes(labeled, half) for half in halves)
    return Split((first, second), _of_classes(labeled, order[taken]) if spared else None)


def _of_classes(labeled: LabeledSet, classes: NDArray[np.int64]) -> LabeledSet:
    rows = np.flatnonzero(np.isin(labeled.labels, classes) | (labeled.labels < 0))
    return LabeledSet(labeled.x[rows], labeled.labels[rows])
