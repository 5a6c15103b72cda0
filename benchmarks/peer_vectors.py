"""Methods that cluster the embeddings themselves, from scikit-learn and finch-clust."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans

from .peer import GridPeer, Setting
from .sets import BenchmarkSet

Int64 = NDArray[np.int64]

_DBSCAN_MIN_SAMPLES = (2, 3, 5, 10, 20)
_DBSCAN_QUANTILES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_HDBSCAN_MIN_SIZES = (2, 3, 5, 10, 20)
_HDBSCAN_MIN_SAMPLES = (1, 3, 10)
_EOM, _LEAF = 0.0, 1.0
_MAX_LEVELS = 8


def vector_peers() -> list[GridPeer]:
    """The peers of this file with their grids."""
    return [
        GridPeer("DBSCAN", _dbscan_grid, run_dbscan),
        GridPeer("HDBSCAN", _hdbscan_grid, run_hdbscan),
        GridPeer("k-means, true k", lambda _: [()], run_kmeans),
        GridPeer("FINCH", lambda _: [(float(level),) for level in range(_MAX_LEVELS)], run_finch),
    ]


def run_dbscan(data: BenchmarkSet, setting: Setting) -> Int64:
    """DBSCAN with cosine distance on the kNN graph; `setting` is eps and min_samples.

    Only the nearest neighbors are looked at, which tell which images are core as long as
    min_samples is below their number.
    """
    eps, min_samples = setting
    # A hair above zero, or the distance of copies would be taken for a missing entry.
    distance = np.maximum(1.0 - data.graph.similarity.astype(np.float64), 1e-12)
    num_nodes, k = distance.shape
    source = np.repeat(np.arange(num_nodes), k)
    edges = (distance.ravel(), (source, data.graph.neighbors.ravel()))
    directed: csr_matrix = coo_matrix(edges, shape=(num_nodes, num_nodes)).tocsr()
    missing = directed.T - directed.T.multiply(directed.astype(bool))
    distances = (directed + missing).tocsr()
    distances.setdiag(0.0)
    distances.sort_indices()
    found = DBSCAN(eps=eps, min_samples=int(min_samples), metric="precomputed").fit(distances)
    return found.labels_.astype(np.int64)


def run_hdbscan(data: BenchmarkSet, setting: Setting) -> Int64:
    """HDBSCAN; `setting` is min_cluster_size, min_samples and 0 for eom or 1 for leaf."""
    min_size, min_samples, method = setting
    found = HDBSCAN(
        min_cluster_size=int(min_size),
        min_samples=int(min_samples),
        cluster_selection_method="leaf" if method == _LEAF else "eom",
        metric="precomputed",
        copy=False,
    ).fit(euclidean_distances(data.embeddings))
    return found.labels_.astype(np.int64)


def euclidean_distances(embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
    """Distances of all pairs of unit rows, shape (N, N)."""
    cosines = embeddings @ embeddings.T
    distances = np.sqrt(np.maximum(2.0 - 2.0 * cosines.astype(np.float64), 0.0))
    np.fill_diagonal(distances, 0.0)
    return distances


def run_kmeans(data: BenchmarkSet, setting: Setting) -> Int64:
    """k-means with as many clusters as there are classes; no setting."""
    del setting
    num_classes = len(np.unique(data.labels))
    found = KMeans(num_classes, n_init=1, max_iter=100, random_state=0).fit(data.embeddings)
    return found.labels_.astype(np.int64)


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Lets what is imported meanwhile do without a module."""
    loaded = sys.modules.get(module)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
        if loaded is not None:
            sys.modules[module] = loaded


def run_finch(data: BenchmarkSet, setting: Setting) -> Int64:
    """FINCH; `setting` is the level of its hierarchy, the last one where there are fewer."""
    # Its approximate search is not needed, and compiles for fifteen seconds.
    with warnings.catch_warnings(), _without("pynndescent"):
        warnings.simplefilter("ignore")
        finch = importlib.import_module("finch")
    levels, _, _ = finch.FINCH(data.embeddings, ann_threshold=len(data.labels), verbose=False)
    return levels[:, min(int(setting[0]), levels.shape[1] - 1)].astype(np.int64)


def _dbscan_grid(data: BenchmarkSet) -> list[Setting]:
    grid: list[Setting] = []
    for min_samples in _DBSCAN_MIN_SAMPLES:
        # The image itself counts as one of the samples.
        rank = min(min_samples - 1, data.graph.similarity.shape[1]) - 1
        reach = 1.0 - data.graph.similarity[:, rank]
        eps = np.maximum(np.quantile(reach, _DBSCAN_QUANTILES), 1e-6)
        grid += [(float(e), float(min_samples)) for e in eps]
    return grid


def _hdbscan_grid(data: BenchmarkSet) -> list[Setting]:
    sizes = [float(s) for s in _HDBSCAN_MIN_SIZES if s <= len(data.labels)]
    samples = [float(s) for s in _HDBSCAN_MIN_SAMPLES if s <= len(data.labels)]
    return list(product(sizes, samples, (_EOM, _LEAF)))
