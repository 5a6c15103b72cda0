"""Splits by class, never by image."""

import numpy as np
import pytest

from gcn.graph import unit_rows
from gcn.splits import LabeledSet, split_by_class


def labeled(sizes: list[int], unknown: int = 0) -> LabeledSet:
    labels = np.append(np.repeat(np.arange(len(sizes)) * 3, sizes), np.full(unknown, -1))
    x = unit_rows(np.random.default_rng(0).normal(size=(len(labels), 6)))
    return LabeledSet(x, labels)


def classes_of(part: LabeledSet) -> set[int]:
    return set(part.labels[part.labels >= 0].tolist())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("num_classes", [20, 21, 37, 200])
def test_parts_share_no_class_and_lose_none(seed: int, num_classes: int) -> None:
    rng = np.random.default_rng(seed)
    whole = labeled(rng.integers(1, 8, num_classes).tolist() + [3] * 4)
    split = split_by_class(whole, False, rng)
    assert split.validation is not None
    parts = [*split.folds, split.validation]
    sets = [classes_of(part) for part in parts]
    assert sum(len(one) for one in sets) == len(set.union(*sets)) == num_classes + 4
    assert sum(len(part.labels) for part in parts) == len(whole.labels)
    assert len(sets[2]) / (num_classes + 4) == pytest.approx(0.2, abs=0.07)
    assert abs(len(sets[0]) - len(sets[1])) <= 1


def test_rows_stay_with_their_labels() -> None:
    whole = labeled([5] * 20)
    split = split_by_class(whole, False, np.random.default_rng(1))
    for part in split.folds:
        for row, label in zip(part.x, part.labels, strict=True):
            assert whole.labels[(whole.x == row).all(1)].tolist() == [label]


def test_rows_of_unknown_class_go_to_every_part() -> None:
    split = split_by_class(labeled([4] * 25, unknown=7), False, np.random.default_rng(2))
    assert split.validation is not None
    for part in (*split.folds, split.validation):
        assert (part.labels == -1).sum() == 7


@pytest.mark.parametrize(("spare_few", "spared"), [(False, False), (True, True)])
def test_few_classes_are_spared_on_request_only(spare_few: bool, spared: bool) -> None:
    split = split_by_class(labeled([6] * 8), spare_few, np.random.default_rng(3))
    assert (split.validation is not None) == spared


@pytest.mark.parametrize("num_classes", [4, 5])
def test_very_few_classes_still_train(num_classes: int) -> None:
    split = split_by_class(labeled([5] * num_classes), False, np.random.default_rng(4))
    assert split.validation is None
    assert all(len(classes_of(part)) >= 2 for part in split.folds)


def test_every_part_gets_classes_that_hold_pairs() -> None:
    for seed in range(10):
        whole = labeled([1] * 60 + [6] * 12)
        split = split_by_class(whole, False, np.random.default_rng(seed))
        assert split.validation is not None
        for part in (*split.folds, split.validation):
            assert np.unique(part.labels, return_counts=True)[1].max() > 1


@pytest.mark.parametrize("sizes", [[5, 5, 5], [1] * 30, [4, 4, 4, 1, 1], []])
def test_too_few_classes_raise(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"at least 4 classes of two or more images \(got \d\)"):
        split_by_class(labeled(sizes, unknown=5), False, np.random.default_rng(0))
