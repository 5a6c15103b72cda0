"""Embeds image files: reading, scaling and the network side by side on all cores."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from numbers import Real
from os import PathLike
from threading import Semaphore
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from torch import Tensor

from ..runtime.out_of_memory import told_what_to_change
from ..runtime.parallel import num_threads
from ..runtime.workers import Workers
from .backbone import DIMENSION, SIZE, load_backbone
from .decoding import ImageSource, UnreadableImageError, read_square
from .pooling import POOLINGS, Pooling

BATCH_SIZE = {"cpu": 4, "cuda": 64}
"""On a CPU few images at a time, so that the features of a layer stay in the core's cache."""
_MAX_WORKERS = 16
_AT_ONCE = 128
"""Images that are in the network together on a CPU, where the features of each take 10 MB."""
_AHEAD = 512
"""Images that may be embedded before the caller takes them, so that it can take its time."""


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


def embed_images(
    images: Sequence[ImageSource],
    batch_size: int | None = None,
    device: str | None = None,
    progress: Callable[[float, str], None] | None = None,
    pooling: Pooling = "generalized",
) -> EmbeddedImages:
    """Embeds images; unreadable ones are noted and the rest goes on.

    Args:
        images: Paths, or pairs of a path and a relative box `(x, y, width, height)`.
        batch_size: Images that pass the network together, at least 1; chosen for the device when
            `None`.
        device: `"cpu"`, `"cuda"` or `"cuda:1"`; when `None` a CUDA device if there is one.
        progress: Called after each batch with the share done and what was done; it may raise to
            cancel.
        pooling: `"generalized"`, where things count for more than plain ground, or `"mean"`, the
            plain mean over the image. Embeddings of the two do not compare.

    Returns:
        The embeddings in the order of `images`, and the errors.

    Raises:
        MemoryError: So many images together do not fit into memory.
        TypeError: An entry of `images` is neither a path nor a path with a box.
        ValueError: `batch_size`, `device` or `pooling` is not possible here.
    """
    embeddings = np.full((len(images), DIMENSION), np.nan, dtype=np.float32)
    errors: dict[int, str] = {}
    done = 0
    with closing(embed_batches(images, batch_size, device, pooling)) as batches:
        for batch in batches:
            embeddings[batch.positions] = batch.embeddings
            errors |= batch.errors
            done += len(batch.positions) + len(batch.errors)
            if progress:
                progress(done / len(images), f"{done:,} of {len(images):,} images embedded")
    return EmbeddedImages(embeddings, errors)


def embed_batches(
    images: Sequence[ImageSource],
    batch_size: int | None = None,
    device: str | None = None,
    pooling: Pooling = "generalized",
) -> Generator[EmbeddedBatch]:
    """Embeds images batch by batch, so that a caller can store them while it goes on.

    Threads go ahead of the caller by a few hundred images at most. Closing the iterator ends them.

    Args:
        images: As for `embed_images`.
        batch_size: As for `embed_images`.
        device: As for `embed_images`.
        pooling: As for `embed_images`.

    Returns:
        Batches in the order of `images`; each image is in one of them.

    Raises:
        MemoryError: So many images together do not fit into memory.
        TypeError: An entry of `images` is neither a path nor a path with a box.
        ValueError: `batch_size`, `device` or `pooling` is not possible here.
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
    if pooling not in POOLINGS:
        known = " or ".join(repr(each) for each in POOLINGS)
        raise ValueError(f"'pooling' must be {known} (got {pooling!r})")
    return _stream(images, size, where, pooling)


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


def _stream(
    images: Sequence[ImageSource], batch_size: int, device: torch.device, pooling: Pooling
) -> Generator[EmbeddedBatch]:
    if len(images) == 0:
        return
    embed = partial(load_backbone(device), pooling=pooling)
    # A batch per core is read and then embedded by one thread: nothing waits for anything, which
    # beats several cores on each layer by a quarter.
    workers, turn = min(num_threads(), _MAX_WORKERS), Semaphore()
    if device.type == "cpu":
        # Two at least, so that one reads while the other computes.
        workers = min(workers, max(2, _AT_ONCE // batch_size))
        turn = Semaphore(workers)
    threads = (ThreadpoolController(), num_threads() // workers)
    with Workers(workers, initializer=_limit_threads, initargs=threads) as pool:
        jobs = (
            pool.submit(_embed, embed, device, turn, start, images[start : start + batch_size])
            for start in range(0, len(images), batch_size)
        )
        ahead = deque(islice(jobs, max(2 * workers, _AHEAD // batch_size)))
        try:
            while ahead:
                batch = ahead.popleft().result()
                ahead.extend(islice(jobs, 1))
                yield batch
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _limit_threads(controller: Any, threads: int) -> None:
    """Gives each layer of this thread's networks so many cores; other threads keep theirs."""
    torch.get_num_threads()  # only after this does torch keep to the limit
    controller.limit(limits=threads, user_api="openmp")


def _embed(
    embed: partial[Tensor],
    device: torch.device,
    turn: Semaphore,
    start: int,
    images: Sequence[ImageSource],
) -> EmbeddedBatch:
    errors: dict[int, str] = {}
    positions: list[int] = []
    squares: list[NDArray[np.uint8]] = []
    for position, image in enumerate(images, start):
        try:
            squares.append(read_square(image, SIZE))
            positions.append(position)
        except UnreadableImageError as error:
            errors[position] = str(error)
    embeddings = np.empty((0, DIMENSION), np.float32)
    if squares:
        pixels = torch.from_numpy(np.stack(squares))  # (B, 224, 224, 3)
        task = f"embedding {len(squares)} images together on '{device}'"
        advice = "use a smaller 'batch_size', or a device with more memory"
        with turn, told_what_to_change(task, advice), torch.inference_mode():
            embeddings = embed(pixels.to(device)).cpu().numpy()
    return EmbeddedBatch(np.array(positions, np.int64), embeddings, errors)
