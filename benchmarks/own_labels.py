"""What training on one's own labels gains: `python -m benchmarks.own_labels --data DIR`.

Half of the classes of a set (its train half, where it has halves) are labeled: a model is trained
on them, and the other classes are clustered with it and with the shipped model. Prints the mean of
BCubed F and pairwise F, which networks the training kept, and whether it kept what varies inside
the labeled classes. Folders are as for `benchmarks.quality`, or hold plain `<set>.npz` files as
`benchmarks.kinds` makes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import gcn
from gcn.training.splits import MIN_CLASSES

from .sets import BenchmarkSet, SetPaths, find_sets

ENOUGH = 30
"""Labeled classes from which on training is advised."""
HEADING = f"{'set':<28}{'labeled':>8}{'new':>6}{'shipped':>9}{'trained':>9}  learned"


class Gain(NamedTuple):
    """Scores of one set's new classes.

    Attributes:
        name: Of the set.
        labeled, new: Numbers of classes.
        shipped: Mean of BCubed F and pairwise F with the shipped model.
        trained: The same with the model that was trained on the labeled classes.
        learned: What the model holds of the training.
    """

    name: str
    labeled: int
    new: int
    shipped: float
    trained: float
    learned: str

    def __str__(self) -> str:
        """A line of the table."""
        numbers = f"{self.labeled:8}{self.new:6}{self.shipped:9.3f}{self.trained:9.3f}"
        return f"{self.name:<28}{numbers}  {self.learned}"


def halves(paths: SetPaths, seed: int = 0) -> tuple[BenchmarkSet, BenchmarkSet]:
    """A labeled and a new part of a set, with no class in common."""
    parts = paths.parts()
    if "train" in parts and "val" in parts:
        return parts["train"], parts["val"]
    whole = parts["all"]
    classes = np.random.default_rng(seed).permutation(np.unique(whole.labels))
    is_labeled = np.isin(whole.labels, classes[: len(classes) // 2])
    labeled, new = (
        BenchmarkSet(whole.name, whole.embeddings[rows], whole.labels[rows])
        for rows in (is_labeled, ~is_labeled)
    )
    return labeled, new


def gains(paths: SetPaths, shipped: gcn.Model, seed: int = 0) -> list[Gain]:
    """Prints and returns the gain on a set; none where too few classes are labeled to train on."""
    labeled, new = halves(paths)
    if len(np.unique(labeled.labels)) < MIN_CLASSES:
        return []
    found = gain(labeled, new, shipped, seed)
    print(found, flush=True)
    return [found]


def gain(labeled: BenchmarkSet, new: BenchmarkSet, shipped: gcn.Model, seed: int = 0) -> Gain:
    """Trains on one half and scores both models on the other."""
    trained = gcn.train(labeled.embeddings, labeled.labels, shipped, seed)
    scores = [
        gcn.evaluate(new.labels, gcn.cluster(new.embeddings, model).labels).mean_f
        for model in (shipped, trained)
    ]
    numbers = [len(np.unique(part.labels)) for part in (labeled, new)]
    return Gain(labeled.name, *numbers, *scores, learned=_learned(trained))


def _learned(model: gcn.Model) -> str:
    if model.card["kept"] == "base":
        return "nothing"
    networks = ["networks"] if model.card["networks"] == "trained" else []
    return ", ".join(networks + ["directions"] * (model.class_scatter is not None))


def summary(found: Sequence[Gain]) -> list[str]:
    """Means over the sets with enough labeled classes, and over the others."""
    lines: list[str] = []
    for what, some in (
        (f"{ENOUGH} labeled classes or more", [g for g in found if g.labeled >= ENOUGH]),
        ("fewer", [g for g in found if g.labeled < ENOUGH]),
    ):
        if some:
            gains = [each.trained - each.shipped for each in some]
            lines.append(
                f"{what}: {len(some)} sets, shipped {np.mean([g.shipped for g in some]):.3f},"
                f" trained {np.mean([g.trained for g in some]):.3f}; better on"
                f" {sum(g > 0 for g in gains)}, the same on {sum(g == 0 for g in gains)},"
                f" worse on {sum(g < 0 for g in gains)} (by {max(0.0, -min(gains)):.3f} at most)"
            )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line for each set, and the summary."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.own_labels",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of sets")
    parser.add_argument(
        "--sets", type=lambda text: text.split(","), help="names with commas; default: all"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the training")
    options = parser.parse_args(arguments)
    shipped = gcn.load_model()
    print(HEADING)
    found: list[Gain] = []
    for folder in options.data:
        for paths in find_sets(folder, options.sets):
            found += gains(paths, shipped, options.seed)
    print(*summary(found), sep="\n")


if __name__ == "__main__":
    main()
