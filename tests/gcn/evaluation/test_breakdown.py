"""Scores class by class and cluster by cluster, against plain loops."""

import numpy as np
import pytest

from gcn.evaluation.breakdown import Groups, break_down
from gcn.evaluation.metrics import evaluate


def random_partitions(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 7, 90) * 3
    pred = np.where(rng.random(90) < 0.7, true, rng.integers(0, 40, 90))
    pred[rng.random(90) < 0.1] = -1
    return true, pred


def plain_groups(rows: np.ndarray, parts: np.ndarray) -> dict[int, tuple[float, ...]]:
    """Per group of `rows`: size, parts, share of the largest, BCubed with `parts` as clusters."""
    alone = 1000 + np.arange(len(rows))
    rows, parts = (np.where(column == -1, alone, column) for column in (rows, parts))
    found: dict[int, tuple[float, ...]] = {}
    for group in np.unique(rows):
        inside = parts[rows == group]
        sizes = [int((inside == part).sum()) for part in inside]
        precision = [n / (parts == part).sum() for n, part in zip(sizes, inside, strict=True)]
        recall = [n / len(inside) for n in sizes]
        found[int(group)] = (
            len(inside),
            len(np.unique(inside)),
            max(sizes) / len(inside),
            float(np.mean(precision)),
            float(np.mean(recall)),
        )
    return found


def check(groups: Groups, expected: dict[int, tuple[float, ...]], swapped: bool) -> None:
    assert groups.ids.tolist() == list(expected)
    scores = (groups.recall, groups.precision) if swapped else (groups.precision, groups.recall)
    columns = (groups.size, groups.num_parts, groups.main_share, *scores)
    for row, values in zip(zip(*columns, strict=True), expected.values(), strict=True):
        assert row == pytest.approx(values)


@pytest.mark.parametrize("seed", range(10))
def test_each_class_is_scored_as_by_a_plain_loop(seed: int) -> None:
    true, pred = random_partitions(seed)
    check(break_down(true, pred).classes, plain_groups(true, pred), swapped=False)


@pytest.mark.parametrize("seed", range(10))
def test_each_cluster_is_scored_as_by_a_plain_loop(seed: int) -> None:
    true, pred = random_partitions(seed)
    expected = {cluster: row for cluster, row in plain_groups(pred, true).items() if cluster < 1000}
    check(break_down(true, pred).clusters, expected, swapped=True)


@pytest.mark.parametrize("seed", range(10))
def test_classes_weighted_by_size_give_the_scores_of_the_whole(seed: int) -> None:
    true, pred = random_partitions(seed)
    result = break_down(true, pred)
    assert result.scores == evaluate(true, pred)
    for column, score in (
        (result.classes.precision, result.scores.bcubed_precision),
        (result.classes.recall, result.scores.bcubed_recall),
    ):
        assert np.average(column, weights=result.classes.size) == pytest.approx(score)


def test_the_main_part_is_the_largest_one() -> None:
    result = break_down([4, 4, 4, 4, 9, 9, -1], [7, 7, 5, -1, 5, -1, 5])
    assert result.classes.ids.tolist() == [4, 9]
    assert result.classes.main_part[0] == 7
    assert result.classes.num_parts.tolist() == [3, 2]
    assert result.clusters.ids.tolist() == [5, 7]
    assert result.clusters.size.tolist() == [2, 2]
    assert result.clusters.main_part[1] == 4
    assert result.clusters.main_share.tolist() == [0.5, 1.0]


def test_an_image_without_a_cluster_is_a_part_but_no_cluster() -> None:
    result = break_down([0, 1], [-1, -1])
    assert result.classes.main_part.tolist() == [-1, -1]
    assert len(result.clusters.ids) == 0


def test_nothing_known_is_refused() -> None:
    with pytest.raises(ValueError, match="the class of at least one image"):
        break_down([-1, -1], [0, 1])
