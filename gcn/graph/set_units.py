"""What the relations in a set are measured in: statistics of the whole set, or of a sample of it.

A part of a set has other statistics than the whole. What is read of a part in the units of the
whole means the same as in the whole.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..knn.exact import exact_neighbors
from ..runtime.fixed_point import Rows, floats
from ..runtime.parallel import cached_slices, for_slices, row_slices
from ..runtime.progress import Progress
from .diffusion import transition_roots
from .moments import Moments, random_pair_moments
from .relevant_components import even_sample

Float32 = NDArray[np.float32]

_MIN_SCALE = 1e-3
_SAMPLED_ROWS, _MOMENT_ROWS = 1024, 16_384
_BLOCK_NUMBERS = 4_000_000


class SetUnits(NamedTuple):
    """Units of measure of one set.

    Attributes:
        scale: Mean deviation of similarity along a row of the kNN graph.
        moments: Random-pair statistics of the refined embeddings.
        diffused_moments: Of those averaged over their neighbors.
        original_scale: Mean deviation along a row of the embeddings as they came.
        original_moments: Their random-pair statistics.
    """

    scale: float
    moments: Moments
    diffused_moments: Moments
    original_scale: float
    original_moments: Moments


def row_scale(similarity: Rows) -> float:
    """Mean deviation along the rows of a kNN graph, at least 0.001.

    Args:
        similarity: Shape (N, k), also in fixed point.
    """
    deviation = np.empty(len(similarity), np.float32)

    def fill(block: slice) -> None:
        deviation[block] = floats(similarity[block]).std(1)

    for_slices(fill, cached_slices(*similarity.shape))
    return max(float(deviation.mean()), _MIN_SCALE)


def sampled_units(x: Float32, original: Rows, k: int, progress: Progress | None = None) -> SetUnits:
    """Estimates the units of a set from some of its rows and their true neighbors.

    Args:
        x: Refined unit rows, shape (N, D).
        original: Unit rows as they came, shape (N, D'), also in fixed point.
        k: Neighbors per row in the kNN graph; below N.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The units; of samples of at most 1,024 rows and, for the moments, 16,384.
    """
    rows = even_sample(x, _SAMPLED_ROWS)
    neighbors, similarity = exact_neighbors(x, rows, k, progress=progress)
    scale = row_scale(similarity)
    weights = np.square(floats(transition_roots(similarity, scale)[0]))
    smoothed = np.empty((len(rows), x.shape[1]), np.float32)
    as_they_came = np.empty_like(similarity)
    step = max(1, _BLOCK_NUMBERS // (k * max(x.shape[1], original.shape[1])))
    for block in row_slices(len(rows), step):
        near, here = neighbors[block], rows[block]
        total = x[here] + np.einsum("sk,skd->sd", weights[block], x[near])
        smoothed[block] = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)
        own, others = floats(original[here]), floats(original[near])
        as_they_came[block] = np.einsum("sd,skd->sk", own, others)
    sample = np.sort(even_sample(x, _MOMENT_ROWS))
    return SetUnits(
        scale,
        random_pair_moments(x[sample]),
        random_pair_moments(smoothed),
        row_scale(as_they_came),
        random_pair_moments(original[sample]),
    )
