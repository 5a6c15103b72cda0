"""Community detection on the kNN graph: Infomap, Leiden and Chinese whispers.

Infomap and igraph (Leiden) are under the GPL; only these programs use them, the product does not.
"""

from __future__ import annotations

import random
from functools import partial
from itertools import product

# Before Infomap, whose iterators it would take over: the first use then crashes.
import faiss  # noqa: F401  # pyright: ignore[reportUnusedImport]
import igraph
import infomap
import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

from gcn.graph.knn_graph import KNNGraph

from .peer import GridPeer, Setting
from .sets import BenchmarkSet

Int64 = NDArray[np.int64]

GRAPH_KS = (3, 5, 10, 20, 40, 80)
_QUANTILES = (0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 0.96)
_CPM_RESOLUTIONS = (
    0.0003,
    0.001,
    0.003,
    0.01,
    0.03,
    0.06,
    0.1,
    0.15,
    0.2,
    0.3,
    0.4,
    0.5,
    0.6,
    0.7,
    0.8,
    0.9,
)
_MODULARITY_RESOLUTIONS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_WHISPER_ROUNDS = 30
_MIN_WEIGHT = 1e-6


def graph_peers() -> list[GridPeer]:
    """The peers of this file with their grids."""
    return [
        GridPeer("Infomap", _neighbors_and_cosines, run_infomap),
        GridPeer("Chinese whispers", _neighbors_and_cosines, whispers),
        GridPeer(
            "Leiden modularity",
            lambda data: _times_k(data, _MODULARITY_RESOLUTIONS),
            partial(run_leiden, "modularity"),
        ),
        GridPeer(
            "Leiden CPM", lambda data: _times_k(data, _CPM_RESOLUTIONS), partial(run_leiden, "CPM")
        ),
    ]


def cosine_grid(graph: KNNGraph) -> list[float]:
    """Cosines worth trying as a least one: quantiles of those to the 10 nearest neighbors."""
    return [round(float(q), 4) for q in np.quantile(graph.similarity[:, :10], _QUANTILES)]


def undirected_edges(graph: KNNGraph, k: int, min_cosine: float) -> csr_matrix:
    """Joins two images if one is among the k nearest of the other.

    Args:
        graph: At least k wide.
        k: Neighbors per image.
        min_cosine: Weaker edges are left out.

    Returns:
        Each edge once, in the upper triangle, with its cosine, above zero, shape (N, N).
    """
    num_nodes = len(graph.neighbors)
    source = np.repeat(np.arange(num_nodes), min(k, graph.neighbors.shape[1]))
    target = graph.neighbors[:, :k].ravel()
    weight = graph.similarity[:, :k].ravel().astype(np.float64)
    keep = weight >= min_cosine
    low, high = np.minimum(source, target)[keep], np.maximum(source, target)[keep]
    _, first = np.unique(low.astype(np.int64) * num_nodes + high, return_index=True)
    weight = np.maximum(weight[keep][first], _MIN_WEIGHT)
    return coo_matrix((weight, (low[first], high[first])), shape=(num_nodes, num_nodes)).tocsr()


def run_infomap(data: BenchmarkSet, setting: Setting) -> Int64:
    """Two-level Infomap; `setting` is k and the least cosine."""
    edges = undirected_edges(data.graph, int(setting[0]), setting[1]).tocoo()
    network = infomap.Infomap(silent=True, two_level=True, seed=1, num_trials=1)
    for node in range(len(data.labels)):
        network.add_node(node)
    network.add_links(np.stack([edges.row, edges.col, edges.data], 1))
    modules = network.run().modules()
    return np.array([modules[node] for node in range(len(data.labels))], np.int64)


def run_leiden(objective: str, data: BenchmarkSet, setting: Setting) -> Int64:
    """Leiden; `setting` is k and the resolution."""
    edges = undirected_edges(data.graph, int(setting[0]), -1.0).tocoo()
    graph = igraph.Graph(len(data.labels), np.stack([edges.row, edges.col], 1))
    igraph.set_random_number_generator(random.Random(0))
    found = graph.community_leiden(
        objective, weights=edges.data.tolist(), resolution=setting[1], n_iterations=4
    )
    return np.array(found.membership, np.int64)


def whispers(data: BenchmarkSet, setting: Setting) -> Int64:
    """Chinese whispers; `setting` is k and the least cosine.

    Source: Biemann, "Chinese Whispers: an efficient graph clustering algorithm and its
    application to natural language processing problems", TextGraphs 2006, Sec. 2.2.
    """
    upper = undirected_edges(data.graph, int(setting[0]), setting[1])
    both = (upper + upper.T).tocsr()
    rng = np.random.default_rng(0)
    labels = np.arange(len(data.labels))
    for _ in range(_WHISPER_ROUNDS):
        order = rng.permutation(len(labels))
        if not _whisper(both.indptr, both.indices, both.data, order, labels):
            break
    return labels


@numba.njit(cache=True)
def _whisper(
    starts: NDArray[np.int32],
    neighbors: NDArray[np.int32],
    weights: NDArray[np.float64],
    order: Int64,
    labels: Int64,
) -> bool:
    """Lets every node take the label that weighs most around it; tells whether one changed."""
    heard = np.zeros(len(labels))
    changed = False
    for node in order:
        best, most = labels[node], 0.0
        for edge in range(starts[node], starts[node + 1]):
            label = labels[neighbors[edge]]
            heard[label] += weights[edge]
            if heard[label] > most:
                best, most = label, heard[label]
        for edge in range(starts[node], starts[node + 1]):
            heard[labels[neighbors[edge]]] = 0.0
        changed = changed or best != labels[node]
        labels[node] = best
    return changed


def _neighbors_and_cosines(data: BenchmarkSet) -> list[Setting]:
    return list(product(_fitting_ks(data), [-1.0, *cosine_grid(data.graph)]))


def _times_k(data: BenchmarkSet, resolutions: tuple[float, ...]) -> list[Setting]:
    return list(product(_fitting_ks(data), resolutions))


def _fitting_ks(data: BenchmarkSet) -> list[float]:
    return [float(k) for k in GRAPH_KS if k <= data.graph.neighbors.shape[1]]
