"""Scores the shipped model where nothing may be chosen: `python -m benchmarks.unseen --data DIR`.

DIR holds sets such as `python -m benchmarks.kinds` makes; those that the model has learned from,
says its card, are left out. Beside the model stand other methods, each in one setting for all
sets: a user without labels can choose no other way. The table has the mean of BCubed F and pairwise
F of each set.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gcn

from .peer_graphs import run_infomap, run_leiden, whispers
from .peer_vectors import run_finch, run_hdbscan
from .sets import BenchmarkSet, load_set

Method = Callable[[BenchmarkSet], NDArray[np.int64]]

_ALL_EDGES = -1.0
OURS = "ours"


def methods(model: gcn.Model) -> dict[str, Method]:
    """What is compared, by name with its setting; `OURS` comes first."""
    found: dict[str, Method] = {OURS: lambda data: gcn.cluster(data.embeddings, model).labels}
    for k in (10, 40):
        found |= {
            f"Infomap, k {k}": lambda data, k=k: run_infomap(data, (k, _ALL_EDGES)),
            f"Infomap, k {k}, half": lambda data, k=k: run_infomap(data, (k, median(data))),
            f"Leiden modularity, k {k}": lambda data, k=k: run_leiden("modularity", data, (k, 1.0)),
            f"Leiden CPM 0.1, k {k}": lambda data, k=k: run_leiden("CPM", data, (k, 0.1)),
        }
    return found | {
        "Chinese whispers, k 10": lambda data: whispers(data, (10.0, _ALL_EDGES)),
        "Chinese whispers, k 10, half": lambda data: whispers(data, (10.0, median(data))),
        "FINCH, first level": lambda data: run_finch(data, (0.0,)),
        "HDBSCAN, 5 images": lambda data: run_hdbscan(data, (5, 5, 0)),
    }


def median(data: BenchmarkSet) -> float:
    """The cosine that half of the edges to the ten nearest neighbors reach."""
    return float(np.median(data.graph.similarity[:, :10]))


def score(data: BenchmarkSet, compared: dict[str, Method]) -> dict[str, gcn.Scores]:
    """Scores all methods on one set."""
    return {name: gcn.evaluate(data.labels, run(data)) for name, run in compared.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Scores set by set; prints a row for each, the means, and keeps all scores."""
    options = _parse(arguments)
    model = gcn.load_model(options.model)
    compared, learned = methods(model), set(model.card.get("names", ()))
    width = max(map(len, compared))
    found: dict[str, dict[str, gcn.Scores]] = {}
    for path in sorted(options.data.glob("*.npz")):
        if path.stem in learned:
            print(f"{path.stem:26} left out: the model has learned from it")
            continue
        found[path.stem] = scores = score(load_set(path, path.stem), compared)
        ours = scores[OURS]
        best = max((s.mean_f, name) for name, s in scores.items() if name != OURS)
        print(
            f"{path.stem:26} ours {ours.mean_f:.3f} (pairwise precision"
            f" {ours.pairwise_precision:.2f}), best of the others {best[0]:.3f} ({best[1]})",
            flush=True,
        )
    if not found:
        raise SystemExit(f"no .npz files in {options.data} that the model has not learned from")
    print(f"\nmean of {len(found)} sets, one setting for all")
    means = {name: np.mean([s[name].mean_f for s in found.values()]) for name in compared}
    for name, mean in sorted(means.items(), key=lambda item: -item[1]):
        wins = sum(s[OURS].mean_f > s[name].mean_f for s in found.values())
        beaten = "" if name == OURS else f"  below ours on {wins}"
        print(f"{name:{width}} {mean:.3f}{beaten}")
    if options.json:
        rows = [
            {"dataset": dataset, "method": name, **one.as_dict()}
            for dataset, scores in found.items()
            for name, one in scores.items()
        ]
        options.json.write_text(json.dumps(rows) + "\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unseen", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of .npz files")
    parser.add_argument("--model", help="a checkpoint; default: the one that ships")
    parser.add_argument("--json", type=Path, help="file for all scores")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
