"""Photographs: cuttings of the same one, and products by other embeddings than the usual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from sklearn.datasets import load_digits

from .pictures import SIDE, Pictures, Rng, gather, long_tail

_BLURRED = 38


def cuttings(rng: Rng, photographs: Path) -> Pictures:
    """Squares cut out of a photograph, brighter or darker: the class is the photograph."""
    files = _files(photographs)

    def drawn() -> Iterator[tuple[NDArray[np.uint8], int]]:
        sizes = np.minimum(long_tail(rng, len(files)), 60)
        for label in rng.permutation(len(files)):
            with Image.open(files[label]) as file:
                photograph = file.convert("RGB")
            for _ in range(sizes[label]):
                yield np.asarray(_cutting(photograph, rng)), int(label)

    return gather(drawn())


def products(_: Rng, photographs: Path) -> Pictures:
    """All photographs, scaled to a square: the class is the folder."""
    folders = sorted({file.parent for file in _files(photographs)})

    def drawn() -> Iterator[tuple[NDArray[np.uint8], int]]:
        for file in _files(photographs):
            with Image.open(file) as photograph:
                square = photograph.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
            yield np.asarray(square), folders.index(file.parent)

    return gather(drawn())


def digits(_: Rng, __: Path) -> Pictures:
    """The handwritten digits of scikit-learn, enlarged."""
    found = load_digits()
    return gather(
        (
            np.asarray(
                Image.fromarray((255 - 15.9 * pixels).clip(0, 255).astype(np.uint8))
                .resize((SIDE, SIDE), Image.Resampling.BICUBIC)
                .convert("RGB")
            ),
            int(label),
        )
        for pixels, label in zip(found.images, found.target, strict=True)
    )


def _files(photographs: Path) -> list[Path]:
    files = sorted(photographs.glob("*/*.jpg"))
    if not files:
        raise ValueError(f"no photographs '<class>/<file>.jpg' in {photographs}")
    return files


def _cutting(photograph: Image.Image, rng: Rng) -> Image.Image:
    side = rng.uniform(0.35, 0.9) * min(photograph.size)
    left, top = (rng.uniform(0, length - side) for length in photograph.size)
    square = photograph.crop((int(left), int(top), int(left + side), int(top + side)))
    square = square.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    square = ImageEnhance.Brightness(square).enhance(float(rng.uniform(0.6, 1.4)))
    square = ImageEnhance.Color(square).enhance(float(rng.uniform(0.4, 1.5)))
    if rng.random() < 0.3:
        square = square.resize((_BLURRED, _BLURRED)).resize((SIDE, SIDE))
    return square
