"""What the labels of some images do for the others: `python -m benchmarks.known_labels --data DIR`.

A tenth of the images of two thirds of the classes is labeled, the other classes have no label at
all, and the set is clustered with what the labels say. Prints the mean of BCubed F and pairwise F
of the images without a label before and after, what share of them comes into a cluster with a name
and what share of those names is right, beside a classifier by the five nearest labeled images,
which names every image. Folders are as for `benchmarks.quality`, or hold plain `<set>.npz` files as
`benchmarks.kinds` makes them.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

import gcn
from gcn.clustering.recalibration import NAME
from gcn.clustering.stage_timer import SHIFT

from .confirmed import gains_text, links_of
from .sets import BenchmarkSet, whole_sets

LABELED_IMAGES, LABELED_CLASSES = 0.1, 2 / 3
HEADING = (
    f"{'set':<28}{'classes':>8}{'labeled':>8}{'before':>8}{'after':>8}{'shift':>7}"
    f"{'named':>8}{'right':>8}{'of all':>8}{'nearest':>9}"
)

Int64 = NDArray[np.int64]


class Rest(NamedTuple):
    """Scores of the images without a label.

    Attributes:
        name: Of the set.
        classes, labeled: Numbers of classes, and of those with a labeled image.
        before, after: Mean of BCubed F and pairwise F.
        shift: By which the log-odds of connection strengths were shifted.
        named: Share that came into a cluster with a name.
        right: Share of those whose name is that of their class.
        nearest: Share of all that the nearest labeled images name right.
    """

    name: str
    classes: int
    labeled: int
    before: float
    after: float
    shift: float
    named: float
    right: float
    nearest: float

    def __str__(self) -> str:
        """A line of the table."""
        scores = f"{self.before:8.3f}{self.after:8.3f}{self.shift:7.1f}"
        names = f"{self.named:8.3f}{self.right:8.3f}{self.named * self.right:8.3f}"
        return f"{self.name:<28}{self.classes:8}{self.labeled:8}{scores}{names}{self.nearest:9.3f}"


def labeled_images(labels: Int64, seed: int = 0) -> Int64:
    """Classes as far as they are told: -1 for most images, and all of a third of the classes."""
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.unique(labels))
    told = classes[: max(3, round(LABELED_CLASSES * len(classes)))]
    is_labeled = np.isin(labels, told) & (rng.random(len(labels)) < LABELED_IMAGES)
    return np.where(is_labeled, labels, -1)


def names_of(clusters: Int64, known: Int64) -> Int64:
    """The class that the labeled images of each image's cluster have, -1 where there are none."""
    names = np.full(int(clusters.max()) + 1, -1)
    names[clusters[known >= 0]] = known[known >= 0]
    return names[clusters]


def rest(data: BenchmarkSet, model: gcn.Model, seed: int = 0) -> Rest | None:
    """Clusters a set without and with labels; None where hardly any class has one."""
    known = labeled_images(data.labels, seed)
    told, open_ = np.unique(known[known >= 0]), known < 0
    if len(told) < 3:
        return None
    must, cannot = links_of(known, told)
    before = gcn.cluster(data.embeddings, model).labels
    after = gcn.cluster(data.embeddings, model, must_link=must, cannot_link=cannot)
    shifts = [s.thresholds[SHIFT] for s in after.stages if s.name == NAME]
    names, truth = names_of(after.labels, known)[open_], data.labels[open_]
    return Rest(
        data.name,
        len(np.unique(data.labels)),
        len(told),
        gcn.evaluate(truth, before[open_]).mean_f,
        gcn.evaluate(truth, after.labels[open_]).mean_f,
        shifts[0] if shifts else 0.0,
        float((names >= 0).mean()),
        float((names == truth)[names >= 0].mean()) if (names >= 0).any() else 0.0,
        float((_by_nearest(data.embeddings, known) == truth).mean()),
    )


def _by_nearest(x: NDArray[np.float32], known: Int64) -> Int64:
    """The class of each unlabeled image by the labeled ones that it is nearest to."""
    classifier = KNeighborsClassifier(min(5, int((known >= 0).sum())), weights="distance")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it takes so many classes for a regression
        return classifier.fit(x[known >= 0], known[known >= 0]).predict(x[known < 0])


def summary(found: Sequence[Rest]) -> str:
    """Means over the sets, and on how many the rest gained."""
    gains = gains_text([(each.before, each.after) for each in found])
    right = np.mean([each.named * each.right for each in found])
    nearest = np.mean([each.nearest for each in found])
    return f"{gains}; named right {right:.3f} of all, by the nearest labeled images {nearest:.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line for each set, and the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.known_labels",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    options = parser.parse_args(arguments)
    model = gcn.load_model()
    print(HEADING)
    found: list[Rest] = []
    for data in whole_sets(options.data):
        row = rest(data, model)
        if row is not None:
            found.append(row)
            print(row, flush=True)
    print(summary(found))


if __name__ == "__main__":
    main()
