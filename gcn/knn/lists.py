"""Inverted lists: rows sorted around centroids, so that a search looks at a few lists only."""

from __future__ import annotations

from typing import Any, NamedTuple

import faiss  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
import torch
from numpy.typing import NDArray

from ..runtime.parallel import row_slices, row_workers
from ..runtime.progress import Progress, tell
from ..runtime.workers import Workers
from .exact_half import nearest_in_half, pays_in_half
from .kernels import invert

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

_LISTS_PER_ROOT = 4
_TRAINING_ROWS_PER_LIST = 32
_TRAINING_ROUNDS = 4
_BLOCK_SCORES = 2_000_000
_REPORT_ROWS = 65_536


class InvertedLists(NamedTuple):
    """Which rows belong to which list, as one array cut into pieces.

    Attributes:
        starts: Where the rows of each list begin, shape (L + 1,), int64.
        rows: Row numbers, rising inside each list, int32.
    """

    starts: Int64
    rows: Int32

    def of(self, number: int) -> Int32:
        """Rows of one list."""
        return self.rows[self.starts[number] : self.starts[number + 1]]


def usual_num_lists(num_rows: int) -> int:
    """Lists that balance the search for lists against the search inside them: 4 √N."""
    return max(1, min(num_rows, round(_LISTS_PER_ROOT * num_rows**0.5)))


def train_centroids(
    x: Float32, num_lists: int, progress: Progress | None = None, among: Int64 | None = None
) -> Float32:
    """Centroids of spherical k-means on an even sample; the same rows give the same centroids.

    Args:
        x: Unit rows, shape (N, D).
        num_lists: L, at most as many as there are rows to draw.
        progress: Called with the share done; may raise to cancel.
        among: Rows to draw the sample from; all if left out.

    Returns:
        Unit rows, shape (L, D), float32.
    """
    rows = np.arange(len(x)) if among is None else among
    wanted = max(num_lists, min(len(rows), _TRAINING_ROWS_PER_LIST * num_lists))
    rows = np.random.default_rng(0).permutation(rows)[:wanted]
    sample, index = x[np.sort(rows)], faiss.IndexFlatIP(x.shape[1])
    kmeans = _one_round(x.shape[1], num_lists)
    centroids = np.empty((0, x.shape[1]), np.float32)
    # A thread that ends takes its helpers along, which the calling one would keep: after a fork it
    # would wait for them without end.
    with Workers(1) as own:
        # Rounds are made one by one to be reported and cancelled; the result is that of all in one.
        for done in range(_TRAINING_ROUNDS):
            tell(progress, done / _TRAINING_ROUNDS, "Nearest neighbors: centroids")
            kmeans.spherical = done == 0
            own.submit(kmeans.train, sample, index).result()
            centroids = faiss.vector_to_array(kmeans.centroids).reshape(num_lists, -1)
            if not kmeans.spherical:
                # Told to, it would scale what it begins with too, which is of unit length already.
                faiss.normalize_L2(centroids)
                faiss.copy_array_to_vector(centroids.ravel(), kmeans.centroids)
    return centroids


def _one_round(dimensions: int, num_lists: int) -> Any:
    kmeans = faiss.Clustering(dimensions, num_lists)
    kmeans.niter = 1
    kmeans.min_points_per_centroid = 1
    kmeans.max_points_per_centroid = _TRAINING_ROWS_PER_LIST
    kmeans.seed = 1
    return kmeans


def nearest_lists(
    x: Float32, centroids: Float32, num_probes: int, progress: Progress | None = None
) -> Int32:
    """The lists whose centroids are most similar to each row.

    Args:
        x: Unit rows, shape (N, D).
        centroids: Shape (L, D).
        num_probes: p, at most L.
        progress: Called with the share done; may raise to cancel.

    Returns:
        List numbers, the most similar first, shape (N, p), int32.
    """
    ids = np.empty((len(x), num_probes), np.int32)
    if pays_in_half(len(x), *centroids.shape):
        for piece in row_slices(len(x), _REPORT_ROWS):
            tell(progress, piece.start / len(x), "Nearest neighbors: lists")
            ids[piece] = nearest_in_half(x[piece], centroids, num_probes)[0]
        return ids
    with row_workers(blocks_per_worker=4) as run:
        for piece in row_slices(len(x), _REPORT_ROWS):
            tell(progress, piece.start / len(x), "Nearest neighbors: lists")
            run(_probe, piece.stop - piece.start, x[piece], centroids, ids[piece])
    return ids


def _probe(start: int, stop: int, x: Float32, centroids: Float32, ids: Int32) -> None:
    count = ids.shape[1]
    step = max(1, _BLOCK_SCORES // len(centroids))
    across = torch.from_numpy(centroids).T
    out = torch.empty((min(step, stop - start), len(centroids)), dtype=torch.float32)
    for first in range(start, stop, step):
        rows = slice(first, min(first + step, stop))
        some = torch.from_numpy(x[rows])
        scores = torch.mm(some, across, out=out[: len(some)]).numpy()
        if count == 1:
            ids[rows, 0] = scores.argmax(1)
            continue
        np.negative(scores, out=scores)
        near = np.argpartition(scores, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(scores, near, 1), axis=1, kind="stable")
        ids[rows] = np.take_along_axis(near, order, 1)


def inverted(probes: Int32, num_lists: int, rows: Int64 | None = None) -> InvertedLists:
    """For each list the rows that probe it.

    Args:
        probes: List numbers of each row, shape (N, p).
        num_lists: L.
        rows: Those that probe any; all if left out.
    """
    rows = np.arange(len(probes)) if rows is None else rows
    count = np.zeros(len(probes), np.int64)
    count[rows] = probes.shape[1]
    return inverted_pairs(count, probes[rows].reshape(-1), num_lists)


def inverted_pairs(count: Int64, lists: Int32, num_lists: int, offset: int = 0) -> InvertedLists:
    """For each list the rows that probe it, where some probe more lists than others.

    Args:
        count: Lists of each row, shape (R,).
        lists: Their numbers, row after row, shape (sum of `count`,).
        num_lists: L.
        offset: Number of the first row.
    """
    starts = np.zeros(num_lists + 1, np.int64)
    np.cumsum(np.bincount(lists, minlength=num_lists), out=starts[1:])
    rows = np.empty(starts[-1], np.int32)
    invert(count, lists, offset, starts, rows)
    return InvertedLists(starts, rows)
