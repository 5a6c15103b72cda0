"""Splits labeled sets by class, never by image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]

MIN_CLASSES = 4
_MIN_CLASSES_TO_SPARE = 20


class LabeledSet(NamedTuple):
    """Embeddings with classes.

    Attributes:
        x: Unit rows, shape (N, D), float32.
        labels: Class per row, -1 = unknown, shape (N,), int64.
    """

    x: NDArray[np.float32]
    labels: Int64


class Split(NamedTuple):
    """One set, divided by class.

    Attributes:
        training: Classes to learn from.
        validation: The remaining classes; None where there are too few to spare any.
    """

    training: LabeledSet
    validation: LabeledSet | None


def split_by_class(
    labeled: LabeledSet, share: float, alone: bool, rng: np.random.Generator
) -> Split:
    """Divides the classes of a set at random into a training and a validation part.

    Rows without a class go to both parts, as the strangers they would be in use.

    Args:
        labeled: The set.
        share: Of the classes that go to the validation part; 0 = none.
        alone: There is no other set: it gives validation classes even where it has fewer than 20,
            and when classes are added, those that were there stay in their part, but for a few.
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
    if share == 0.0 or (not alone and len(classes) < _MIN_CLASSES_TO_SPARE):
        return Split(labeled, None)
    spare = _first_of_each_kind if alone else _spread
    spared = spare(classes, counts < 2, num_spared(len(classes), share), rng)
    others = np.setdiff1d(classes, spared)
    return Split(_of_classes(labeled, others), _of_classes(labeled, spared))


def num_spared(num_classes: int, share: float) -> int:
    """How many classes a set gives to the validation part, of which two are the least.

    Args:
        num_classes: Of the set.
        share: Above 0.
    """
    return max(2, round(share * num_classes))


def _first_of_each_kind(
    classes: Int64, single: NDArray[np.bool_], number: int, rng: np.random.Generator
) -> Int64:
    """The first in an order in which the place of a class depends on its own number alone.

    A model that is trained further is then judged by classes that it has not seen.
    """
    order = np.argsort(_scattered(classes, rng))
    singles, pairs = classes[order[single[order]]], classes[order[~single[order]]]
    of_pairs = -(-number * len(pairs) // len(classes))
    return np.concatenate([pairs[:of_pairs], singles[: number - of_pairs]])


def _scattered(numbers: Int64, rng: np.random.Generator) -> NDArray[np.uint64]:
    """Random numbers that depend on the generator and on each number alone, never twice the same.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
    Fig. 17, "mix64variant13".
    """
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed += rng.integers(1 << 64, dtype=np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def _spread(
    classes: Int64, single: NDArray[np.bool_], number: int, rng: np.random.Generator
) -> Int64:
    """Classes from all of an order: the shipped model is made anew only with this very one."""
    order = rng.permutation(len(classes))
    # Classes of one image hold no pair to learn from, so the others are dealt out first.
    order = order[np.argsort(single[order], kind="stable")]
    return classes[order[(np.arange(number) * (len(classes) / number)).astype(int)]]


def crowd_of(labeled: LabeledSet, validation: LabeledSet, most_rows: int) -> LabeledSet | None:
    """Validation classes among images of others, as they will be in use.

    Args:
        labeled: The set.
        validation: Its validation part.
        most_rows: As many rows at most; other classes stay whole.

    Returns:
        The images of both, with class -1 for those that are not of a validation class; None where
        there is no room for a second class.
    """
    classes = np.unique(validation.labels[validation.labels >= 0])
    others, counts = np.unique(labeled.labels[labeled.labels >= 0], return_counts=True)
    is_other = ~np.isin(others, classes)
    others, counts = others[is_other], counts[is_other]
    around = others[np.cumsum(counts) <= most_rows - len(validation.labels)]
    if not len(around):
        return None
    crowd = _of_classes(labeled, np.concatenate([classes, around]))
    return LabeledSet(crowd.x, np.where(np.isin(crowd.labels, classes), crowd.labels, -1))


def _of_classes(labeled: LabeledSet, classes: Int64) -> LabeledSet:
    rows = np.flatnonzero(np.isin(labeled.labels, classes) | (labeled.labels < 0))
    return LabeledSet(labeled.x[rows], labeled.labels[rows])
