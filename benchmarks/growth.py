"""Quality, time and memory as the number of images grows: `python -m benchmarks.growth`.

The sets are synthetic and shaped like a large collection of faces. The peers' settings are those
that were best at the smallest size, as a user would have found them on a part of the collection.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gcn
from gcn.evaluation.metrics import Scores, evaluate

from .peer import Peer, Setting, TrialCache, best_trial, run_trial
from .peer_graphs import graph_peers
from .peer_trees import tree_peers
from .sets import BenchmarkSet
from .synthetic import synthetic_set

SIZES = (10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
PEERS = ("connected components", "Chinese whispers", "Infomap")
"""Peers that take at most minutes for half a million images."""


def measure_ours(data: BenchmarkSet, model: gcn.Model) -> dict[str, Any]:
    """Clusters one set; gives scores, seconds by stage and the peak memory of the process."""
    start = time.perf_counter()
    result = gcn.cluster(data.embeddings, model)
    seconds = time.perf_counter() - start
    return {
        "method": "ours",
        "images": len(data.labels),
        "seconds": seconds,
        "stages": {stage.name: stage.seconds for stage in result.stages},
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        **_scored(evaluate(data.labels, result.labels)),
    }


def measure_peer(peer: Peer, data: BenchmarkSet, setting: Setting) -> dict[str, Any]:
    """Runs a peer, the kNN graph being there."""
    trial = run_trial(peer, data, setting)
    shown = {"method": peer.name, "images": len(data.labels), "seconds": trial.seconds}
    return {**shown, "setting": setting, **_scored(trial.scores)}


def _scored(scores: Scores) -> dict[str, Any]:
    return scores.as_dict()


def line(row: dict[str, Any]) -> str:
    """Words one row of the table."""
    memory = f"{row['peak_gb']:8.1f}" if "peak_gb" in row else " " * 8
    return (
        f"{row['images']:>9,} {row['method']:<22}{row['mean_f']:8.3f}{row['bcubed_f']:8.3f}"
        f"{row['pairwise_f']:8.3f}{row['pairwise_precision']:8.3f}{row['n_classes']:>9,}"
        f"{row['n_clusters']:>9,}{row['seconds']:9.1f}{memory}"
    )


HEADING = (
    f"{'images':>9} {'method':<22}{'mean F':>8}{'B-F':>8}{'P-F':>8}{'P-P':>8}"
    f"{'classes':>9}{'clusters':>9}{'seconds':>9}{'peak GB':>8}"
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures size after size, smallest first, and prints each at once."""
    options = _parse(arguments)
    model = gcn.load_model(options.model)
    peers = [] if options.no_peers else [p for p in _peers() if p.name in PEERS]
    settings: dict[str, Setting] = {}
    rows: list[dict[str, Any]] = []
    print(HEADING, flush=True)
    for num_images in sorted(options.sizes):
        data = synthetic_set(num_images, options.seed)
        found = [measure_ours(data, model)]
        for peer in peers:
            if peer.name not in settings:
                settings[peer.name] = best_trial(peer, data, TrialCache(None)).setting
            found.append(measure_peer(peer, data, settings[peer.name]))
        print("\n".join(map(line, found)), flush=True)
        rows += found
        if options.json is not None:
            options.json.write_text(json.dumps(rows, indent=1) + "\n")


def _peers() -> list[Peer]:
    return [*tree_peers(), *graph_peers()]


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", help="a checkpoint; default: the one that ships")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
