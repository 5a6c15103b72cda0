"""Classes of hundreds or thousands without inner structure: `python -m benchmarks.crowds`.

Each class is a round Gaussian, which is what embeddings look like whose network was trained on
these very classes. An image has no more to do with the next of its class than with any other of
it, which is where clustering by neighbors breaks: it returns either each class in hundreds of
pieces or all classes as one. Printed are the share of nearest neighbors that are of the same class,
which is what the embeddings tell at all, and the scores of the shipped model, with nothing chosen.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import gcn
from gcn.graph.knn_graph import unit_rows

from .sets import BenchmarkSet


class Crowd(NamedTuple):
    """Gaussian classes.

    Attributes:
        images: Per class.
        classes: How many.
        dimensions: Of the embeddings.
        distance: Length of a class mean, where that of an image's own deviation is 1 on average.
    """

    images: int
    classes: int
    dimensions: int
    distance: float


CROWDS = (
    Crowd(100, 100, 256, 1.0),
    Crowd(500, 20, 256, 1.0),
    Crowd(600, 10, 64, 0.8),
    Crowd(600, 10, 64, 0.6),
    Crowd(1_000, 20, 64, 0.75),
    Crowd(2_000, 5, 256, 2.0),
    Crowd(2_000, 10, 128, 0.6),
    Crowd(2_000, 10, 64, 0.7),
    Crowd(2_000, 10, 32, 0.8),
    Crowd(5_000, 2, 128, 1.0),
)


def gaussian_classes(crowd: Crowd, seed: int = 0) -> BenchmarkSet:
    """Draws the classes, in random order."""
    rng = np.random.default_rng(seed)
    means = unit_rows(rng.standard_normal((crowd.classes, crowd.dimensions)))
    labels = rng.permutation(np.repeat(np.arange(crowd.classes), crowd.images))
    rows = crowd.distance * means[labels]
    rows += rng.standard_normal(rows.shape) / np.sqrt(crowd.dimensions)
    return BenchmarkSet(str(crowd), unit_rows(rows), labels)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line for each of `CROWDS`, or for the first ones."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.crowds",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--first", type=int, default=len(CROWDS), help="how many of the sets")
    parser.add_argument("--model", help="a checkpoint; default: the shipped one")
    options = parser.parse_args(arguments)
    model = gcn.load_model(options.model)
    columns = ("images", "classes", "D", "distance", "same class", "clusters", "F", "precision")
    print("".join(f"{name:>12}" for name in columns))
    for crowd in CROWDS[: options.first]:
        data = gaussian_classes(crowd)
        same = (data.labels[data.graph.neighbors] == data.labels[:, None]).mean()
        result = gcn.cluster(data.embeddings, model)
        scores = gcn.evaluate(data.labels, result.labels)
        counts = f"{crowd.images:12,}{crowd.classes:12}{crowd.dimensions:12}{crowd.distance:12}"
        found = f"{int(result.labels.max()) + 1:12,}{scores.mean_f:12.3f}"
        print(f"{counts}{same:12.3f}{found}{scores.pairwise_precision:12.2f}", flush=True)


if __name__ == "__main__":
    main()
