"""A score by which a mixed cluster is worse than a class in two."""

import numpy as np
import pytest

from gcn.evaluation.careful_score import careful_score
from gcn.evaluation.metrics import evaluate


def test_careful_score_is_the_f_score_that_weighs_precision_double() -> None:
    true, pred = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 0, 0, 1])
    # Pairwise: 3 of 6 pairs put together belong so, of 4. BCubed: 0.8 * 0.625 + 0.2, and 0.8.
    expected = [1.5 * p * r / (0.5 * p + r) for p, r in ((3 / 6, 3 / 4), (0.7, 0.8))]
    assert careful_score(true, pred) == pytest.approx(sum(expected) / 2)
    assert careful_score(true, true) == pytest.approx(1.0)
    assert careful_score(np.array([0, 1]), np.array([0, 0])) < 0.5


def test_a_mixed_cluster_costs_more_than_a_class_in_two() -> None:
    classes, halves = np.arange(40) // 20, np.arange(40) // 10
    assert careful_score(classes, halves) > careful_score(halves, classes)
    assert evaluate(classes, halves).mean_f == evaluate(halves, classes).mean_f
