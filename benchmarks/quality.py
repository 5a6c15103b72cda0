"""Scores the method, what is left of it without its parts, and its peers, set by set.

Run as `python -m benchmarks.quality --data DIR`, where DIR holds `<set>-train.npz` and
`<set>-val.npz`, and `extra/<set>.npz` for sets without halves, each with `features` (N, D) and
`labels` (N,). `requirements-bench.txt` lists what the peers need.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import gcn
from gcn.evaluation.metrics import evaluate

from .ablations import Method, ablations, calibrate_cosine, linkage_for_gcn_c, whole_method
from .peer import Peer, Trial, TrialCache, best_trial, tuned_trial
from .peers import all_peers
from .report import ABLATION, BEST, DEFAULT, OURS, PEER, TUNED, Row, table
from .sets import BenchmarkSet, find_sets, load_set

Parts = dict[str, BenchmarkSet]

PARTS = ("all", "train", "val")
SHIPPED, TRAINED = "ours", "ours, trained on train half"
CACHE = Path(__file__).resolve().parent.parent / ".bench"
LEGEND = """\
Mean of BCubed F and pairwise F. "tuned": setting chosen on the set's val half, scored on its train
half. "best": setting chosen on the very labels it is scored on, an upper bound that no user
reaches. Ours chooses nothing. The shipped model was trained on the train halves; benchmarks.
leave_one_out measures models that have not seen the set."""


def measure_ours(
    parts: Parts, scored: Iterable[str], models: dict[str, gcn.Model], method: str = SHIPPED
) -> list[Row]:
    """Scores the whole method on some parts, with each model."""
    return [
        _own_row(parts[part], part, method, OURS, name, model, whole_method)
        for part in scored
        for name, model in models.items()
    ]


def measure_ablations(
    parts: Parts,
    scored: Iterable[str],
    models: dict[str, gcn.Model],
    methods: dict[str, Method],
) -> list[Row]:
    """Scores the method without one of its parts at a time."""
    rows: list[Row] = []
    for part in scored:
        for name, model in models.items():
            rows += [
                _own_row(parts[part], part, method, ABLATION, name, model, run)
                for method, run in methods.items()
            ]
            linkage = linkage_for_gcn_c(model)
            rows += _chosen_rows(linkage, parts, part, ABLATION, TrialCache(None), name)
    return rows


def measure_peers(
    parts: Parts, scored: Sequence[str], peers: Iterable[Peer], cache: TrialCache
) -> list[Row]:
    """Scores the peers on some parts; slow once, then read from the cache."""
    rows: list[Row] = []
    for peer in peers:
        for part in scored:
            _note(f"  {peer.name} on {parts[part].name}, {part}")
            rows += _chosen_rows(peer, parts, part, PEER, cache)
    return rows


def measure_trained(parts: Parts, seeds: int) -> list[Row]:
    """Trains on the train half alone, once per seed, and scores on the val half."""
    if "train" not in parts or "val" not in parts:
        return []
    train = parts["train"]
    models: dict[str, gcn.Model] = {}
    for seed in range(seeds):
        _note(f"  training on {train.name}, seed {seed}")
        models[f"seed {seed}"] = gcn.train(train.embeddings, train.labels, seed=seed)
    return measure_ours(parts, ["val"], models, TRAINED)


def _own_row(
    data: BenchmarkSet,
    part: str,
    method: str,
    group: str,
    name: str,
    model: gcn.Model,
    run: Method,
) -> Row:
    start = time.perf_counter()
    labels = run(model, data)
    seconds = time.perf_counter() - start
    scores = evaluate(data.labels, labels)
    return Row(data.name, part, method, group, DEFAULT, scores, seconds, model=name)


def _chosen_rows(
    peer: Peer,
    parts: Parts,
    part: str,
    group: str,
    cache: TrialCache,
    model: str = "",
) -> list[Row]:
    trials = {BEST: best_trial(peer, parts[part], cache)}
    if part == "train" and "val" in parts:
        trials = {TUNED: tuned_trial(peer, parts["val"], parts[part], cache), **trials}
    return [
        _row(parts[part], part, peer.name, group, choice, trial, model)
        for choice, trial in trials.items()
    ]


def _row(
    data: BenchmarkSet, part: str, method: str, group: str, choice: str, trial: Trial, model: str
) -> Row:
    scores, seconds, setting = trial.scores, trial.seconds, trial.setting
    return Row(data.name, part, method, group, choice, scores, seconds, setting, model)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures the chosen sets, prints one table per part and saves all rows."""
    options = _parse(arguments)
    models = {str(path or "shipped"): gcn.load_model(path) for path in options.model or [None]}
    cache = TrialCache(options.cache)
    rows: list[Row] = []
    methods = {} if options.no_ablations else _ablations(options.data)
    for paths in find_sets(options.data, options.sets):
        parts = paths.parts()
        scored = [part for part in options.parts if part in parts]
        _note(f"{paths.name}: {len(parts['all'].labels):,} images")
        rows += measure_ours(parts, scored, models)
        rows += measure_trained(parts, options.train)
        if methods:
            rows += measure_ablations(parts, scored, models, methods)
        if not options.no_peers:
            rows += measure_peers(parts, scored, all_peers(), cache)
        save(options.json, rows, models)
    for part in options.parts:
        if any(row.part == part for row in rows):
            print(table(rows, part), end="\n\n")
    print(LEGEND)


def _ablations(folder: Path) -> dict[str, Method]:
    halves = sorted(folder.glob("*-train.npz"))
    _note("calibrating the cosine on " + (", ".join(path.stem for path in halves) or "nothing"))
    return ablations(calibrate_cosine([load_set(path, path.stem) for path in halves]))


def save(path: Path | None, rows: Sequence[Row], models: dict[str, gcn.Model]) -> None:
    """Writes all rows with the models' hashes as JSON; `path` None writes nothing."""
    if path is None:
        return
    record = {
        "models": {name: model.sha256 for name, model in models.items()},
        "rows": [row.as_dict() for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of .npz files")
    parser.add_argument("--sets", nargs="+", help="names of sets; default: all there are")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument(
        "--model", nargs="+", help="checkpoints, such as one per seed; default: the one that ships"
    )
    parser.add_argument(
        "--train", type=int, default=0, help="models to train on each train half, one per seed"
    )
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-ablations", action="store_true")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for the peers' scores")
    parser.add_argument("--json", type=Path, help="also write all rows to this file")
    return parser.parse_args(arguments)


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
