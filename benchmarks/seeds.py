"""How well images are sorted around chosen ones: `python -m benchmarks.seeds --data DIR`.

Of every class of a small set one image is drawn, as somebody would choose who splits a cluster, and
all others are sorted around these. The table has the share of images that come to the group of
their class, by the group that `gcn.seeded_kmeans` makes and by the nearest of the chosen images;
columns are classes together with the one most like them, and sets drawn as in
`benchmarks.small_sets`. Folders are as for `benchmarks.doubt`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gcn

from .known_number import mixtures
from .sets import BenchmarkSet, whole_sets
from .small_sets import draw_all

METHODS = ("nearest seed", "seeded k-means")


def nearest(data: BenchmarkSet, seeds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The chosen image of largest cosine."""
    return np.argmax(data.embeddings @ data.embeddings[seeds].T, axis=1)


def score(data: BenchmarkSet, rng: np.random.Generator) -> tuple[float, float]:
    """Shares of images that come to their class, by both methods."""
    classes, place = np.unique(data.labels, return_inverse=True)
    each = range(len(classes))
    seeds = np.array([rng.choice(np.flatnonzero(place == number)) for number in each])
    found = nearest(data, seeds), gcn.seeded_kmeans(data.embeddings, seeds)
    return float((found[0] == place).mean()), float((found[1] == place).mean())


def find_all(folders: Sequence[Path]) -> Iterator[tuple[str, BenchmarkSet]]:
    """What is drawn from all sets, each with its column."""
    for data in whole_sets(folders):
        rng = np.random.default_rng(0)
        for mixture in mixtures(data, rng):
            yield "look-alikes", mixture
        for (classes, images), small in draw_all(data, rng):
            yield f"{classes} of {images}", small


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.seeds",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    options = parser.parse_args(arguments)
    rng, found = np.random.default_rng(0), dict[str, list[tuple[float, float]]]()
    for column, data in find_all(options.data):
        found.setdefault(column, []).append(score(data, rng))
    if not found:
        raise SystemExit("no set has two classes of some images; give other folders")
    width = max(map(len, METHODS))
    print(f"{'':{width}}" + "".join(f"{column:>12}" for column in found))
    for place, name in enumerate(METHODS):
        means = (np.mean([each[place] for each in scores]) for scores in found.values())
        print(f"{name:{width}}" + "".join(f"{mean:12.3f}" for mean in means))
    print(f"{'sets':{width}}" + "".join(f"{len(scores):12d}" for scores in found.values()))


if __name__ == "__main__":
    main()
