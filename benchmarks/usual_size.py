"""What division by the usual size gains: `python -m benchmarks.usual_size --data DIR`.

Clusters every set as it is, and cut to as many images of each class, with the shipped model. Prints
how sharp the usual sizes are, how many clusters were divided, and the mean of BCubed F and pairwise
F before and after. Folders are as for `benchmarks.doubt`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import gcn

from .ablations import without_second_look, without_usual_size
from .sets import BenchmarkSet, find_sets

MIN_CLASSES, MAX_CLASSES = 15, 150
HEADING = f"{'set':<40}{'images each':>12}{'sharpness':>11}{'divided':>9}{'before':>8}{'after':>8}"


class SizeRow(NamedTuple):
    """What became of one set.

    Attributes:
        name: Of the set.
        images_each: Of each class, where it was cut; 0 for the set as it is.
        sharpness: Of the usual sizes, as `SizeOdds.gain`.
        divided: How many times a cluster was divided.
        before, after: Mean F.
    """

    name: str
    images_each: int
    sharpness: float
    divided: int
    before: float
    after: float

    def __str__(self) -> str:
        """A line of the table."""
        what = f"{self.name:<40}{self.images_each or 'as it is':>12}"
        scores = f"{self.before:8.3f}{self.after:8.3f}"
        return f"{what}{self.sharpness:11.2f}{self.divided:9d}{scores}"


def size_row(data: BenchmarkSet, model: gcn.Model, images_each: int = 0) -> SizeRow:
    """Clusters one set, and does without the step where that makes a difference."""
    result = gcn.cluster(data.embeddings, model)
    stage = next(each for each in result.stages if each.name == "Usual size")
    divided = stage.counts["double_clusters_divided"]
    if divided:
        before, after = without_usual_size(model, data), without_second_look(model, data)
    else:
        before = after = result.labels
    return SizeRow(
        data.name,
        images_each,
        stage.thresholds["size_gain"],
        divided,
        gcn.evaluate(data.labels, before).mean_f,
        gcn.evaluate(data.labels, after).mean_f,
    )


def cut_evenly(data: BenchmarkSet, seed: int = 0) -> tuple[BenchmarkSet, int] | None:
    """Takes as many images of each class, so many that most images stay in the set.

    Args:
        data: The set.
        seed: Of which images, and which classes where there are more than 150.

    Returns:
        The smaller set and the number; None if fewer than 15 classes have five images or more.
    """
    sizes = np.bincount(data.labels)
    if (sizes >= 5).sum() < MIN_CLASSES:
        return None
    kept = [size * min(int((sizes >= size).sum()), MAX_CLASSES) for size in range(5, 201)]
    enough = [(sizes >= size).sum() >= MIN_CLASSES for size in range(5, 201)]
    size = 5 + int(np.argmax(np.where(enough, kept, 0)))
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.flatnonzero(sizes >= size))[:MAX_CLASSES]
    rows = np.concatenate([_some(data.labels, each, size, rng) for each in classes])
    rows.sort()
    return BenchmarkSet(data.name, data.embeddings[rows], data.labels[rows]), size


def _some(
    labels: NDArray[np.integer], which: int, number: int, rng: np.random.Generator
) -> NDArray[np.integer]:
    return rng.permutation(np.flatnonzero(labels == which))[:number]


def rows_of(folders: Sequence[Path], model: gcn.Model) -> Iterator[SizeRow]:
    """All sets of some folders, one after the other, as they are and cut evenly."""
    for folder in folders:
        for paths in find_sets(folder):
            for part, data in paths.parts().items():
                if part == "train":
                    continue
                yield size_row(data, model)
                cut = cut_evenly(data)
                if cut is not None:
                    yield size_row(cut[0], model, cut[1])


def summary(rows: Sequence[SizeRow]) -> str:
    """How many sets were changed, and by how much."""
    changed = [row.after - row.before for row in rows if row.divided]
    better = sum(change > 0 for change in changed)
    text = f"of {len(rows)} sets {len(changed)} changed, {better} for the better"
    if changed:
        text += f", by {np.mean(changed):+.3f} in the mean, {min(changed):+.3f} at worst"
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line for each set, and the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.usual_size",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    parser.add_argument("--model", help="a checkpoint; default: the shipped one")
    options = parser.parse_args(arguments)
    print(HEADING)
    rows: list[SizeRow] = []
    for row in rows_of(options.data, gcn.load_model(options.model)):
        rows.append(row)
        print(row, flush=True)
    print(summary(rows))


if __name__ == "__main__":
    main()
