"""Parameter-free graph convolutions: embeddings averaged over their neighbors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .graph import KNNGraph
from .moments import Moments, random_pair_moments
from .parallel import edge_slices, for_row_blocks, row_slices, rows_per_block
from .progress import Progress, share, tell
from .relations_kernels import diffuse_rows, edge_dots

Float32 = NDArray[np.float32]

_BROAD, _SHARPER = 1.0, 4
"""Width of the broad transition in units of the set's scale; the sharp is so much narrower."""


def transition_roots(similarity: Float32, scale: float) -> tuple[Float32, Float32]:
    """Square roots of the broad transition, and the factor that makes the sharp one of it.

    The sharp width is a quarter of the broad one, so its weights are fourth powers.
    """
    root = np.empty_like(similarity)
    factor = np.empty(len(similarity), np.float32)
    for block in edge_slices(*similarity.shape):
        s = similarity[block]
        weights = np.exp((s - s[:, :1]) / np.float32(scale * _BROAD))
        broad_sum = weights.sum(1)
        factor[block] = broad_sum**2 / np.sqrt((weights**_SHARPER).sum(1))
        root[block] = np.sqrt(weights / broad_sum[:, None])
    return root, factor


def diffuse(x: Float32, neighbors: NDArray[np.int32], transition: Float32) -> Float32:
    """Averages each row with its neighbors' rows, half and half: a parameter-free convolution.

    Args:
        x: Unit rows, shape (N, D).
        neighbors: Shape (N, k).
        transition: Weights of the neighbors, shape (N, k), rows sum to 1.

    Returns:
        Unit rows, shape (N, D), float32.
    """
    smoothed = np.empty_like(x)
    for_row_blocks(diffuse_rows, len(x), np.arange(len(x)), x, neighbors, transition, smoothed)
    return smoothed


def diffused_similarity(
    x: Float32,
    graph: KNNGraph,
    roots: tuple[Float32, Float32],
    asked: NDArray[np.bool_],
    order: NDArray[np.integer],
    progress: Progress | None,
) -> tuple[Float32, Float32, Moments]:
    """Cosines of embeddings averaged over their neighbors, along the edges of the graph.

    Args:
        x: Unit rows, shape (N, D).
        graph: Their kNN graph.
        roots: From `transition_roots`.
        asked: Nodes of which features of edges will be needed, shape (N,).
        order: All nodes in the order in which memory is read, shape (N,).
        progress: Called with the share done; may raise to cancel.

    Returns:
        With the broad transition, in rows of `asked` and of their neighbors, whose means are
        needed; with the sharp one, in rows of `asked`; both of shape (N, k), 0 elsewhere. Last the
        random-pair statistics of the broad averages of all nodes.
    """
    near = asked.copy()
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

    x: Float32
    graph: KNNGraph
    broad_root: Float32
    sharp_factor: Float32
    smoothed: Float32


def _diffuse_into(
    fill: _Diffusion, rows: NDArray[np.integer], progress: Progress | None, sharp: bool
) -> None:
    for piece in row_slices(len(rows), rows_per_block(fill.broad_root.shape[1])):
        tell(progress, piece.start / len(rows), "Relations")
        block = rows[piece]
        weights = np.square(fill.broad_root[block])
        if sharp:
            weights = np.square(np.square(weights) * fill.sharp_factor[block, None])
        for_row_blocks(
            diffuse_rows, len(block), block, fill.x, fill.graph.neighbors, weights, fill.smoothed
        )


def edge_cosines(
    x: Float32, graph: KNNGraph, rows: NDArray[np.integer], progress: Progress | None = None
) -> Float32:
    """Inner products along the edges that leave `rows`.

    Args:
        x: Unit rows, shape (N, D).
        graph: Over the N nodes.
        rows: Node ids in the order in which memory is read, shape (R,).
        progress: Called with the share done; may raise to cancel.

    Returns:
        Shape (N, k), float32, 0 in other rows; untouched pages of those take no memory.
    """
    dots = np.zeros_like(graph.similarity)
    for piece in row_slices(len(rows), rows_per_block(graph.neighbors.shape[1])):
        tell(progress, piece.start / len(rows), "Relations")
        block = rows[piece]
        for_row_blocks(edge_dots, len(block), block, x, graph.neighbors, dots)
    return dots
