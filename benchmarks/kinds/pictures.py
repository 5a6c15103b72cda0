"""Square pictures of one size, and how many of each class there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rng = np.random.Generator
Int64 = NDArray[np.int64]

SIDE = 128
MOST = 4000
"""Pictures in a set."""


class Pictures(NamedTuple):
    """Labeled pictures.

    Attributes:
        pixels: RGB, shape (N, SIDE, SIDE, 3), uint8.
        labels: Class of each, 0..C-1, shape (N,), int64.
    """

    pixels: NDArray[np.uint8]
    labels: Int64


def gather(drawn: Iterator[tuple[NDArray[np.uint8], int]], limit: int = MOST) -> Pictures:
    """Puts pictures with their classes together.

    Args:
        drawn: Pictures and numbers of classes, which need not follow each other.
        limit: Pictures at most.
    """
    pixels: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for picture, label in drawn:
        pixels.append(picture)
        labels.append(label)
        if len(labels) == limit:
            break
    return Pictures(np.stack(pixels), np.unique(labels, return_inverse=True)[1].astype(np.int64))


def equal(rng: Rng, num: int) -> Int64:
    """Numbers of pictures of classes of one size."""
    return np.full(num, rng.integers(14, 24))


def few(rng: Rng, num: int) -> Int64:
    """Two to five pictures of each class."""
    return rng.integers(2, 6, num)


def medium(rng: Rng, num: int) -> Int64:
    """Eight to sixty pictures of each class."""
    return rng.integers(8, 60, num)


def large(rng: Rng, num: int) -> Int64:
    """Hundreds of pictures of each class."""
    return rng.integers(150, 500, num)


def long_tail(rng: Rng, num: int) -> Int64:
    """Many classes of one picture and a few of up to 150."""
    return np.clip(np.round(rng.pareto(0.9, num) * 4 + 1), 1, 150).astype(np.int64)


Sizes = Callable[[Rng, int], Int64]


def on_ground(
    drawing: Image.Image, color: NDArray[np.integer], shift: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Scales a drawing to a square of one color and puts it near the middle.

    Args:
        drawing: With transparency.
        color: Of the ground, RGB, shape (3,).
        shift: Of the middle, in pixels, shape (2,).
    """
    square = Image.new("RGB", (SIDE, SIDE), (int(color[0]), int(color[1]), int(color[2])))
    scale = min((SIDE - 16) / drawing.width, (SIDE - 16) / drawing.height)
    size = max(1, int(drawing.width * scale)), max(1, int(drawing.height * scale))
    drawing = drawing.resize(size, Image.Resampling.BILINEAR)
    corner = ((SIDE - drawing.width) / 2 + shift[0], (SIDE - drawing.height) / 2 + shift[1])
    square.paste(drawing, (int(corner[0]), int(corner[1])), drawing)
    return np.asarray(square)
