"""The ways of embedding images that `benchmarks.embed` compares, each with the same network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from torch import Tensor

from gcn.images.backbone import SIZE, Backbone
from gcn.images.pooling import Pooling, pooled
from gcn.runtime.parallel import num_threads

if TYPE_CHECKING:
    import fiftyone as fo

Float32 = NDArray[np.float32]
Network = Callable[[Tensor], Tensor]


def layer_by_layer(network: Network, pixels: Tensor, batch_size: int) -> Float32:
    """Runs a network as torch does by itself: all cores work on one layer.

    Args:
        network: Takes pixels, gives embeddings.
        pixels: Shape (N, 224, 224, 3), uint8.
        batch_size: Images at a time.

    Returns:
        Shape (N, 1280).
    """
    with torch.inference_mode():
        return torch.cat([network(part) for part in pixels.split(batch_size)]).numpy()


def batch_per_core(network: Network, pixels: Tensor, batch_size: int) -> Float32:
    """Runs a network in one thread per core, each with a batch of its own.

    Args:
        network: Takes pixels, gives embeddings.
        pixels: Shape (N, 224, 224, 3), uint8.
        batch_size: Images at a time in each thread.

    Returns:
        Shape (N, 1280).
    """
    controller: Any = ThreadpoolController()

    def begin() -> None:
        torch.get_num_threads()
        controller.limit(limits=1, user_api="openmp")

    def run(part: Tensor) -> Tensor:
        with torch.inference_mode():
            return network(part)

    with ThreadPoolExecutor(num_threads(), initializer=begin) as pool:
        return torch.cat(list(pool.map(run, pixels.split(batch_size)))).numpy()


class Halved(Backbone):
    """The network in bfloat16 from the pixels to the last features."""

    def __init__(self) -> None:
        super().__init__()
        self.network = self.network.to(torch.bfloat16)

    def forward(self, pixels: Tensor, pooling: Pooling = "generalized") -> Tensor:
        """Embeds a batch of squares."""
        x = pixels.permute(0, 3, 1, 2).float().sub_(127).div_(128).to(torch.bfloat16)
        features = self.network.extract_features(x).float()
        return torch.nn.functional.normalize(pooled(features, pooling))


def neighbors_kept(exact: Float32, other: Float32, k: int) -> float:
    """Compares nearest neighbors.

    Args:
        exact: Unit rows, shape (N, D).
        other: Unit rows of the same images, shape (N, D).
        k: How many neighbors; below N.

    Returns:
        Share of the k nearest by `exact` that are among the k nearest by `other`.
    """
    kept = [
        len(np.intersect1d(near, found))
        for near, found in zip(_nearest(exact, k), _nearest(other, k), strict=True)
    ]
    return float(np.mean(kept)) / k


def _nearest(rows: Float32, k: int) -> NDArray[np.int64]:
    similarity = rows @ rows.T
    np.fill_diagonal(similarity, -np.inf)
    return np.argpartition(-similarity, k, axis=1)[:, :k]


class FiftyOnes:
    """FiftyOne's own `compute_embeddings`, with its reading processes and its writing."""

    def __init__(self, network: Backbone, field: str, batch_size: int) -> None:
        """Wraps the network as FiftyOne asks for.

        Args:
            network: The network.
            field: Where the vectors go.
            batch_size: Images at a time.
        """
        import fiftyone.utils.torch as fout
        from torchvision import transforms

        steps: Sequence[Any] = [
            transforms.Resize(256, transforms.InterpolationMode.BICUBIC),
            transforms.CenterCrop(SIZE),
            transforms.PILToTensor(),
            _channels_last,
        ]
        config = {
            "model": network,
            "transforms": transforms.Compose(steps),
            "as_feature_extractor": True,
            "raw_inputs": False,
            "ragged_batches": False,
        }
        self._options = {"embeddings_field": field, "batch_size": batch_size, "progress": False}
        self._model = fout.TorchImageModel(fout.TorchImageModelConfig(config))

    def embed(self, samples: fo.DatasetView) -> None:
        """Embeds some images.

        Args:
            samples: The images.
        """
        samples.compute_embeddings(self._model, **self._options)


def _channels_last(image: Tensor) -> Tensor:
    return image.permute(1, 2, 0)
