"""How well small collections are clustered: `python -m benchmarks.small_sets --data DIR`.

Draws sets of some dozens to hundreds of images from every set of the folders, few classes and many,
of few images each and many. Beside the model stand the same with as many neighbors as large sets
have, and other methods, each in one setting for all. The table has the mean of BCubed F and
pairwise F; a column for each number of classes and usual number of images of a class. Folders are
as for `benchmarks.doubt`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gcn

from .sets import BenchmarkSet, whole_sets
from .unseen import OURS, methods

SHAPES = ((4, 10), (4, 25), (4, 100), (12, 6), (12, 25), (40, 3), (40, 6), (40, 25))
"""Classes, and the median of their images."""
FEWEST = 30
_SPREAD = 0.6
"""Of the logarithm of the images of a class."""
MANY_NEIGHBORS = "ours, 80 neighbors"


def draw_small(
    data: BenchmarkSet, classes: int, images: int, rng: np.random.Generator
) -> BenchmarkSet | None:
    """Draws some classes, and of each some images.

    Args:
        data: The set to draw from.
        classes: How many classes.
        images: The median of their images; classes with less than half of that are left out.
        rng: Source of all randomness.

    Returns:
        The small set; None if there are too few such classes, or fewer than 30 images.
    """
    known, counts = np.unique(data.labels[data.labels >= 0], return_counts=True)
    large = known[counts >= max(2, images // 2)]
    if len(large) < classes:
        return None
    drawn: list[np.ndarray] = []
    for each in rng.choice(large, classes, replace=False):
        rows = rng.permutation(np.flatnonzero(data.labels == each))
        drawn.append(rows[: max(1, int(images * rng.lognormal(0.0, _SPREAD)))])
    rows = rng.permutation(np.concatenate(drawn))
    if len(rows) < FEWEST:
        return None
    name = f"{data.name}, {classes} of {images}"
    return BenchmarkSet(name, data.embeddings[rows], data.labels[rows])


def draw_all(
    data: BenchmarkSet, rng: np.random.Generator
) -> Iterator[tuple[tuple[int, int], BenchmarkSet]]:
    """Draws a small set of each shape that fits."""
    for shape in SHAPES:
        small = draw_small(data, *shape, rng)
        if small is not None:
            yield shape, small


def small_sets(
    folders: Sequence[Path], seeds: int
) -> Iterator[tuple[tuple[int, int], BenchmarkSet]]:
    """Small sets of all whole sets of some folders, `seeds` of each shape that fits."""
    for data in whole_sets(folders):
        for seed in range(seeds):
            yield from draw_all(data, np.random.default_rng(seed))


def table(found: Mapping[str, Mapping[tuple[int, int], Sequence[float]]]) -> str:
    """Means by method and shape.

    Args:
        found: Scores of each method, by shape.
    """
    shapes = [shape for shape in SHAPES if shape in next(iter(found.values()))]
    width = max(map(len, found))
    heads = "".join(f"{f'{classes} of {images}':>11}" for classes, images in shapes)
    lines = [f"{'':{width}}{heads}{'all':>9}"]
    for name, scores in found.items():
        means = "".join(f"{np.mean(scores[shape]):11.3f}" for shape in shapes)
        every = np.concatenate([scores[shape] for shape in shapes])
        lines.append(f"{name:{width}}{means}{np.mean(every):9.3f}")
    number = [len(next(iter(found.values()))[shape]) for shape in shapes]
    counts = "".join(f"{n:11d}" for n in number)
    return "\n".join([*lines, f"{'sets':{width}}{counts}{sum(number):9d}"])


def _with_many_neighbors(model: gcn.Model, data: BenchmarkSet) -> NDArray[np.int64]:
    k = min(model.settings.k, len(data.labels) - 1)
    return gcn.cluster(data.embeddings, model, k=k).labels


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.small_sets",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    parser.add_argument("--model", help="a checkpoint; default: the shipped one")
    parser.add_argument("--seeds", type=int, default=2, help="sets of each shape and source")
    parser.add_argument("--no-peers", action="store_true", help="only the model")
    options = parser.parse_args(arguments)
    model = gcn.load_model(options.model)
    peers = methods(model)
    compared = {OURS: peers.pop(OURS), MANY_NEIGHBORS: partial(_with_many_neighbors, model)}
    if not options.no_peers:
        compared |= peers
    found: dict[str, dict[tuple[int, int], list[float]]] = {name: {} for name in compared}
    for shape, data in small_sets(options.data, options.seeds):
        for name, run in compared.items():
            score = gcn.evaluate(data.labels, run(data)).mean_f
            found[name].setdefault(shape, []).append(score)
    if not any(found.values()):
        raise SystemExit("no set has enough classes to draw from; give other folders")
    print(table(found))


if __name__ == "__main__":
    main()
