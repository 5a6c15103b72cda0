from __future__ import annotations

import numpy as np
import pytest

from gcn.config import TrainConfig
from gcn.graph import unit_rows
from gcn.splits import LabeledSet, split_by_class
from gcn.training_graphs import TrainingGraphs, num_variants, training_graphs

CONFIG = TrainConfig(k=8, variants=3, max_rows=120)


@pytest.fixture(scope="module")
def graphs() -> TrainingGraphs:
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(40, 16))
    labels = np.repeat(np.arange(40), 6)
    x = unit_rows(centers[labels] + 0.2 * rng.normal(size=(240, 16)))
    split = split_by_class(LabeledSet(x, labels), False, rng)
    return training_graphs([split], CONFIG, rng, None)


def classes(graph_labels: np.ndarray) -> set[int]:
    return set(graph_labels[graph_labels >= 0].tolist())


def test_validation_classes_are_in_no_training_graph(graphs: TrainingGraphs) -> None:
    spared = classes(graphs.validation[0].labels)
    assert len(spared) == 8
    for graph in (*graphs.folds[0], *graphs.folds[1], *(joint.graph for joint in graphs.joint)):
        assert not spared & classes(graph.labels)


def test_crowded_graphs_hold_nothing_that_the_first_fold_saw(graphs: TrainingGraphs) -> None:
    seen = set[int]().union(*(classes(graph.labels) for graph in graphs.folds[0]))
    crowded = classes(graphs.crowded[0].labels)
    assert not seen & crowded
    assert len(crowded) > len(classes(graphs.validation[0].labels)) - 1


def test_joint_graphs_say_which_rows_are_of_the_second_fold(graphs: TrainingGraphs) -> None:
    second = set[int]().union(*(classes(graph.labels) for graph in graphs.folds[1]))
    assert any(joint.is_second.any() and not joint.is_second.all() for joint in graphs.joint)
    first = set[int]().union(*(classes(graph.labels) for graph in graphs.folds[0]))
    for joint in graphs.joint:
        assert not first & classes(joint.graph.labels[joint.is_second])
        assert not second & classes(joint.graph.labels[~joint.is_second])


def test_no_graph_is_larger_than_asked_for(graphs: TrainingGraphs) -> None:
    every = [*graphs.folds[0], *graphs.folds[1], *graphs.validation, *graphs.crowded]
    assert max(len(graph.x) for graph in every) <= CONFIG.max_rows


@pytest.mark.parametrize(("num_classes", "expected"), [(5, 5), (100, 10), (400, 20), (5000, 25)])
def test_more_classes_give_more_variants(num_classes: int, expected: int) -> None:
    assert num_variants(np.arange(num_classes), 10) == expected
