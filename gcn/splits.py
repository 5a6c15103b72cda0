"""Splits labeled sets by class, never by image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_CLASSES = 4
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
        training: Classes to learn from.
        validation: The remaining classes; None where there are too few to spare any.
    """

    training: LabeledSet
    validation: LabeledSet | None


def split_by_class(
    labeled: LabeledSet, share: float, spare_few: bool, rng: np.random.Generator
) -> Split:
    """Divides the classes of a set at random into a training and a validation part.

    Rows without a class go to both parts, as the strangers they would be in use.

    Args:
        labeled: The set.
        share: Of the classes that go to the validation part; 0 = none.
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
    if share == 0.0 or (not spare_few and len(classes) < _MIN_CLASSES_TO_SPARE):
        return Split(labeled, None)
    order = rng.permutation(classes)
    # Classes of one image hold no pair to learn from, so the others are dealt out first.
    order = order[np.argsort(counts[np.searchsorted(classes, order)] < 2, kind="stable")]
    spared = max(2, round(share * len(classes)))
    taken = np.zeros(len(classes), bool)
    taken[(np.arange(spared) * (len(classes) / spared)).astype(int)] = True
    return Split(_of_classes(labeled, order[~taken]), _of_classes(labeled, order[taken]))


def _of_classes(labeled: LabeledSet, classes: NDArray[np.int64]) -> LabeledSet:
    rows = np.flatnonzero(np.isin(labeled.labels, classes) | (labeled.labels < 0))
    return LabeledSet(labeled.x[rows], labeled.labels[rows])
