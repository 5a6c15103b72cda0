"""Things in front of photographs: the class is the thing itself, or what kind of thing it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from .pictures import SIDE, Pictures, Rng, gather, long_tail

_STAMPS = "usr/share/tuxpaint/stamps"
_CLIPART = "usr/share/openclipart/png"
_GROUNDS = "usr/share/backgrounds/**/*.jpg"
_THINGS = (
    *(f"{_STAMPS}/{each}" for each in "animals clothes food household hobbies".split()),
    *(f"{_STAMPS}/{each}" for each in "medical military plants seasonal sports".split()),
    *(f"{_STAMPS}/{each}" for each in "symbols/chess symbols/money town vehicles".split()),
    *(f"{_CLIPART}/{each}" for each in "animals buildings clothing education food".split()),
    *(f"{_CLIPART}/{each}" for each in "household office people plants recreation".split()),
    *(f"{_CLIPART}/{each}" for each in "signs_and_symbols tools transportation".split()),
)
_FEWEST_OF_A_KIND, _MOST_OF_A_KIND = 6, 60
_MOST_PIXELS = 16_000_000
_LEAST_SIDE, _LEAST_COVERED, _GROUND_SIDE = 40, 0.25, 640
_BLURRED = 44


def scenes(rng: Rng, clips: Path) -> Pictures:
    """Things at any place, size and slant before photographs; of most there is one picture."""
    files = _things(clips)
    numbers = long_tail(rng, len(files))

    def drawn() -> Iterator[tuple[NDArray[np.uint8], int]]:
        for label in rng.permutation(len(files)):
            thing = _thing(files[label])
            if thing is not None:
                for _ in range(numbers[label]):
                    yield _scene(thing, rng, clips), int(label)

    return gather(drawn())


def object_kinds(rng: Rng, clips: Path) -> Pictures:
    """Different things of one kind, such as birds or tools: a thing is seen twice at most."""
    by_kind: dict[Path, list[Path]] = defaultdict(list)
    for file in _things(clips):
        by_kind[file.parent].append(file)
    kinds = sorted(kind for kind, files in by_kind.items() if len(files) >= _FEWEST_OF_A_KIND)

    def drawn() -> Iterator[tuple[NDArray[np.uint8], int]]:
        for label in rng.permutation(len(kinds)):
            files = by_kind[kinds[label]]
            for i in rng.permutation(len(files))[:_MOST_OF_A_KIND]:
                thing = _thing(files[i])
                if thing is not None:
                    for _ in range(rng.integers(1, 3)):
                        yield _scene(thing, rng, clips), int(label)

    return gather(drawn())


def _things(clips: Path) -> list[Path]:
    return [file for place in _THINGS for file in sorted((clips / place).glob("**/*.png"))]


def _thing(file: Path) -> Image.Image | None:
    """What a file shows, cut to its own size; None where it shows next to nothing or is vast."""
    try:
        with Image.open(file) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            thing = image.convert("RGBA")
    except (OSError, Image.DecompressionBombError):
        return None
    thing.thumbnail((2 * SIDE, 2 * SIDE))
    thing = thing.crop(thing.getbbox() or (0, 0, 1, 1))
    covered = np.asarray(thing.getchannel("A")).mean() / 255
    return thing if max(thing.size) >= _LEAST_SIDE and covered >= _LEAST_COVERED else None


@cache
def _grounds(clips: Path) -> list[Image.Image]:
    grounds: list[Image.Image] = []
    for file in sorted(clips.glob(_GROUNDS)):
        with Image.open(file) as image:
            image.draft("RGB", (_GROUND_SIDE, _GROUND_SIDE))
            ground = image.convert("RGB")
        ground.thumbnail((_GROUND_SIDE, _GROUND_SIDE))
        grounds.append(ground)
    return grounds


def _scene(thing: Image.Image, rng: Rng, clips: Path) -> NDArray[np.uint8]:
    grounds = _grounds(clips)
    scene = _square(grounds[rng.integers(len(grounds))], rng)
    if rng.random() < 0.5:
        thing = thing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    thing = thing.rotate(20 * rng.normal(), Image.Resampling.BILINEAR, expand=True)
    scale = rng.uniform(0.45, 0.95) * SIDE / max(thing.size)
    size = [max(1, round(scale * length)) for length in thing.size]
    thing = thing.resize((size[0], size[1]), Image.Resampling.BILINEAR)
    thing = _lit(thing, rng)
    left, top = (int(rng.uniform(0, max(1, SIDE - length))) for length in size)
    scene.paste(thing, (left, top), thing)
    if rng.random() < 0.3:
        scene = scene.resize((_BLURRED, _BLURRED)).resize((SIDE, SIDE))
    return np.asarray(_lit(scene, rng))


def _square(ground: Image.Image, rng: Rng) -> Image.Image:
    side = rng.uniform(0.2, 1.0) * min(ground.size)
    left, top = (rng.uniform(0, length - side) for length in ground.size)
    cut = ground.crop((int(left), int(top), int(left + side), int(top + side)))
    return cut.resize((SIDE, SIDE), Image.Resampling.BILINEAR)


def _lit(image: Image.Image, rng: Rng) -> Image.Image:
    image = ImageEnhance.Brightness(image).enhance(float(rng.uniform(0.7, 1.3)))
    return ImageEnhance.Color(image).enhance(float(rng.uniform(0.5, 1.4)))
