"""Splits by class, never by image."""

import numpy as np
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.training.splits import LabeledSet, Split, crowd_of, split_by_class


def labeled(sizes: list[int], unknown: int = 0) -> LabeledSet:
    labels = np.append(np.repeat(np.arange(len(sizes)) * 3, sizes), np.full(unknown, -1))
    x = unit_rows(np.random.default_rng(0).normal(size=(len(labels), 6)))
    return LabeledSet(x, labels)


def classes_of(part: LabeledSet) -> set[int]:
    return set(part.labels[part.labels >= 0].tolist())


def parts_of(split: Split) -> tuple[LabeledSet, LabeledSet]:
    assert split.validation is not None
    return split.training, split.validation


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("num_classes", [20, 21, 37, 200])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_parts_share_no_class_and_lose_none(seed: int, num_classes: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    whole = labeled(rng.integers(1, 8, num_classes).tolist() + [3] * 4)
    parts = parts_of(split_by_class(whole, share, False, rng))
    training, validation = (classes_of(part) for part in parts)
    assert training.isdisjoint(validation)
    assert training | validation == classes_of(whole)
    assert sum(len(part.labels) for part in parts) == len(whole.labels)
    assert len(validation) == round(share * (num_classes + 4))


def test_rows_stay_with_their_labels_and_in_their_order() -> None:
    whole = labeled([5] * 20, unknown=6)
    for part in parts_of(split_by_class(whole, 0.2, False, np.random.default_rng(1))):
        rows = [int(np.flatnonzero((whole.x == row).all(1))[0]) for row in part.x]
        assert rows == sorted(rows)
        np.testing.assert_array_equal(whole.labels[rows], part.labels)


def test_rows_of_unknown_class_go_to_both_parts() -> None:
    split = split_by_class(labeled([4] * 25, unknown=7), 0.2, False, np.random.default_rng(2))
    assert all((part.labels == -1).sum() == 7 for part in parts_of(split))


@pytest.mark.parametrize(
    ("num_classes", "spare_few", "share", "spared"),
    [
        (8, False, 0.2, 0),
        (8, True, 0.2, 2),
        (4, True, 0.2, 2),
        (19, False, 0.2, 0),
        (19, True, 0.2, 4),
        (20, False, 0.2, 4),
        (20, False, 0.0, 0),
        (20, True, 0.0, 0),
    ],
)
def test_few_classes_are_spared_on_request_only(
    num_classes: int, spare_few: bool, share: float, spared: int
) -> None:
    whole = labeled([6] * num_classes)
    split = split_by_class(whole, share, spare_few, np.random.default_rng(3))
    found = 0 if split.validation is None else len(classes_of(split.validation))
    assert found == spared
    assert len(classes_of(split.training)) == num_classes - spared


def test_without_validation_the_whole_set_is_training() -> None:
    whole = labeled([5] * 4, unknown=3)
    assert split_by_class(whole, 0.2, False, np.random.default_rng(4)).training is whole


def test_both_parts_get_classes_that_hold_pairs() -> None:
    for seed in range(10):
        for singles in (0, 16, 60):
            whole = labeled([1] * singles + [6] * 12)
            split = split_by_class(whole, 0.2, True, np.random.default_rng(seed))
            for part in parts_of(split):
                assert np.unique(part.labels, return_counts=True)[1].max() > 1


def test_the_generator_decides_which_classes_are_spared() -> None:
    whole = labeled([5] * 30)
    spared = [
        classes_of(parts_of(split_by_class(whole, 0.2, False, np.random.default_rng(seed)))[1])
        for seed in (0, 0, 1)
    ]
    assert spared[0] == spared[1] != spared[2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("added", [1, 5, 40])
def test_classes_that_a_model_learned_from_stay_for_learning_when_classes_are_added(
    seed: int, added: int
) -> None:
    # The new classes stand between the others, some of one image.
    ids = np.random.default_rng(seed).permutation(3 * (100 + added))[: 100 + added]
    sizes = np.where(np.arange(100 + added) % 7, 4, 1)
    training, validation = [], []
    for number in (100, 100 + added):
        labels = np.repeat(ids[:number], sizes[:number])
        whole = LabeledSet(np.ones((len(labels), 1), np.float32), labels)
        split = split_by_class(whole, 0.2, True, np.random.default_rng(seed))
        parts = parts_of(split)
        training.append(classes_of(parts[0]))
        validation.append(classes_of(parts[1]))
    # A larger part of more classes has to take some.
    assert len(training[0] & validation[1]) <= len(validation[1]) - len(validation[0]) + 1


def test_classes_are_spared_evenly_whatever_their_numbers() -> None:
    spared = np.zeros(60, int)
    for seed in range(500):
        split = split_by_class(labeled([5] * 60), 0.2, True, np.random.default_rng(seed))
        spared[[number // 3 for number in classes_of(parts_of(split)[1])]] += 1
    # 100 times each, give or take five deviations.
    assert abs(spared - 100).max() < 45


@pytest.mark.parametrize("sizes", [[5, 5, 5], [1] * 30, [4, 4, 4, 1, 1], []])
def test_too_few_classes_raise(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"at least 4 classes of two or more images \(got \d\)"):
        split_by_class(labeled(sizes, unknown=5), 0.2, False, np.random.default_rng(0))


def test_a_crowd_holds_the_validation_classes_among_strangers() -> None:
    whole = labeled([5] * 20, unknown=6)
    _, validation = parts_of(split_by_class(whole, 0.2, False, np.random.default_rng(1)))
    crowd = crowd_of(whole, validation, 1000)
    assert crowd is not None
    np.testing.assert_array_equal(crowd.x, whole.x)
    assert classes_of(crowd) == classes_of(validation)
    known = crowd.labels >= 0
    np.testing.assert_array_equal(crowd.labels[known], whole.labels[known])


@pytest.mark.parametrize(("most_rows", "num_rows"), [(50, 50), (54, 50), (55, 55)])
def test_a_crowd_takes_whole_classes_while_there_is_room(most_rows: int, num_rows: int) -> None:
    whole = labeled([5] * 20)
    _, validation = parts_of(split_by_class(whole, 0.2, False, np.random.default_rng(1)))
    crowd = crowd_of(whole, validation, most_rows)
    assert crowd is not None
    assert len(crowd.labels) == num_rows


def test_without_room_for_another_class_there_is_no_crowd() -> None:
    whole = labeled([5] * 20)
    _, validation = parts_of(split_by_class(whole, 0.2, False, np.random.default_rng(1)))
    assert crowd_of(whole, validation, 24) is None
