from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.annotator import Annotator, Step
from benchmarks.effort_clusterings import Clustering, centrality
from benchmarks.review_desk import PAGE, ReviewDesk


def blobs(sizes: list[int], spread: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows around axes, one axis per class."""
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(len(sizes)), sizes)
    x = np.eye(len(sizes) + 2, dtype=np.float32)[classes]
    x += spread * rng.standard_normal(x.shape).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True), classes


def steps_of(x: np.ndarray, classes: np.ndarray, labels: np.ndarray, **known: Any) -> list[Step]:
    confidence = known.pop("confidence", centrality(x, np.maximum(labels, 0)))
    clustering = Clustering("x", "", np.asarray(labels), confidence, **known)
    return Annotator(ReviewDesk(clustering, x), x, classes).review()


def test_perfect_clusters_take_one_decision_per_class():
    x, classes = blobs([30, 20, 10, 5, 1])
    steps = steps_of(x, classes, classes)
    assert [step.kind for step in steps] == ["confirm"] * 5
    assert [step.right for step in steps] == [30, 50, 60, 65, 66]
    assert steps[-1].ticks == 0


def test_a_class_in_two_clusters_takes_no_decision_more_but_a_tick():
    x, classes = blobs([20, 20])
    labels = classes.copy()
    labels[:10] = 2
    steps = steps_of(x, classes, labels)
    assert [step.kind for step in steps] == ["confirm"] * 2
    assert (steps[-1].right, steps[-1].ticks) == (40, 1)


def apart() -> tuple[np.ndarray, np.ndarray]:
    """Relations of clusters none of which is shown beside another."""
    return np.empty((0, 2), np.int64), np.empty(0, np.float32)


def test_a_name_that_a_cluster_out_of_sight_has_takes_a_second_decision():
    x, classes = blobs([4 * PAGE])
    labels = np.repeat([0, 1], 2 * PAGE)
    steps = steps_of(x, classes, labels, relations=apart())
    assert [(step.kind, step.decisions, step.right) for step in steps] == [
        ("confirm", 1, 2 * PAGE),
        ("confirm", 3, 4 * PAGE),
    ]
    assert steps[-1].ticks == 0


def test_images_of_one_page_are_moved_to_the_cluster_of_their_name_with_one_decision():
    x, classes = blobs([2 * PAGE + 30])
    labels = np.repeat([0, 1], [2 * PAGE, 30])
    steps = steps_of(x, classes, labels, relations=apart())
    assert [(step.kind, step.decisions, step.ticks) for step in steps] == [
        ("confirm", 1, 0),
        ("move", 2, 30),
    ]


def test_strays_are_left_out_with_a_tick_each_and_taken_in_with_their_class():
    x, classes = blobs([40, 30])
    labels = classes.copy()
    labels[:3] = 1
    steps = steps_of(x, classes, labels)
    assert [step.kind for step in steps] == ["confirm", "confirm", "move"]
    assert steps[1].right == 67
    assert steps[-1].ticks == 3 + 3


def test_strays_beyond_the_first_page_are_moved():
    x, classes = blobs([2 * PAGE, 30])
    labels = np.zeros(len(classes), np.int64)
    confidence = np.linspace(0, 1, len(classes)).astype(np.float32)
    steps = steps_of(x, classes, labels, confidence=confidence)
    assert [step.kind for step in steps] == ["confirm", "move"]
    assert steps[-1].right == len(classes)


def test_a_selection_does_not_outlast_a_page():
    x, classes = blobs([3 * PAGE])
    steps = steps_of(x, classes, np.full(3 * PAGE, -1))
    assert [step.kind for step in steps] == ["move"] * 3
    assert steps[-1].ticks == 3 * PAGE


def test_what_is_moved_leaves_the_grid_and_what_follows_takes_its_place():
    x, classes = blobs([60, 40])
    order = np.concatenate([np.arange(30), np.arange(60, 100), np.arange(30, 60)])
    confidence = np.linspace(0, 1, 100).astype(np.float32)
    steps = steps_of(x[order], classes[order], np.full(100, -1), confidence=confidence)
    # The first page holds 30 of the first class. Without them it holds all 40 of the other one.
    assert [step.right for step in steps] == [30, 70, 100]


def test_a_cluster_of_several_classes_is_split():
    x, classes = blobs([3 * PAGE, 2 * PAGE, 2 * PAGE])
    steps = steps_of(x, classes, np.zeros(7 * PAGE, np.int64))
    assert [step.kind for step in steps] == ["split"] + ["confirm"] * 3


def test_a_part_of_another_class_is_left_out_as_a_whole():
    x, classes = blobs([2 * PAGE, 30])
    labels, confidence = np.zeros(len(classes), np.int64), np.linspace(0, 1, len(classes))
    steps = steps_of(x, classes, labels, parts=classes, confidence=confidence.astype(np.float32))
    assert [(step.kind, step.right) for step in steps] == [("confirm", 100), ("confirm", 130)]
    assert steps[-1].ticks == 1


def test_many_tiny_clusters_are_gone_through_in_one_grid():
    x, classes = blobs([25, 20], spread=0.3)
    steps = steps_of(x, classes, np.arange(45))
    assert steps[-1].right == 45
    assert len(steps) <= 4  # two with a name, and what did not lie beside them from the grid


def test_a_name_is_never_given_to_what_has_another():
    x, classes = blobs([12, 30, 10], spread=0.1)
    labels = classes.copy()
    labels[:8] = 1
    steps = steps_of(x, classes, labels)
    rights = [step.right for step in steps]
    assert rights == sorted(rights)
    assert rights[-1] == len(classes)


@pytest.mark.parametrize("seed", range(6))
def test_every_review_ends_with_all_images_right_and_no_decision_too_many(seed: int):
    rng = np.random.default_rng(seed)
    x, classes = blobs([40, 25, 12, 6, 2, 1], spread=0.2)
    wrong = rng.random(len(classes)) < 0.1 * seed
    labels = np.where(wrong, rng.integers(-1, 12, len(classes)), classes)
    steps = steps_of(x, classes, labels, parts=rng.integers(0, 20, len(classes)))
    assert steps[-1].right == len(classes)
    assert 6 <= len(steps) <= len(classes)
    assert set(np.diff([0, *(step.decisions for step in steps)])) <= {1, 2}
    assert len({step.decisions for step in steps}) == len(steps)


def test_the_same_review_takes_the_same_decisions():
    x, classes = blobs([20, 10, 5], spread=0.3)
    labels = np.random.default_rng(1).integers(0, 6, 35)
    assert steps_of(x, classes, labels) == steps_of(x, classes, labels)
