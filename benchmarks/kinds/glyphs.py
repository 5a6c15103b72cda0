"""Letters of many alphabets in hundreds of fonts: the class is the character, or the word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont, TTLibError
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .pictures import MOST, SIDE, Pictures, Rng, Sizes, few, gather, long_tail, medium

_NO_LETTERS = re.compile("symbol|ding|barcode|icon|awesome|mathjax|cmex|cmsy|dashes", re.IGNORECASE)
_ALPHABETS = (
    (0x41, 0x5B), (0x61, 0x7B), (0x30, 0x3A), (0x3B1, 0x3CA), (0x430, 0x450), (0x5D0, 0x5EB),
    (0x621, 0x64B), (0x905, 0x93A), (0xD05, 0xD39), (0xE01, 0xE2F),
)  # fmt: skip
_MARKS = (
    (0x21, 0x24F), (0x391, 0x3CA), (0x410, 0x450), (0x531, 0x587), (0x985, 0x9B9), (0xC85, 0xCB9),
    (0x10D0, 0x10F1), (0x1200, 0x1248), (0x1780, 0x17B3), (0x2190, 0x2600),
)  # fmt: skip
_EAST_ASIAN = ((0x3042, 0x3094), (0x30A2, 0x30F4))
_HAN, _HANGUL = (0x4E00, 0x9FA0, 1800), (0xAC00, 0xD7A0, 300)
_LARGEST = 110


def letters(rng: Rng, fonts: Path) -> Pictures:
    """Letters of ten alphabets, black on white, 8 to 60 of each."""
    return _pictures(_characters(_ALPHABETS), medium, rng, fonts)


def marks(rng: Rng, fonts: Path) -> Pictures:
    """Letters and signs in colors, blurred and noisy; most have few pictures."""
    return _pictures(_characters(_MARKS), long_tail, rng, fonts, is_plain=False)


def east_asian(rng: Rng, fonts: Path) -> Pictures:
    """Chinese, Japanese and Korean characters, black on white; most have few pictures."""
    return _pictures(_east_asian(rng), long_tail, rng, fonts)


def colored_east_asian(rng: Rng, fonts: Path) -> Pictures:
    """The same in colors, two to five of each."""
    return _pictures(_east_asian(rng), few, rng, fonts, is_plain=False)


def _characters(ranges: tuple[tuple[int, int], ...]) -> list[str]:
    return [chr(code) for low, high in ranges for code in range(low, high)]


def _east_asian(rng: Rng) -> list[str]:
    drawn = [
        chr(code)
        for low, high, number in (_HAN, _HANGUL)
        for code in rng.choice(np.arange(low, high), number, replace=False)
    ]
    return _characters(_EAST_ASIAN) + drawn


def _pictures(
    characters: list[str], sizes: Sizes, rng: Rng, folder: Path, is_plain: bool = True
) -> Pictures:
    """Draws characters in the fonts that have them, until there are enough pictures."""
    fonts = _fonts(folder)
    order = rng.permutation(len(characters))

    def drawn() -> Iterator[tuple[NDArray[np.uint8], int]]:
        for label, wanted in zip(order, sizes(rng, len(characters)), strict=True):
            code = ord(characters[label])
            able = [font for font, codes in fonts if code in codes]
            pictures = (
                _glyph(able[i], characters[label], rng, is_plain)
                for i in rng.permutation(len(able))[:wanted]
            )
            found = [picture for picture in pictures if picture is not None]
            if len(found) >= 2:
                yield from ((picture, int(label)) for picture in found)

    return gather(drawn(), MOST)


@cache
def _fonts(folder: Path) -> list[tuple[Path, frozenset[int]]]:
    """All fonts that can be read, with the characters they have."""
    found: list[tuple[Path, frozenset[int]]] = []
    for path in sorted(folder.glob("**/*.[ot]tf")):
        if _NO_LETTERS.search(str(path.relative_to(folder))):
            continue
        try:
            with TTFont(path, lazy=True) as font:
                found.append((path, frozenset(font.getBestCmap() or ())))
        except (TTLibError, OSError, AssertionError, ValueError, KeyError):
            continue  # one of hundreds
    return found


def _glyph(font: Path, text: str, rng: Rng, is_plain: bool) -> NDArray[np.uint8] | None:
    """Draws a text near the middle, a little turned; None if the font draws nothing."""
    mask = _mask(font, text, int(rng.integers(60, 96)), rng.normal(size=2) * 5)
    angle = float(rng.normal()) * (2 if is_plain else 6)
    if mask is None:
        return None
    mask = mask.rotate(angle, resample=Image.Resampling.BILINEAR)
    if not is_plain and rng.random() < 0.4:
        mask = mask.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 2.5))))
    ink, ground = np.full(3, 15.0), np.full(3, 245.0)
    noise = 0.0
    if not is_plain:
        ink, ground = rng.uniform(0, 90, 3), rng.uniform(170, 255, 3)
        ink, ground = (ground, ink) if rng.random() < 0.15 else (ink, ground)
        noise = rng.uniform(0, 12)
    share = np.asarray(mask, np.float64)[..., None] / 255
    picture = share * ink + (1 - share) * ground + noise * rng.normal(size=(SIDE, SIDE, 3))
    return None if picture.std() < 8 else picture.clip(0, 255).astype(np.uint8)


def _mask(path: Path, text: str, size: int, shift: NDArray[np.float64]) -> Image.Image | None:
    """The text in white on black; None if the font cannot draw it."""
    mask = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(mask)
    try:
        font = ImageFont.truetype(path, size)
        left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
        if min(right - left, bottom - top) < 4:
            return None
        scale = min(1.0, _LARGEST / max(right - left, bottom - top))
        font = ImageFont.truetype(path, max(8, int(size * scale)))
        left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
        corner = (SIDE - right - left) / 2 + shift[0], (SIDE - bottom - top) / 2 + shift[1]
        draw.text(corner, text, font=font, fill=255)
    except OSError:
        return None
    return mask
