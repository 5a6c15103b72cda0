"""How well warnings tell bad clusters from good ones: `python -m benchmarks.doubt --data DIR`.

Clusters every set with the shipped model and prints its mean confidence, the mean of BCubed F and
pairwise F, pairwise precision, and whether the result warns. Folders are as for
`benchmarks.quality`, or hold plain `<set>.npz` files as `benchmarks.kinds` makes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import gcn

from .sets import BenchmarkSet, find_sets

BAD, GOOD = 0.45, 0.6
"""F below and above which clusters count as bad and as good."""
HEADING = f"{'set':<30}{'confidence':>10}{'F':>8}{'precision':>10}"


class Doubt(NamedTuple):
    """How sure the model was of one set, and how right.

    Attributes:
        name: Of the set.
        confidence: Mean over all images.
        mean_f: Mean of BCubed F and pairwise F.
        pairwise_precision: Share of the pairs in one cluster that are of one class.
        warned: The result has warnings.
    """

    name: str
    confidence: float
    mean_f: float
    pairwise_precision: float
    warned: bool

    def __str__(self) -> str:
        """A line of the table."""
        numbers = f"{self.confidence:10.2f}{self.mean_f:8.3f}{self.pairwise_precision:10.2f}"
        return f"{self.name:<30}{numbers}  {'warned' if self.warned else ''}".rstrip()


def doubt(name: str, data: BenchmarkSet, model: gcn.Model) -> Doubt:
    """Clusters one set and looks at what is said of it."""
    result = gcn.cluster(data.embeddings, model)
    scores = gcn.evaluate(data.labels, result.labels)
    confidence = float(result.confidence.mean())
    warned = bool(result.warnings)
    return Doubt(name, confidence, scores.mean_f, scores.pairwise_precision, warned)


def summary(found: Sequence[Doubt]) -> list[str]:
    """How many bad and good sets were warned of, and how good those of either kind are."""
    bad = [each.warned for each in found if each.mean_f < BAD]
    good = [each.warned for each in found if each.mean_f >= GOOD]
    lines = [
        f"warned of {sum(bad)} of {len(bad)} sets with F below {BAD},"
        f" and of {sum(good)} of {len(good)} with F of {GOOD} or more"
    ]
    for warned, kind in ((True, "warned of"), (False, "others")):
        scores = [each.mean_f for each in found if each.warned == warned]
        if scores:
            lines.append(f"mean F of the {len(scores)} {kind}: {np.mean(scores):.3f}")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line for each set, and the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.doubt",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    parser.add_argument("--model", help="a checkpoint; default: the shipped one")
    options = parser.parse_args(arguments)
    model = gcn.load_model(options.model)
    print(HEADING)
    found: list[Doubt] = []
    for folder in options.data:
        for paths in find_sets(folder):
            for part, data in paths.parts().items():
                if part != "train":
                    found.append(doubt(f"{paths.name} {part}", data, model))
                    print(found[-1], flush=True)
    print(*summary(found), sep="\n")


if __name__ == "__main__":
    main()
