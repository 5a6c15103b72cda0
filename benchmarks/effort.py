"""Counts the decisions that it takes to label a set, from our clusters and from those of peers.

Run as `python -m benchmarks.effort --data DIR`, where DIR holds `<set>-val.npz` with `features`
(N, D) and `labels` (N,). A simulated annotator, who knows the classes, corrects each clustering
through the review's own actions; `benchmarks.annotator` says how. The count is read off when 95 %
and 99 % of the images are in a cluster that has the name of their class.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import gcn

from . import sets
from .annotator import Annotator, Step
from .effort_clusterings import (
    USUAL_SETTINGS,
    Clustering,
    has_infomap,
    our_clustering,
    peer_clusterings,
)
from .effort_report import (
    BEST,
    LIMIT,
    ONE_BY_ONE,
    TARGETS,
    USUAL,
    Row,
    SetFacts,
    goals,
    needed,
    row_of,
    table,
)
from .review_desk import ReviewDesk

LEGEND = """\
fewer by: decisions one image at a time for one decision here. clicks: decisions, and the images
and parts that were ticked for them; naming one image is one click, too.
(!) the setting with the fewest decisions on the very labels it is counted on: an upper bound that
no user reaches, and unfair to ours, which chooses nothing."""


class LabeledSet(NamedTuple):
    """Embeddings, unit rows, shape (N, D), float32, and classes 0..C-1, shape (N,), int64."""

    name: str
    embeddings: NDArray[np.float32]
    classes: NDArray[np.int64]


def load_set(path: Path, name: str) -> LabeledSet:
    """Reads a set in random order: sorted by class, pages of the grid would be pure for free."""
    data = sets.load_set(path, name)
    order = np.random.default_rng(0).permutation(len(data.labels))
    _, classes = np.unique(data.labels[order], return_inverse=True)
    return LabeledSet(name, data.embeddings[order], classes.astype(np.int64))


def measure(data: LabeledSet, model: gcn.Model) -> tuple[SetFacts, list[Row]]:
    """Reviews every clustering of one set.

    Args:
        data: The set.
        model: Networks for our clusters.

    Returns:
        What the set is like; the rows, ours first, then peers, one by one, and the limit.
    """
    num_classes = int(data.classes.max()) + 1
    facts = SetFacts(data.name, len(data.classes), num_classes, recall_at_1(data))
    ours = our_clustering(data.embeddings, model)
    steps = review(data, ours)
    rows = [row_of(facts, ours.method, "", "", target, steps) for target in TARGETS]
    reviews: dict[str, dict[str, list[Step]]] = {}
    for peer in peer_clusterings(data.embeddings):
        reviews.setdefault(peer.method, {})[peer.setting] = review(data, peer)
    for method, found in reviews.items():
        usual = USUAL_SETTINGS[method]
        for target in TARGETS:
            rows.append(row_of(facts, method, USUAL, usual, target, found[usual]))
            each = [row_of(facts, method, BEST, name, target, found[name]) for name in found]
            rows.append(min(each, key=lambda row: (row.decisions, row.ticks)))
    return facts, [*rows, *_bounds(data, facts)]


def review(data: LabeledSet, clustering: Clustering) -> list[Step]:
    """Lets the annotator correct one clustering to the end."""
    desk = ReviewDesk(clustering, data.embeddings)
    return Annotator(desk, data.embeddings, data.classes).review()


def recall_at_1(data: LabeledSet) -> float:
    """Share of images whose nearest other one is of the same class."""
    graph = gcn.knn_graph(data.embeddings, 1)
    return float((data.classes[graph.neighbors[:, 0]] == data.classes).mean())


def _bounds(data: LabeledSet, facts: SetFacts) -> list[Row]:
    covered = np.cumsum(np.sort(np.bincount(data.classes))[::-1])
    rows: list[Row] = []
    for target in TARGETS:
        enough = needed(target, facts.images)
        named = int(np.searchsorted(covered, enough)) + 1
        for method, decisions in ((ONE_BY_ONE, enough), (LIMIT, named)):
            counts = (decisions, 0, facts.images, facts.classes)
            rows.append(Row(facts.name, method, "", "", target, *counts))
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures the chosen sets and prints a table per target, and the goals."""
    options = _parse(arguments)
    paths = _paths(options.data, options.sets)
    model = gcn.load_model(options.model)
    if not has_infomap():
        _note("Infomap is skipped: it is not installed (pip install infomap)")
    sets: list[SetFacts] = []
    rows: list[Row] = []
    for name, path in paths.items():
        _note(f"measuring {name}")
        facts, found = measure(load_set(path, name), model)
        sets.append(facts)
        rows += found
    lines = goals(rows, sets)
    print(*(f"{table(rows, target)}\n" for target in TARGETS), LEGEND, "", *lines, sep="\n")
    if options.json is not None:
        record = {
            "model": model.sha256,
            "sets": [asdict(facts) for facts in sets],
            "rows": [row.as_dict() for row in rows],
            "goals": lines,
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.effort", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of .npz files")
    parser.add_argument("--sets", help="names, comma between; default: every <name>-val.npz")
    parser.add_argument("--model", help="a checkpoint; default: the one that ships")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser.parse_args(arguments)


def _paths(folder: Path, names: str | None) -> dict[str, Path]:
    if names is None:
        listed = [path.name.removesuffix("-val.npz") for path in sorted(folder.glob("*-val.npz"))]
    else:
        listed = [name for name in names.split(",") if name]
    if not listed:
        raise SystemExit(f"error: no <set>-val.npz in {folder}; give another --data")
    paths: dict[str, Path] = {}
    for name in listed:
        candidates = [folder / f"{name}-val.npz", folder / f"{name}.npz"]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            raise SystemExit(f"error: neither {candidates[0]} nor {candidates[1]} is a file")
        paths[name] = path
    return paths


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
