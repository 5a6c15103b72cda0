"""A first look at a set: which directions vary inside the clusters that it has.

Nearest neighbors, which relevant components start from, show only what varies least. A clustering
knows pairs of images that are one class and not nearest: what varies between those counts for less
when the set is clustered in earnest.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ..graph.knn_graph import KNNGraph
from ..graph.relations import relations_of
from ..graph.relevant_components import RelevantComponents, even_sample
from ..knn.exact import exact_neighbors
from ..knn.search import nearest_neighbors
from ..merging.levels import merge_once
from ..networks.checkpoint import Model
from ..pruning.affinities import node_state
from ..pruning.node_clusters import node_clusters
from ..runtime.distinct import distinct
from ..runtime.fixed_point import Rows
from ..runtime.progress import Progress, named, share
from .advice import neighborhood_agreement

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

NAME = "First look"

MAX_ROWS = 10_000
"""Of larger sets some neighborhoods are looked at, so that it takes a second or two at any size."""
_PARTNERS = 5
"""Sum of weights that a row has among the pairs, at most: large clusters shall not decide alone."""
_MIN_WEIGHT = 10.0


class FirstLook(NamedTuple):
    """Embeddings rescaled by the clusters of some of the images.

    Attributes:
        refined: Unit rows, rescaled by what varies inside clusters, shape (N, D'), float32.
        looked_at: Images that were clustered.
        clusters: Clusters of these.
        agreement: How much their neighbors agreed before, from `advice.neighborhood_agreement`:
            rescaled by clusters, they agree on whatever those are.
    """

    refined: Float32
    looked_at: int
    clusters: int
    agreement: float


def first_look(
    components: RelevantComponents,
    original: Rows,
    k: int,
    model: Model,
    device: str | None = None,
    progress: Progress | None = None,
) -> FirstLook:
    """Clusters a set, or neighborhoods of a large one, and rescales it by what that found.

    Source: chunklets of Bar-Hillel, Hertz, Shental & Weinshall, "Learning Distance Functions using
    Equivalence Relations", ICML 2003, found by the two networks instead of given.

    Args:
        components: Of the set.
        original: Its unit rows as they came, shape (N, D), also in fixed point.
        k: Neighbors per row, below N; never more than the model's own number are looked at.
        model: With its networks on `device`.
        device: Of the search; None for the CPU.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The rescaled rows; those of `components` where too few pairs were found.
    """
    progress, k = named(progress, NAME), min(k, model.settings.k)
    rows = some_neighborhoods(components.refined, k, MAX_ROWS, device)
    x = components.refined[rows]
    k = min(k, len(x) - 1)
    found = nearest_neighbors(x, k, share(progress, 0.0, 0.5), device)
    graph = KNNGraph(found.ids, found.similarity)
    relations = relations_of(x, graph, original=original[rows], progress=share(progress, 0.5, 0.6))
    state = node_state(
        x, relations, model.gcn_v, model.settings, found.order, share(progress, 0.6, 0.9)
    )
    parts = node_clusters(state, model.settings)
    labels = merge_once(state, parts, model.gcn_c, model.settings)
    refined = _learned(components, rows, pairs_inside(graph.neighbors, labels, state.affinity))
    agreement = neighborhood_agreement(relations)
    return FirstLook(refined, len(rows), int(labels.max()) + 1, agreement)


def learned_from_clusters(components: RelevantComponents, labels: Int64, k: int) -> Float32:
    """What a first look gives, by clusters that are known already.

    Args:
        components: Of a set of N images.
        labels: Clusters of the first M of them, shape (M,).
        k: Neighbors per row, below N.

    Returns:
        Unit rows of all N, shape (N, D'); those of `components` where too few pairs were found.
    """
    rows = some_neighborhoods(components.refined[: len(labels)], k, MAX_ROWS)
    if len(rows) < 2:
        return components.refined
    near = nearest_neighbors(components.refined[rows], min(k, len(rows) - 1)).ids
    return _learned(components, rows, pairs_inside(near, labels[rows]))


def _learned(components: RelevantComponents, rows: Int64, together: Any) -> Float32:
    """All rows, rescaled by these pairs if they are enough to learn from."""
    enough = together.sum() >= _MIN_WEIGHT
    return components.learned_from(rows, together) if enough else components.refined


def some_neighborhoods(x: Float32, k: int, most_rows: int, device: str | None = None) -> Int64:
    """Rows evenly over a set, each with its nearest neighbors, so that classes stay whole.

    Args:
        x: Unit rows, shape (N, D), float32.
        k: Neighbors of each.
        most_rows: Of all neighborhoods together, unless a single one has more.
        device: Of the search; None for the CPU.

    Returns:
        Row numbers, rising, shape (min(N, most_rows),) or, where neighborhoods overlap, fewer.
    """
    if len(x) <= most_rows:
        return np.arange(len(x))
    centers = even_sample(x, max(1, most_rows // (k + 1)))
    near = exact_neighbors(x, centers, k, device)[0]
    return distinct(np.concatenate([centers, near.ravel()])).astype(np.int64)


def pairs_inside(
    neighbors: NDArray[np.integer], labels: Int64, affinity: Float32 | None = None
) -> Any:
    """Edges of a kNN graph inside clusters, by how sure each is.

    Args:
        neighbors: The graph, shape (N, k).
        labels: Cluster of each node, shape (N,).
        affinity: Of the edges, shape (N, k); 1 if left out.

    Returns:
        Weights, a sparse array of shape (N, N), float32; those of a row sum to five at most.
    """
    weights = (labels[neighbors] == labels[:, None]).astype(np.float32)
    if affinity is not None:
        weights *= affinity
    total = weights.sum(1, keepdims=True)
    weights *= np.minimum(_PARTNERS / np.maximum(total, 1e-9), 1.0)
    kept = weights > 0
    starts = np.concatenate([[0], np.cumsum(kept.sum(1))])
    return csr_array((weights[kept], neighbors[kept], starts), (len(labels), len(labels)))
