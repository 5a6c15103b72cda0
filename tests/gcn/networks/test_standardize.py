"""Feature scaling inside the networks."""

import torch

from gcn.networks.standardize import Standardize


def test_fit_brings_samples_to_zero_mean_and_unit_deviation() -> None:
    samples = torch.randn(30, 20, 3, generator=torch.Generator().manual_seed(0)) * 7 + 4
    layer = Standardize(3)
    layer.fit(samples)
    scaled = layer(samples).reshape(-1, 3)
    torch.testing.assert_close(scaled.mean(0), torch.zeros(3), atol=0.01, rtol=0)
    torch.testing.assert_close(scaled.std(0), torch.ones(3), atol=0.02, rtol=0)


def test_outliers_and_constant_features_stay_small() -> None:
    layer = Standardize(2)
    layer.fit(torch.tensor([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]))
    scaled = layer(torch.tensor([[1e9, 5.0], [-1e9, 6.0]]))
    assert scaled.tolist() == [[5.0, 0.0], [-5.0, 5.0]]


def test_one_sample_can_be_fitted() -> None:
    layer = Standardize(2)
    layer.fit(torch.tensor([[1.0, 2.0]]))
    assert layer(torch.tensor([[1.0, 2.0]])).tolist() == [[0.0, 0.0]]


def test_statistics_are_saved_with_the_weights() -> None:
    layer = Standardize(2)
    layer.fit(torch.tensor([[1.0, 2.0], [3.0, 9.0]]))
    copy = Standardize(2)
    copy.load_state_dict(layer.state_dict())
    assert torch.equal(copy(torch.ones(1, 2)), layer(torch.ones(1, 2)))
