"""Calibrated probabilities, and settings as plain values for a checkpoint."""

import dataclasses
import json

import numpy as np
import pytest
from scipy.special import expit

from gcn.networks.settings import Calibration, Settings, shifted_odds


def test_probability_is_the_logistic_function_of_the_scaled_logit() -> None:
    logits = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32) * 6
    result = Calibration(slope=0.7, offset=-1.2).probability(logits)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expit(0.7 * logits - 1.2), atol=1e-6)


def test_probability_of_extreme_logits_stays_in_range_without_a_warning() -> None:
    logits = np.array([-1e30, -100.0, 0.0, 100.0, 1e30], np.float32)
    assert Calibration().probability(logits) == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])


@pytest.mark.parametrize("by", [-1.5, 0.0, 3.0])
def test_shifted_odds_are_what_a_shifted_calibration_gives(by: float) -> None:
    logits = np.random.default_rng(1).normal(size=200).astype(np.float32) * 4
    calibration = Calibration(slope=0.7, offset=-1.2)
    shifted = shifted_odds(calibration.probability(logits), by)
    assert shifted.dtype == np.float32
    np.testing.assert_allclose(shifted, calibration.shifted(by).probability(logits), atol=1e-6)
    never_or_always = np.array([0.0, 1.0], np.float32)
    np.testing.assert_array_equal(shifted_odds(never_or_always, by), never_or_always)


def test_settings_survive_a_round_trip_through_plain_values() -> None:
    settings = Settings(k=40, affinity=Calibration(0.9, 0.1), min_strength=0.4)
    plain = json.loads(json.dumps(settings.as_dict()))
    assert Settings.from_dict(plain) == settings


def test_unknown_or_missing_settings_raise() -> None:
    plain = Settings().as_dict()
    with pytest.raises(TypeError):
        Settings.from_dict({**plain, "tau": 1.0})
    with pytest.raises(TypeError):
        Settings.from_dict({**plain, "levels": 2})
    del plain["affinity"]
    with pytest.raises((TypeError, KeyError)):
        Settings.from_dict(plain)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().k = 3  # pyright: ignore[reportAttributeAccessIssue]
