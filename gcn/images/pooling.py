"""From a network's map of features to one vector per image."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

Pooling = Literal["generalized", "mean"]
"""Ways to pool: `weighted_generalized_mean`, or the mean over all places."""

POOLINGS: tuple[Pooling, ...] = get_args(Pooling)


def pooled(features: Tensor, pooling: Pooling) -> Tensor:
    """Pools maps of features.

    Args:
        features: Shape (B, D, H, W), none below 0.
        pooling: How.

    Returns:
        Shape (B, D).
    """
    if pooling == "mean":
        return features.mean((2, 3))
    return weighted_generalized_mean(features)


def weighted_generalized_mean(features: Tensor) -> Tensor:
    """Root of the mean square over all places, where a place counts by the length of its features.

    Features are long where a network sees what it knows and short on plain ground, so that things
    count for more than what they stand before; squares let a small part count that has a feature
    strongly. Against the plain mean of the same features clusters gain on nearly all pictures that
    were tried; `python -m benchmarks.pooling` measures it.

    Source: places weighted by their activation as in Kalantidis, Mellina & Osindero,
    "Cross-dimensional Weighting for Aggregated Deep Convolutional Features", ECCVW 2016; the mean
    of Radenović, Tolias & Chum, "Fine-tuning CNN Image Retrieval with No Human Annotation", TPAMI
    2019, with exponent 2.

    Args:
        features: Shape (B, D, H, W), none below 0.

    Returns:
        Shape (B, D); zeros where all features are 0.
    """
    squares = features.square()
    weights = squares.sum(1, keepdim=True).sqrt()  # (B, 1, H, W)
    total = weights.sum((2, 3)).clamp(min=torch.finfo(weights.dtype).tiny)
    return ((squares * weights).sum((2, 3)) / total).sqrt()
