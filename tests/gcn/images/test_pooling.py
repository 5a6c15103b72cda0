"""Pooling: what counts in an image, and by how much."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gcn.images.pooling import POOLINGS, pooled, weighted_generalized_mean


@pytest.fixture
def features() -> Tensor:
    return torch.rand(4, 6, 5, 3, generator=torch.Generator().manual_seed(0))


def test_generalized_mean_is_that_of_a_loop_over_places(features: Tensor) -> None:
    for image, found in zip(features, weighted_generalized_mean(features), strict=True):
        places = image.flatten(1).T  # (15, 6)
        lengths = [float(place.norm()) for place in places]
        squares = sum(
            length * place**2 for length, place in zip(lengths, places, strict=True)
        ) / sum(lengths)
        torch.testing.assert_close(found, torch.sqrt(torch.as_tensor(squares)))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_images_that_are_the_same_everywhere_keep_their_features(pooling: str) -> None:
    same = torch.tensor([0.5, 0.0, 2.0])[None, :, None, None].expand(2, 3, 7, 7)
    torch.testing.assert_close(pooled(same, pooling), same[:, :, 0, 0])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_places_may_be_in_any_order(features: Tensor, pooling: str) -> None:
    turned = features.flip(2, 3)
    torch.testing.assert_close(pooled(turned, pooling), pooled(features, pooling))  # pyright: ignore[reportArgumentType]


def test_what_the_network_sees_strongly_counts_more_than_its_ground() -> None:
    ground, thing = torch.tensor([0.2, 0.0]), torch.tensor([0.0, 1.0])
    scene = ground[None, :, None, None].repeat(1, 1, 7, 7)
    scene[:, :, 3, 3] = thing
    angle = torch.nn.functional.cosine_similarity
    of_thing = {way: float(angle(pooled(scene, way), thing[None])) for way in POOLINGS}
    assert of_thing["mean"] < 0.2
    assert of_thing["generalized"] > 0.8


def test_nothing_seen_is_a_zero_vector() -> None:
    found = weighted_generalized_mean(torch.zeros(2, 3, 7, 7))
    assert torch.equal(found, torch.zeros(2, 3))
