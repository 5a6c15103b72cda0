"""What confirming clusters does for the rest: `python -m benchmarks.confirmed --data DIR`.

A third of the classes of a set is confirmed whole, as by a reviewer who merges and names them, and
the set is clustered again with that. Prints the mean of BCubed F and pairwise F of the images of
all other classes before and after. Folders are as for `benchmarks.quality`, or hold plain
`<set>.npz` files as `benchmarks.kinds` makes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import gcn
from operators.corrections.partition.links import MOST_PAIRS

from .sets import BenchmarkSet, whole_sets

SHARE = 1 / 3
HEADING = f"{'set':<28}{'classes':>8}{'confirmed':>10}{'before':>9}{'after':>9}"

Int64 = NDArray[np.int64]


class Rest(NamedTuple):
    """Scores of the images that were not confirmed.

    Attributes:
        name: Of the set.
        classes, confirmed: Numbers of classes.
        before, after: Mean of BCubed F and pairwise F of the other classes.
    """

    name: str
    classes: int
    confirmed: int
    before: float
    after: float

    def __str__(self) -> str:
        """A line of the table."""
        numbers = f"{self.classes:8}{self.confirmed:10}{self.before:9.3f}{self.after:9.3f}"
        return f"{self.name:<28}{numbers}"


def links_of(labels: Int64, classes: Int64) -> tuple[Int64, Int64]:
    """Row pairs that some classes bind together, and that keep these apart from each other."""
    rows = [np.flatnonzero(labels == each) for each in classes]
    must = np.concatenate([np.stack([each[:-1], each[1:]], 1) for each in rows])
    first = np.array([each[0] for each in rows])
    one, two = np.triu_indices(len(first), 1)
    cannot = np.stack([first[one], first[two]], 1)
    return must, cannot if len(cannot) <= MOST_PAIRS else cannot[:0]


def rest(data: BenchmarkSet, model: gcn.Model, seed: int = 0) -> Rest:
    """Clusters a set, confirms some of its classes, and clusters it again."""
    classes = np.unique(data.labels)
    count = max(1, round(SHARE * len(classes)))
    confirmed = np.random.default_rng(seed).permutation(classes)[:count]
    others = ~np.isin(data.labels, confirmed)
    must, cannot = links_of(data.labels, confirmed)
    found = (
        gcn.cluster(data.embeddings, model),
        gcn.cluster(data.embeddings, model, must_link=must, cannot_link=cannot),
    )
    before, after = (
        gcn.evaluate(data.labels[others], each.labels[others]).mean_f for each in found
    )
    return Rest(data.name, len(classes), count, before, after)


def summary(found: Sequence[Rest]) -> str:
    """Means over the sets, and on how many the rest gained."""
    return gains_text([(each.before, each.after) for each in found])


def gains_text(scores: Sequence[tuple[float, float]]) -> str:
    """Means of scores before and after, and of how many sets they rose and fell."""
    before, after = np.array(scores).T
    gains = after - before
    return (
        f"{len(gains)} sets: before {before.mean():.3f}, after {after.mean():.3f}; better on"
        f" {(gains > 0).sum()}, worse on {(gains < 0).sum()} (by {max(0.0, -gains.min()):.3f} at"
        " most)"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line for each set, and the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.confirmed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    options = parser.parse_args(arguments)
    model = gcn.load_model()
    print(HEADING)
    found: list[Rest] = []
    for data in whole_sets(options.data):
        found.append(rest(data, model))
        print(found[-1], flush=True)
    print(summary(found))


if __name__ == "__main__":
    main()
