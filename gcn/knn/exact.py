"""Exact nearest neighbors by inner product: every row against every other, in blocks.

Each core searches for blocks of its own. Threads of faiss would divide each product and each heap
anew, waiting for one another in between, and differ in last digits with their number.
"""

from __future__ import annotations

import faiss  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
from numpy.typing import NDArray

from ..runtime.parallel import results_in_order, row_slices
from ..runtime.progress import Progress, share, tell
from .exact_device import exact_on_device
from .exact_half import exact_in_half, pays_in_half

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

MAX_QUERIES = 16_384
"""Rows that are searched for at once."""

_MIN_BLOCK_ROWS, _MAX_BLOCK_ROWS = 64, 384
"""Few enough for many cores to have blocks of 1,500 rows, enough for products to be quick."""
_BLOCK_PRODUCTS = 2e11
"""Multiplications between two reports: seconds of a core."""


def exact_neighbors(
    x: Float32, rows: Int64, k: int, device: str | None = None, progress: Progress | None = None
) -> tuple[Int32, Float32]:
    """The `k` most similar others of some rows.

    Self is excluded by number, so duplicates of a row remain its neighbors.

    Args:
        x: Unit rows, shape (N, D), float32, C-contiguous.
        rows: Row numbers, shape (R,).
        k: Neighbors per row; below N.
        device: A torch device that searches; None for the CPU, by faiss or, where that is
            quicker, in half precision first.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Row numbers, shape (R, k), int32, and their similarity, falling, float32.
    """
    if device is not None:
        ids, found = exact_on_device(x, rows, k, device, progress)
        return ids, np.clip(found, -1.0, 1.0, out=found)
    neighbors = np.empty((len(rows), k), np.int32)
    similarity = np.empty((len(rows), k), np.float32)
    if pays_in_half(len(rows), len(x), x.shape[1], k):
        for block in row_slices(len(rows), MAX_QUERIES):
            part = share(progress, block.start / len(rows), min(block.stop / len(rows), 1.0))
            neighbors[block], similarity[block] = exact_in_half(x, rows[block], k, part)
        return neighbors, np.clip(similarity, -1.0, 1.0, out=similarity)
    step = int(np.clip(_BLOCK_PRODUCTS / x.size, _MIN_BLOCK_ROWS, _MAX_BLOCK_ROWS))
    tell(progress, 0.0, "Nearest neighbors")

    def search(block: slice) -> float:
        faiss.omp_set_num_threads(1)  # of this thread
        neighbors[block], similarity[block] = _nearest(x, rows[block], k)
        return block.stop / len(rows)

    for done in results_in_order(search, row_slices(len(rows), step)):
        tell(progress, done, "Nearest neighbors")
    return neighbors, np.clip(similarity, -1.0, 1.0, out=similarity)


def _nearest(x: Float32, asked: Int64, k: int) -> tuple[Int32, Float32]:
    similarity, found = faiss.knn(x[asked], x, k + 1, metric=faiss.METRIC_INNER_PRODUCT)
    keep = found != asked[:, None]  # (rows, k + 1)
    # Where duplicates crowd self out of the list, the last and weakest entry goes instead.
    keep[keep.all(1), -1] = False
    shape = len(asked), k
    return found[keep].reshape(shape).astype(np.int32), similarity[keep].reshape(shape)
