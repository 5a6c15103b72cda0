"""Seconds and memory by stage as N grows: `python -m benchmarks.scale`.

The sets are synthetic and shaped like a large collection of faces, in half precision in a file, as
a user would have them. Each size runs in a process of its own and gives two lines: seconds and peak
memory of each stage. Beside what was measured stands what the machine can do at the same moment:
products of matrices, which bound the search for neighbors, and reading of memory, which bounds the
sums over neighbors.

    python -m benchmarks.scale                        # 10,000 to 584,013 images
    python -m benchmarks.scale --sizes 20000 50000 --exact
    python -m benchmarks.scale --sizes 584013 --all-nodes --json scale.json
    python -m benchmarks.scale --sizes 584013 --exact --device cuda
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import gcn

from .synthetic import synthetic_file

SIZES = (10_000, 20_000, 50_000, 100_000, 200_000, 584_013)
_PROJECTED = 5_200_000
STAGES = {
    "Relevant components": "refining",
    "First look": "1st look",
    "Nearest neighbors": "kNN",
    "Relations": "relations",
    "GCN-V": "GCN-V",
    "Pruning": "pruning",
    "GCN-C and merging": "merging",
    "Cohesion": "cohesion",
    "Usual size": "sizes",
    "Second look": "2nd look",
    "Cluster relations": "related",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures size after size, smallest first, and prints each at once."""
    options = _parse(arguments)
    rows: list[dict[str, Any]] = []
    print(heading(), flush=True)
    for num_images in sorted(options.sizes):
        synthetic_file(options.data, num_images, options.seed)
        further = {
            ("--exact",): options.exact,
            ("--all-nodes",): options.all_nodes,
            ("--device", str(options.device)): options.device,
        }
        for way in ((), *(way for way, wanted in further.items() if wanted)):
            rows.append(run_size(options.data, num_images, *way))
            print(f"{line(rows[-1])}\n{memory_line(rows[-1])}", flush=True)
            if options.json is not None:
                options.json.write_text(json.dumps(rows, indent=1) + "\n")
    usual = [row for row in rows if not row["all_nodes"] and not row["device"]]
    said = [*limits(usual), *growth(usual), *projection(usual), *selection(rows), *devices(rows)]
    print("\n" + "\n".join(said))


def run_size(folder: Path, num_images: int, *ways: str) -> dict[str, Any]:
    """Measures one size in a process of its own, with further options of `scale_size`.

    Raises:
        RuntimeError: The process failed; the message ends with what it said.
    """
    command = [sys.executable, "-m", "benchmarks.scale_size", str(folder), str(num_images)]
    done = subprocess.run(
        [*command, *ways],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    if done.returncode:
        raise RuntimeError(f"{num_images:,} images failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def heading() -> str:
    """First line of the table."""
    stages = "".join(f"{name:>10}" for name in STAGES.values())
    ends = f"{'total s':>9}{'kNN %':>7}{'peak GB':>9}{'recall':>8}{'B-F':>7}"
    return f"{'images':>9} {'search':<7}{stages}{ends}"


def line(row: dict[str, Any]) -> str:
    """One size, in seconds, with peak memory above the input in gigabytes."""
    stages = "".join(f"{row['seconds'][name]:>10.1f}" for name in STAGES)
    share = 100 * row["seconds"]["Nearest neighbors"] / row["total"]
    search = row["device"] or f"{row['search']}{'*' * row['all_nodes']}"
    return (
        f"{row['images']:>9,} {search:<7}{stages}{row['total']:>9.1f}{share:>7.0f}"
        f"{row['peak_gb']:>9.2f}{row['recall']:>8.4f}{row['bcubed_f']:>7.3f}"
    )


def memory_line(row: dict[str, Any]) -> str:
    """Peak memory of each stage above the input, in gigabytes, below its seconds."""
    peaks = "".join(f"{row['peak_gb_by_stage'][name]:>10.2f}" for name in STAGES)
    return f"{'':>9} {'peak GB':<7}{peaks}"


def all_pairs_seconds(num_rows: int, dimensions: int, flops: float) -> float:
    """Seconds that the inner products of all rows with all rows take at `flops`."""
    return 2.0 * num_rows**2 * dimensions / flops


def limits(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What the largest size took, against what the machine could do."""
    row = rows[-1]
    n, d, k = row["images"], row["dimensions"], row["k"]
    search, relations = row["seconds"]["Nearest neighbors"], row["seconds"]["Relations"]
    searching = search + row["seconds"]["Relevant components"]
    all_pairs = all_pairs_seconds(n, d, row["flops"])
    sums = 4.0 * n * k * d * 4 / row["bytes_per_second"]
    return [
        f"limits at {n:,} images: products {row['flops'] / 1e9:.0f} GFLOP/s, memory"
        f" {row['bytes_per_second'] / 1e9:.0f} GB/s",
        f"  kNN: {search:.1f} s; products of all pairs alone would take {all_pairs:.1f} s"
        f" ({search / all_pairs:.2f} of it)",
        f"  relations: {relations:.1f} s; reading each neighbor's row four times takes"
        f" {sums:.1f} s ({relations / sums:.2f} of it)",
        f"  memory: {row['peak_gb']:.1f} GB beside the input; fewer than"
        f" {row['expected_gb']:.1f} GB free would be refused",
        f"  kNN and relevant components, most of which is search too:"
        f" {100 * searching / row['total']:.0f} % of the time",
    ]


def growth(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Exponents between the smallest and the largest size that were searched by lists."""
    ends = _ends(rows)
    if ends is None:
        return []
    first, last = ends
    search = [row["seconds"]["Nearest neighbors"] for row in (first, last)]
    rest = [row["total"] - s for row, s in zip((first, last), search, strict=True)]
    ratio = np.log(last["images"] / first["images"])
    shown = {
        "kNN": search,
        "the rest": rest,
        "total": [row["total"] for row in (first, last)],
        "memory": [row["peak_gb"] for row in (first, last)],
    }
    exponents = ", ".join(f"{k} {np.log(b / a) / ratio:.2f}" for k, (a, b) in shown.items())
    return [f"growth from {first['images']:,} to {last['images']:,}: N to the {exponents}"]


def projection(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What a set too large for most machines would take if time and memory went on growing so."""
    ends = _ends(rows)
    if ends is None:
        return []
    first, last = ends
    steps = np.log(_PROJECTED / last["images"]) / np.log(last["images"] / first["images"])
    seconds, memory = (last[k] * (last[k] / first[k]) ** steps for k in ("total", "peak_gb"))
    return [
        f"projected, not measured: {_PROJECTED:,} images would take {memory:.0f} GB, and more than"
        f" {seconds / 60:.0f} minutes: search grows faster than the rest"
    ]


def _ends(rows: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The smallest and the largest size that were searched by lists; None if they are one."""
    listed = [row for row in rows if row["search"] == "lists"]
    if len(listed) < 2 or listed[0]["images"] == listed[-1]["images"]:
        return None
    return listed[0], listed[-1]


def selection(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What it saves that dense images skip GCN-V, and what it costs; `*` marks runs without."""
    said: list[str] = []
    for every in (row for row in rows if row["all_nodes"]):
        own = next(row for row in rows if row["images"] == every["images"])
        times = [row["seconds"]["GCN-V"] for row in (own, every)]
        skipped = 1.0 - own["counts"]["low_density_images"] / own["images"]
        said.append(
            f"low-density selection at {own['images']:,} images (* without): {100 * skipped:.0f} %"
            f" skip GCN-V, which takes {times[0]:.1f} s instead of {times[1]:.1f} s; pairwise"
            f" precision {own['pairwise_precision']:.2f} instead of"
            f" {every['pairwise_precision']:.2f}, BCubed F {own['bcubed_f']:.3f} instead of"
            f" {every['bcubed_f']:.3f}"
        )
    return said


def devices(rows: Sequence[dict[str, Any]]) -> list[str]:
    """How the clusters found on a device agree with those of the CPU, searched exactly if it was.

    A device searches exactly, so only with exact search on the CPU should they be the same ones.
    """
    said: list[str] = []
    for row in (row for row in rows if row["device"]):
        own = [other for other in rows if other["images"] == row["images"] and not other["device"]]
        other = min(own, key=lambda other: (other["all_nodes"], other["search"]))
        scores = gcn.evaluate(np.load(other["found"]), np.load(row["found"]))
        said.append(
            f"{row['device']} at {row['images']:,} images: {row['device_gb']:.1f} GB of its memory;"
            f" {other['total'] / row['total']:.1f} times as fast as the CPU with"
            f" {other['search']} search; clusters of the two agree with a pairwise F of"
            f" {scores.pairwise_f:.5f}, {100 * _same(other, row):.2f} % of images have exactly the"
            " same cluster"
        )
    return said


def _same(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Share of the images whose cluster holds exactly the same images in two results."""
    labels = [np.unique(np.load(row["found"]), return_inverse=True)[1] for row in (one, other)]
    sizes = [np.bincount(each) for each in labels]
    pairs, inverse = np.unique(np.stack(labels, 1), axis=0, return_inverse=True)
    shared = np.bincount(inverse.ravel())
    whole = (sizes[0][pairs[:, 0]] == shared) & (sizes[1][pairs[:, 1]] == shared)
    return float(shared[whole].sum() / len(labels[0]))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--exact", action="store_true", help="also with exact search")
    parser.add_argument(
        "--all-nodes", action="store_true", help="also with every image through GCN-V"
    )
    parser.add_argument("--device", help="also on a device of torch's, such as cuda")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--data", type=Path, default=Path(".bench/scale"), help="where the features are kept"
    )
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
