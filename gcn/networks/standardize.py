"""A layer that brings features to a common scale."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_FAR = 5.0


class Standardize(nn.Module):
    """Subtracts the training mean, divides by the training deviation and clips at ±5.

    The statistics are buffers, fitted once by `fit` and saved with the weights.

    Args:
        num_features: Size of the last axis.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("std", torch.ones(num_features))

    def fit(self, samples: Tensor) -> None:
        """Takes mean and deviation over all but the last axis of `samples`."""
        flat = samples.reshape(-1, samples.shape[-1]).float()
        self.mean.copy_(flat.mean(0))
        self.std.copy_(flat.std(0).clamp_min(1e-3) if len(flat) > 1 else torch.ones_like(self.std))

    def forward(self, x: Tensor) -> Tensor:
        """Returns `x` standardized, same shape."""
        return ((x - self.mean) / self.std).clamp(-_FAR, _FAR)

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Least and most of each feature that are not clipped, each of shape (num_features,)."""
        return self.mean - _FAR * self.std, self.mean + _FAR * self.std
