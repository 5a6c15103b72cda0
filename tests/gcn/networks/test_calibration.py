"""Fitted probabilities against scikit-learn and data of known chance."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from gcn.networks.calibration import expected_calibration_error, fit_calibration
from gcn.networks.settings import Calibration


def drawn(slope: float, offset: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=n).astype(np.float32) * 3
    return logits, (rng.random(n) < expit(slope * logits + offset)).astype(np.float32)


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.4, -1.5), (2.0, 1.0)])
def test_fit_recovers_the_chance_that_made_the_data(slope: float, offset: float) -> None:
    logits, targets = drawn(slope, offset)
    found = fit_calibration(logits, targets, np.ones_like(logits))
    assert found.slope == pytest.approx(slope, rel=0.05)
    assert found.offset == pytest.approx(offset, abs=0.08)
    assert expected_calibration_error(found.probability(logits), targets) < 0.01


def test_fit_is_scikit_learns_logistic_regression() -> None:
    logits, targets = drawn(0.7, 0.5, 500)
    weights = np.random.default_rng(1).random(500).astype(np.float32)
    found = fit_calibration(logits, targets, weights)
    model = LogisticRegression(C=1e9).fit(logits[:, None], targets, sample_weight=weights)
    assert found.slope == pytest.approx(model.coef_[0, 0], rel=1e-2)
    assert found.offset == pytest.approx(model.intercept_[0], abs=1e-2)


def test_soft_targets_are_fitted_too() -> None:
    logits = np.linspace(-4, 4, 200).astype(np.float32)
    targets = expit(0.5 * logits + 1).astype(np.float32)
    found = fit_calibration(logits, targets, np.ones_like(logits))
    assert found.slope == pytest.approx(0.5, rel=1e-2)
    assert found.offset == pytest.approx(1.0, rel=1e-2)


def test_order_is_never_turned_around() -> None:
    logits, targets = drawn(-1.0, 0.0, 1000)
    assert fit_calibration(logits, targets, np.ones_like(logits)).slope > 0


@pytest.mark.parametrize("targets", [[], [0.0, 0.0], [1.0, 1.0]])
def test_nothing_to_fit_leaves_the_identity(targets: list[float]) -> None:
    values = np.array(targets, np.float32)
    assert fit_calibration(values, values, np.ones_like(values)) == Calibration()


def test_calibration_error_is_the_hand_worked_gap() -> None:
    probability = np.array([0.1, 0.1, 0.9, 0.9], np.float32)
    targets = np.array([0.0, 1.0, 1.0, 1.0], np.float32)
    # One bin is 0.4 too low, the other 0.1 too low, with half of the weight each.
    assert expected_calibration_error(probability, targets) == pytest.approx(0.25)
    weights = np.array([1.0, 0.0, 0.0, 1.0], np.float32)
    assert expected_calibration_error(probability, targets, weights) == pytest.approx(0.1)


def test_calibration_error_of_certain_truth_is_zero() -> None:
    truth = np.array([0.0, 1.0, 1.0], np.float32)
    assert expected_calibration_error(truth, truth) == 0.0
    assert expected_calibration_error(truth, 1 - truth) == 1.0
