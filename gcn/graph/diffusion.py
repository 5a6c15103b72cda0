"""Parameter-free graph convolutions: embeddings averaged over their neighbors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..runtime.fixed_point import Int16, floats, store
from ..runtime.parallel import cached_slices, for_slices
from ..runtime.progress import Progress, share, tell
from .edge_cosines import edge_cosines
from .knn_graph import KNNGraph
from .moments import Moments, random_pair_moments
from .relations_kernels import diffuse_rows

Float32 = NDArray[np.float32]

_BROAD, _SHARPER = 1.0, 4
"""Width of the broad transition in units of the set's scale; the sharp is so much narrower."""


def transition_roots(similarity: Float32, scale: float) -> tuple[Int16, Float32]:
    """Square roots of the broad transition, and the factor that makes the sharp one of it.

    The sharp width is a quarter of the broad one, so its weights are fourth powers.

    Args:
        similarity: Falling along each row, shape (N, k).
        scale: The set's local unit.

    Returns:
        The roots in fixed point, shape (N, k), and the factors, shape (N,), float32.
    """
    root = np.empty(similarity.shape, np.int16)
    factor = np.empty(len(similarity), np.float32)

    def fill(block: slice) -> None:
        s = similarity[block]
        weights = np.exp((s - s[:, :1]) / np.float32(scale * _BROAD))
        broad_sum = weights.sum(1)
        factor[block] = broad_sum**2 / np.sqrt((weights**_SHARPER).sum(1))
        store(np.sqrt(weights / broad_sum[:, None]), root[block])

    for_slices(fill, cached_slices(*similarity.shape))
    return root, factor


def diffused_similarity(
    x: Int16,
    graph: KNNGraph,
    roots: tuple[Int16, Float32],
    asked: NDArray[np.bool_],
    order: NDArray[np.integer],
    progress: Progress | None,
) -> tuple[Int16, Int16, Moments]:
    """Cosines of embeddings averaged over their neighbors, along the edges of the graph.

    Args:
        x: Unit rows in fixed point, shape (N, D).
        graph: Their kNN graph.
        roots: From `transition_roots`.
        asked: Nodes of which features of edges will be needed, shape (N,).
        order: All nodes in the order in which memory is read, shape (N,).
        progress: Called with the share done; may raise to cancel.

    Returns:
        With the broad transition, in rows of `asked` and of their neighbors, whose means are
        needed; with the sharp one, in rows of `asked`; both in fixed point, shape (N, k), 0
        elsewhere. Last the random-pair statistics of the broad averages of all nodes.
    """
    near = asked.copy()
    if not asked.all():
        near[graph.neighbors[asked].ravel()] = True
    fill = _Diffusion(x, graph, *roots, np.empty_like(x))
    _diffuse_into(fill, order, share(progress, 0.0, 0.3), sharp=False)
    moments = random_pair_moments(fill.smoothed)
    broad = edge_cosines(fill.smoothed, graph, order[near[order]], share(progress, 0.3, 0.5))
    _diffuse_into(fill, order[near[order]], share(progress, 0.5, 0.8), sharp=True)
    sharp = edge_cosines(fill.smoothed, graph, order[asked[order]], share(progress, 0.8, 1.0))
    return broad, sharp, moments


class _Diffusion(NamedTuple):
    """What `_diffuse_into` reads and the matrix that it fills."""

    x: Int16
    graph: KNNGraph
    broad_root: Int16
    sharp_factor: Float32
    smoothed: Int16


def _diffuse_into(
    fill: _Diffusion, rows: NDArray[np.integer], progress: Progress | None, sharp: bool
) -> None:
    tables = (fill.x, fill.graph.neighbors)

    def work(piece: slice) -> None:
        block = rows[piece]
        weights = np.square(floats(fill.broad_root[block]))
        if sharp:
            weights = np.square(np.square(weights) * fill.sharp_factor[block, None])
        diffuse_rows(0, len(block), block, *tables, weights, fill.smoothed)

    pieces = cached_slices(len(rows), fill.broad_root.shape[1])
    for_slices(work, pieces, lambda done: tell(progress, done, "Relations"))
