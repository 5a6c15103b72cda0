"""Fits and checks probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .settings import Calibration

Float32 = NDArray[np.float32]


def fit_calibration(logits: Float32, targets: Float32, weights: Float32) -> Calibration:
    """Fits slope and offset by weighted cross-entropy.

    Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999.

    Args:
        logits: Scores of any scale, shape (E,).
        targets: In [0, 1], shape (E,).
        weights: Weight of each entry, shape (E,).

    Returns:
        The calibration; the identity where there is nothing to fit.
    """
    share = float(np.average(targets, weights=weights)) if len(targets) else 0.0
    if share <= 0.0 or share >= 1.0:
        return Calibration()
    total = float(weights.sum())

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = theta[0] * logits + theta[1]
        value = np.logaddexp(0.0, scaled) - targets * scaled
        error = weights * (0.5 + 0.5 * np.tanh(0.5 * scaled) - targets)
        gradient = np.array([float((error * logits).sum()), float(error.sum())])
        return float((weights * value).sum()) / total, gradient / total

    bounds = ((1e-3, None), (None, None))
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(float(found.x[0]), float(found.x[1]))


def expected_calibration_error(
    probability: Float32, targets: Float32, weights: Float32 | None = None, num_bins: int = 15
) -> float:
    """Mean gap between predicted probability and true share over equal-width bins.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, Eq. (3).

    Args:
        probability: In [0, 1], shape (E,).
        targets: In [0, 1], shape (E,).
        weights: Weight of each entry, shape (E,); 1 if left out.
        num_bins: Bins over [0, 1].

    Returns:
        In [0, 1]; 0 is perfect.
    """
    if weights is None:
        weights = np.ones_like(probability)
    bins = np.minimum((probability * num_bins).astype(np.int64), num_bins - 1)
    gap = np.bincount(bins, weights * (probability - targets), num_bins)
    return float(np.abs(gap).sum() / max(float(weights.sum()), 1e-12))
