"""Time of other clusterers on the same features, in one run: `python -m benchmarks.versus`.

All start from unit rows in memory; those that work on a kNN graph are charged the time of ours, 80
neighbors wide, which is quicker than what they come with. "Infomap, faiss" searches a graph of its
own, exactly and 40 neighbors wide, as its users do. Their settings are common defaults, the number
of clusters of k-means and of linkage is the true one: what counts here is time.

    python -m benchmarks.versus --images 50000
    python -m benchmarks.versus --images 20000 --methods HDBSCAN Infomap --json versus.json
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import psutil
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, AgglomerativeClustering

import gcn
from gcn.graph.knn_graph import KNNGraph

from .peer_graphs import run_infomap, run_leiden
from .scale import all_pairs_seconds
from .scale_size import matmul_flops
from .sets import BenchmarkSet
from .synthetic import synthetic_set

Int64 = NDArray[np.int64]
Method = Callable[[BenchmarkSet], Int64]

OURS = "ours"
_GRAPH_K, _MIN_COSINE = 40, 0.45
_KMEANS_ROUNDS = 20
_WARM_IMAGES = 3000


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs ours and each method once, prints each at once, and ends with the ratios."""
    options = _parse(arguments)
    data = synthetic_set(options.images, options.seed)
    _ours(synthetic_set(min(_WARM_IMAGES, options.images), 1))  # compiles
    print(heading(), flush=True)
    rows = [measure(OURS, _ours, data)]
    print(line(rows[0], rows[0]["seconds"]), flush=True)
    for name in options.methods:
        missing = missing_memory(name, options.images)
        if missing:
            print(f"{name:<16} left out: {missing}", flush=True)
            continue
        rows.append(measure(name, METHODS[name], data))
        print(line(rows[-1], rows[0]["seconds"]), flush=True)
        if options.json is not None:
            options.json.write_text(json.dumps(rows, indent=1) + "\n")
    print("\n" + limit(data.embeddings.shape, matmul_flops(data.embeddings.shape[1])))


def limit(shape: tuple[int, ...], flops: float) -> str:
    """What all methods are bound by that compare each image with each other one."""
    num_images, dimensions = shape
    seconds = all_pairs_seconds(num_images, dimensions, flops)
    return (
        f"limit: products of all pairs take {seconds:.1f} s at {flops / 1e9:.0f} GFLOP/s on this"
        " machine"
    )


def measure(name: str, run: Method, data: BenchmarkSet) -> dict[str, Any]:
    """Runs a method once on features that nothing has been computed of."""
    fresh = BenchmarkSet(data.name, data.embeddings, data.labels)
    start = time.perf_counter()
    labels = run(fresh)
    seconds = time.perf_counter() - start
    scores = gcn.evaluate(data.labels, labels)
    return {"method": name, "images": len(labels), "seconds": seconds, **scores.as_dict()}


def missing_memory(name: str, num_images: int) -> str:
    """Why a method cannot run on this machine; empty if it can."""
    needed = 8 * num_images**2 if name == "average linkage" else 0
    free = psutil.virtual_memory().available
    if needed < free:
        return ""
    return f"its distances take {needed / 1e9:.0f} GB and {free / 1e9:.0f} GB are free"


def heading() -> str:
    """First line of the table."""
    return f"{'method':<16}{'seconds':>9}{'times ours':>12}{'B-F':>7}{'clusters':>10}"


def line(row: dict[str, Any], ours: float) -> str:
    """One method."""
    return (
        f"{row['method']:<16}{row['seconds']:>9.1f}{row['seconds'] / ours:>12.1f}"
        f"{row['bcubed_f']:>7.3f}{row['n_clusters']:>10,}"
    )


def _ours(data: BenchmarkSet) -> Int64:
    return gcn.cluster(data.embeddings).labels


def _hdbscan(data: BenchmarkSet) -> Int64:
    return HDBSCAN(min_cluster_size=5, n_jobs=-1, copy=False).fit_predict(data.embeddings)


def _average_linkage(data: BenchmarkSet) -> Int64:
    count = len(np.unique(data.labels))
    linkage = AgglomerativeClustering(count, metric="cosine", linkage="average")
    return linkage.fit_predict(data.embeddings)


def _kmeans(data: BenchmarkSet) -> Int64:
    x = data.embeddings
    count = len(np.unique(data.labels))
    found = faiss.Kmeans(
        x.shape[1], count, niter=_KMEANS_ROUNDS, spherical=True, min_points_per_centroid=1, seed=1
    )
    found.train(x)
    return found.index.search(x, 1)[1][:, 0].astype(np.int64)


def _infomap(data: BenchmarkSet) -> Int64:
    return run_infomap(data, (float(_GRAPH_K), _MIN_COSINE))


def _infomap_of_faiss(data: BenchmarkSet) -> Int64:
    x = data.embeddings
    similarity, found = faiss.knn(x, x, _GRAPH_K + 1, metric=faiss.METRIC_INNER_PRODUCT)
    # A row is its own nearest neighbor; among copies of it that does not matter here.
    graph = KNNGraph(found[:, 1:].astype(np.int32), similarity[:, 1:])
    of_faiss = BenchmarkSet(data.name, x, data.labels)
    of_faiss.graph = graph
    return run_infomap(of_faiss, (float(_GRAPH_K), _MIN_COSINE))


def _leiden(data: BenchmarkSet) -> Int64:
    return run_leiden("CPM", data, (float(_GRAPH_K), 0.1))


METHODS: dict[str, Method] = {
    "k-means, true k": _kmeans,
    "Infomap": _infomap,
    "Infomap, faiss": _infomap_of_faiss,
    "Leiden CPM": _leiden,
    "average linkage": _average_linkage,
    "HDBSCAN": _hdbscan,
}


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.versus", description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
