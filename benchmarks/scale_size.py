"""Clusters one set of `benchmarks.scale` and prints what it took as one line of JSON."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

import gcn
from gcn.graph.memory import needed_bytes
from gcn.knn import search
from gcn.pruning import affinities

from .stage_watch import StageWatch
from .synthetic import synthetic_file

_EVERY_SECONDS = 0.05
WARM_ROWS = 3000


class MemoryWatch(StageWatch):
    """Notes the peak of this process's memory in each stage."""

    def __init__(self) -> None:
        super().__init__(_EVERY_SECONDS)
        self.peaks: dict[str, int] = defaultdict(int)
        self._process = psutil.Process()

    def report(self, done: float, stage: str) -> None:
        """Takes part as the progress callback of the clustering."""
        super().report(done, stage)
        self.look()

    def look(self) -> None:
        """Compares what is used with the peak so far."""
        self.peaks[self.stage] = max(self.peaks[self.stage], _own_memory(self._process))


def _own_memory(process: psutil.Process) -> int:
    """Bytes without pages of the input's own file, which can be dropped at any time."""
    used = process.memory_info()
    return used.rss - getattr(used, "shared", 0)


def measure(
    folder: Path,
    num_images: int,
    exact: bool = False,
    all_nodes: bool = False,
    device: str | None = None,
) -> dict[str, Any]:
    """Clusters one set, compiled code and model being ready.

    Args:
        folder: Where the features are kept, and the clusters that were found.
        num_images: N.
        exact: Search exactly, whatever N.
        all_nodes: GCN-V scores every node, whatever N.
        device: Of the search and the networks; the CPU if left out.
    """
    features, labels = synthetic_file(folder, num_images)
    x = np.load(features, mmap_mode="r")
    model = gcn.load_model()
    warm_up(np.asarray(x[:WARM_ROWS], np.float32), model, device)
    if exact:
        search.EXACT_ROWS = num_images
    if all_nodes:
        affinities.MANY_ROWS = num_images + 1
    own = _own_memory(psutil.Process())
    with MemoryWatch() as watch:
        start = time.perf_counter()
        result = gcn.cluster(x, model, progress=watch.report, device=device)
        total = time.perf_counter() - start
    counts = {name: count for stage in result.stages for name, count in stage.counts.items()}
    thresholds = {name: at for stage in result.stages for name, at in stage.thresholds.items()}
    ways = {"exact": exact, "all-nodes": all_nodes, device: device}
    found = folder / "-".join(["found", str(num_images), *(str(way) for way in ways if ways[way])])
    np.save(f"{found}.npy", result.labels)
    return {
        "images": num_images,
        "search": "lists" if "lists" in counts else "exact",
        "all_nodes": all_nodes,
        "device": device,
        "found": f"{found}.npy",
        "device_gb": _device_gigabytes(device),
        "dimensions": counts["dimensions"],
        "k": counts["k"],
        "seconds": {stage.name: stage.seconds for stage in result.stages},
        "total": total,
        "recall": thresholds["recall"],
        "counts": counts,
        "peak_gb": _gigabytes_above(own, max(watch.peaks.values())),
        "expected_gb": needed_bytes(num_images, x.shape[1], counts["k"]) / 1e9,
        "peak_gb_by_stage": {at: _gigabytes_above(own, peak) for at, peak in watch.peaks.items()},
        "flops": matmul_flops(counts["dimensions"]),
        "bytes_per_second": memory_bandwidth(),
        **gcn.evaluate(np.load(labels), result.labels).as_dict(),
    }


def _gigabytes_above(own: int, peak: int) -> float:
    """Gigabytes of a peak above `own`; none where the system took memory back meanwhile."""
    return max(0, peak - own) / 1e9


def _device_gigabytes(device: str | None) -> float:
    """Peak memory that was taken from a CUDA device, in gigabytes."""
    if device is None or torch.device(device).type != "cuda":
        return 0.0
    return torch.cuda.max_memory_allocated(device) / 1e9


def matmul_flops(dimensions: int) -> float:
    """Floating-point operations per second of a product like those of the search."""
    a, b = torch.randn(2048, dimensions), torch.randn(2048, dimensions)
    out = torch.empty(2048, 2048)
    seconds = _best(lambda: torch.mm(a, b.T, out=out))
    return 2.0 * 2048 * 2048 * dimensions / seconds


def memory_bandwidth() -> float:
    """Bytes read per second by a sum over far more than fits a cache."""
    values = torch.ones(100_000_000)
    return 4.0 * len(values) / _best(values.sum)


def _best(run: Any) -> float:
    seconds: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def warm_up(rows: Any, model: gcn.Model, device: str | None = None) -> None:
    """Compiles what a clustering runs, with exact search and with lists."""
    gcn.cluster(rows, model, device=device)
    usual = search.EXACT_ROWS
    search.EXACT_ROWS = 0
    gcn.cluster(rows, model, device=device)
    search.EXACT_ROWS = usual


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale_size", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("images", type=int)
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--all-nodes", action="store_true")
    parser.add_argument("--device")
    options = parser.parse_args()
    ways = options.exact, options.all_nodes, options.device
    print(json.dumps(measure(options.folder, options.images, *ways)))


if __name__ == "__main__":
    main()
