"""Scores the shipped model and what is left of it without its parts, set by set.

Run as `python -m benchmarks.quality --data DIR`, where DIR holds `<set>-val.npz`
and `<set>-train.npz` with `features` (N, D) and `labels` (N,). Other files there
can be named with their folder, as in `--sets lfw extra/dtd10`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import gcn
from gcn.graph import unit_rows

from .baselines import centroid_linkage_tree, connected_components_tree
from .merge_tree import MergeTree, Sweep, best_threshold, cut, sweep
from .report import Row, means, table, wins

FULL = "full: shipped model, defaults"
PRUNING = "after pruning only, no GCN-C"
LINKAGE_FIXED = "centroid linkage for GCN-C, train"
LINKAGE_BEST = "centroid linkage for GCN-C, best (!)"
COMPONENTS = "connected components, best (!)"
LEGEND = f"""\
B: BCubed, P: pairwise; precision, recall, F; F mean: mean of B-F and P-F; s: seconds.
'{LINKAGE_FIXED}': pure clusters joined by average linkage of their centroids at one
  cosine for all sets, {{threshold:.3f}}, {{origin}}
  (classes that the shipped model was trained on, so its pure clusters are purer there).
(!) the cosine was chosen on the very labels it is scored on, for BCubed F: an upper bound
  that no user reaches, and unfair to ours, which chooses nothing."""
GRID = np.linspace(-1.0, 1.0, 2001)


class LabelledSet(NamedTuple):
    """Unit-length embeddings, shape (N, D), float32, and classes, shape (N,), int64."""

    name: str
    embeddings: NDArray[np.float32]
    labels: NDArray[np.int64]


def load_set(path: Path, name: str) -> LabelledSet:
    """Reads one .npz file of `features` and `labels`."""
    with np.load(path, allow_pickle=False) as file:
        return LabelledSet(name, unit_rows(file["features"]), file["labels"].astype(np.int64))


def measure(
    data: LabelledSet, model: gcn.Model, linkage_threshold: float, seed: int = 0
) -> list[Row]:
    """Scores every method on one set, the full one first."""
    start = time.perf_counter()
    result = gcn.cluster(data.embeddings, model, seed=seed)
    seconds = time.perf_counter() - start
    rows = [Row(data.name, FULL, gcn.evaluate(data.labels, result.labels), seconds)]
    until_pruned = _seconds_until_pruned(result)
    scores = gcn.evaluate(data.labels, result.parts)
    rows.append(Row(data.name, PRUNING, scores, until_pruned))
    start = time.perf_counter()
    tree = centroid_linkage_tree(data.embeddings, result.parts)
    seconds = until_pruned + time.perf_counter() - start
    rows.append(_cut_row(data, LINKAGE_FIXED, tree, linkage_threshold, seconds))
    rows.append(_cut_row(data, LINKAGE_BEST, tree, None, seconds))
    start = time.perf_counter()
    graph = gcn.knn_graph(data.embeddings, min(80, len(data.labels) - 1))
    tree = connected_components_tree(graph)
    rows.append(_cut_row(data, COMPONENTS, tree, None, time.perf_counter() - start))
    return rows


def _seconds_until_pruned(result: gcn.ClusterResult) -> float:
    names = [stage.name for stage in result.stages]
    return sum(stage.seconds for stage in result.stages[: names.index("Pruning") + 1])


def _cut_row(
    data: LabelledSet, method: str, tree: MergeTree, threshold: float | None, seconds: float
) -> Row:
    if threshold is None:
        threshold = best_threshold(sweep(tree, data.labels))
    scores = gcn.evaluate(data.labels, cut(tree, threshold))
    return Row(data.name, method, scores, seconds, threshold)


def choose_linkage_threshold(sets: Sequence[LabelledSet], model: gcn.Model, seed: int = 0) -> float:
    """Finds the cosine with the highest mean BCubed F of centroid linkage over the sets."""
    sweeps: list[Sweep] = []
    for data in sets:
        parts = gcn.cluster(data.embeddings, model, seed=seed).parts
        sweeps.append(sweep(centroid_linkage_tree(data.embeddings, parts), data.labels))
    mean_f = np.mean([one.f_at(GRID) for one in sweeps], axis=0)
    plateau = np.flatnonzero(mean_f >= mean_f.max() - 1e-4)
    return float(GRID[plateau[len(plateau) // 2]])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures the chosen sets and prints one table."""
    options = _parse(arguments)
    paths = _paths(options.data, options.sets)
    model = gcn.load_model(options.model)
    threshold, origin = options.linkage_threshold, "given with --linkage-threshold"
    if threshold is None:
        train_sets = sorted(options.data.glob("*-train.npz"))
        if not train_sets:
            raise SystemExit(f"error: no *-train.npz in {options.data}; give --linkage-threshold")
        origin = "best mean over " + ", ".join(path.stem for path in train_sets)
        _note(f"choosing the threshold of centroid linkage on {len(train_sets)} -train sets")
        loaded = [load_set(path, path.stem) for path in train_sets]
        threshold = choose_linkage_threshold(loaded, model, options.seed)
    rows: list[Row] = []
    for name, path in paths.items():
        _note(f"measuring {name}")
        rows += measure(load_set(path, name), model, threshold, options.seed)
    print(table(rows), LEGEND.format(threshold=threshold, origin=origin), sep="\n")
    for method, (won, total) in wins(rows, FULL).items():
        print(f"full above '{method}' on BCubed F: {won} of {total} sets")
    if options.json is not None:
        _write_json(options.json, rows, model.sha256, threshold, options.seed)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of .npz files")
    parser.add_argument("--sets", nargs="+", help="names of sets; default: every <name>-val.npz")
    parser.add_argument("--model", help="a checkpoint; default: the one that ships")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--linkage-threshold", type=float, help="skip its search on -train sets")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser.parse_args(arguments)


def _paths(folder: Path, names: Sequence[str] | None) -> dict[str, Path]:
    if names is None:
        found = {path.stem: path for path in sorted(folder.glob("*-val.npz"))}
        if not found:
            raise SystemExit(f"error: no *-val.npz in {folder}")
        return found
    paths: dict[str, Path] = {}
    for name in names:
        candidates = [folder / f"{name}-val.npz", folder / f"{name}.npz"]
        found_here = [path for path in candidates if path.is_file()]
        if not found_here:
            raise SystemExit(f"error: neither {candidates[0]} nor {candidates[1]} is a file")
        paths[found_here[0].relative_to(folder).with_suffix("").as_posix()] = found_here[0]
    return paths


def _write_json(path: Path, rows: Sequence[Row], sha256: str, threshold: float, seed: int) -> None:
    record = {
        "model": sha256,
        "seed": seed,
        "linkage_threshold": threshold,
        "rows": [row.as_dict() for row in rows],
        "means": means(rows),
        "full_above": wins(rows, FULL),
    }
    path.write_text(json.dumps(record, indent=1) + "\n")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
