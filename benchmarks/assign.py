"""New images beside old ones, by their neighborhood and by all: `python -m benchmarks.assign`.

Some images of each set are taken out, at random or as whole classes, and placed among the others,
which stand in their true classes as after a review, all of them confirmed. Both ways are timed and
compared: the share of new images that come to the same place, and BCubed F of the new images among
all. "F plain" is that of all images where nothing is confirmed, so that nothing tells how readily
to merge. Of several sets, a line of means follows for each kind and number. Beside the seconds that
passed stand those of all cores that were used, which say more on a busy machine. DIR is as for
`benchmarks.quality`; `--synthetic N` adds a set of N images. Gigabytes are what comes on top of
what the process already holds, so only those of the first row say what a fresh process takes.

    python -m benchmarks.assign --data DIR
    python -m benchmarks.assign --data DIR --sets lfw --new 20
    python -m benchmarks.assign --synthetic 100000 --repeats 1
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

import gcn
from gcn.clustering.assign import assign

from .scale_size import WARM_ROWS, MemoryWatch, warm_up
from .sets import BenchmarkSet, find_sets
from .synthetic import synthetic_set

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

KINDS = ("random", "classes")
NEW = (1, 20, 200)
_CLASSES = 4
HEADING = (
    f"{'set':<18}{'images':>9}  {'new':<8}{'number':>6}{'agree':>8}{'F plain':>9}"
    f"{'F all':>8}{'F near':>8}"
    f"{'s all':>8}{'s near':>8}{'CPU all':>8}{'near':>8}{'GB all':>8}{'near':>8}"
)


def held_out(labels: Int64, number: int, kind: str, seed: int) -> tuple[Int64, Int64]:
    """Takes images out of a set.

    Args:
        labels: Class of each image from 0, shape (N,).
        number: How many, below N.
        kind: "random", or "classes": whole ones, at most a quarter of the number from each; what
            is left of them is in neither part.
        seed: Of the choice.

    Returns:
        Rows that stay, and rows that are new.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    if kind == "random":
        return np.sort(order[number:]), order[:number]
    most = -(-number // _CLASSES)
    new: list[int] = []
    gone: list[int] = []
    for one in rng.permutation(int(labels.max()) + 1):
        rows = order[labels[order] == one]
        if len(rows) < min(3, number) or len(new) + len(gone) + len(rows) >= len(labels):
            continue
        new += rows[: min(most, number - len(new))].tolist()
        gone += rows.tolist()
        if len(new) == number:
            break
    stays = np.ones(len(labels), bool)
    stays[gone] = False
    return np.flatnonzero(stays), np.array(new)


def agreement(a: Int64, b: Int64, num_old: int) -> float:
    """Share of images that come to the same place: the same old cluster, or matching new ones.

    Args:
        a: Clusters of the images by one way; new ones are numbered from `num_old`, shape (M,).
        b: By the other way.
        num_old: A number above those of all old clusters.
    """
    same = int(((a == b) & (a < num_old)).sum())
    founded = (a >= num_old) & (b >= num_old)
    if founded.any():
        table = np.zeros((int(a.max()) + 1 - num_old, int(b.max()) + 1 - num_old))
        np.add.at(table, (a[founded] - num_old, b[founded] - num_old), 1)
        same += int(table[linear_sum_assignment(-table)].sum())
    return same / len(a)


def bcubed_of_new(old: Int64, new: Int64, placed: Int64) -> float:
    """BCubed F of new images among all.

    Args:
        old: Class, which is the cluster too, of each old image, shape (N,).
        new: Class of each new image, shape (M,).
        placed: Its cluster.
    """
    classes, clusters = np.concatenate([old, new]), np.concatenate([old, placed])
    scores: list[float] = []
    for one, where in zip(new, placed, strict=True):
        mates, own = clusters == where, classes == one
        both = int((mates & own).sum())
        scores.append(2.0 * both / (int(mates.sum()) + int(own.sum())))
    return float(np.mean(scores))


def measure(data: BenchmarkSet, number: int, kind: str, seed: int, model: gcn.Model) -> list[float]:
    """Places images both ways; gives the columns of the table after the number of new ones."""
    stays, is_new = held_out(data.labels, number, kind, seed)
    x, old = data.embeddings[stays], data.labels[stays]
    new_x, new = data.embeddings[is_new], data.labels[is_new]
    near, every = (_placed(x, old, new_x, model, whole) for whole in (False, True))
    plain = assign(x, old, new_x, model, whole=True).labels
    found = [bcubed_of_new(old, new, way) for way in (plain, every[0], near[0])]
    agreed = agreement(every[0], near[0], int(old.max()) + 1)
    costs = [cost for pair in zip(every[1], near[1], strict=True) for cost in pair]
    return [agreed, *found, *costs]


def _placed(
    x: Float32, old: Int64, new_x: Float32, model: gcn.Model, whole: bool
) -> tuple[Int64, list[float]]:
    """Clusters of the new images, and what they cost: seconds, seconds of all cores, gigabytes."""
    with MemoryWatch() as watch:
        watch.look()
        before = watch.peaks[watch.stage]
        start, busy = time.perf_counter(), time.process_time()
        everything = np.ones(len(old), bool)
        placed = assign(x, old, new_x, model, watch.report, whole, confirmed=everything).labels
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return placed, [seconds, busy, (max(watch.peaks.values()) - before) / 1e9]


def line(row: dict[str, Any]) -> str:
    """Words one row of the table."""
    agreed, *rest = row["mean"]
    scores = f"{agreed:8.3f}{rest[0]:9.3f}" + "".join(f"{value:8.3f}" for value in rest[1:3])
    sizes = "".join(f"{value:8.1f}" for value in rest[3:7])
    memory = "".join(f"{value:8.2f}" for value in rest[7:])
    where = f"{row['set']:<18}{row['images']:>9,}  {row['kind']:<8}{row['number']:>6}"
    return where + scores + sizes + memory


def mean_line(rows: Sequence[dict[str, Any]]) -> str:
    """Words the means over several sets, of the scores alone."""
    agreed, plain, every, near = np.mean([row["mean"][:4] for row in rows], 0)
    where = f"{'mean':<18}{'':>9}  {rows[0]['kind']:<8}{rows[0]['number']:>6}"
    return f"{where}{agreed:8.3f}{plain:9.3f}{every:8.3f}{near:8.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures set after set, and prints each row at once."""
    options = _parse(arguments)
    model = gcn.load_model()
    rows: list[dict[str, Any]] = []
    print(HEADING, flush=True)
    for data in _sets(options):
        warm_up(data.embeddings[:WARM_ROWS], model)
        for kind in KINDS:
            for number in options.new:
                seeds = range(options.repeats)
                found = [measure(data, number, kind, seed, model) for seed in seeds]
                rows.append(
                    {
                        "set": data.name,
                        "images": len(data.labels),
                        "kind": kind,
                        "number": number,
                        "mean": np.mean(found, 0).tolist(),
                    }
                )
                print(line(rows[-1]), flush=True)
                if options.json is not None:
                    options.json.write_text(json.dumps(rows, indent=1) + "\n")
    for kind in KINDS:
        for number in options.new:
            some = [row for row in rows if (row["kind"], row["number"]) == (kind, number)]
            if len(some) > 1:
                print(mean_line(some))


def _sets(options: argparse.Namespace) -> Iterator[BenchmarkSet]:
    if options.data is not None:
        for paths in find_sets(options.data, options.sets):
            yield paths.parts()["all"]
    if options.synthetic is not None:
        yield synthetic_set(options.synthetic)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.assign", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of labeled sets")
    parser.add_argument("--sets", nargs="+", help="names of sets; default: all")
    parser.add_argument("--synthetic", type=int, help="images of a synthetic set")
    parser.add_argument("--new", type=int, nargs="+", default=list(NEW))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args(arguments)
    if options.data is None and options.synthetic is None:
        parser.error("give --data DIR, --synthetic N or both")
    return options


if __name__ == "__main__":
    main()
