"""The distribution of similarity between two random rows of a set: its unit of measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fixed_point import Rows, floats
from .parallel import row_slices

_BLOCK_ROWS = 16_384


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of the cosine of a random pair.

    Attributes:
        mean: Mean inner product of two different rows.
        std: Its standard deviation, at least 0.001.
    """

    mean: float
    std: float

    def z(self, similarity: NDArray[np.floating]) -> NDArray[np.float32]:
        """Similarity in units of the random-pair distribution, compressed by asinh."""
        scaled = (similarity - np.float32(self.mean)) / np.float32(self.std)
        return np.arcsinh(scaled).astype(np.float32)


def random_pair_moments(x: Rows) -> Moments:
    """Statistics of the inner product of two different random rows, without drawing pairs.

    The mean is |Σx|² and the second moment ‖XᵀX‖², both less what a row has with itself, over the
    number of pairs.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
    """
    n = len(x)
    if n < 2:
        return Moments(0.0, 1.0)
    total, own = column_sums(x), squared_lengths(x)
    # Both Gram matrices have the same Frobenius norm; the smaller one is formed.
    gram = _gram(floats(x)) if n < x.shape[1] else scatter_matrix(x)
    second = float(np.square(gram).sum())
    pairs = n * (n - 1.0)
    mean = (float(total @ total) - float(own.sum())) / pairs
    variance = (second - float(own @ own)) / pairs - mean * mean
    return Moments(mean, max(variance, 1e-6) ** 0.5)


def column_sums(x: Rows) -> NDArray[np.float64]:
    """Sum of the rows of `x`, shape (D,), added up block by block."""
    total = np.zeros(x.shape[1])
    for block in row_slices(len(x), _BLOCK_ROWS):
        total += floats(x[block]).sum(0, dtype=np.float64)
    return total


def squared_lengths(x: Rows) -> NDArray[np.float64]:
    """Inner product of each row of `x` with itself, shape (N,)."""
    found = np.empty(len(x))
    for block in row_slices(len(x), _BLOCK_ROWS):
        rows = floats(x[block])
        found[block] = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    return found


def _gram(x: NDArray[np.float32]) -> NDArray[np.float64]:
    return (x @ x.T).astype(np.float64)


def scatter_matrix(x: Rows) -> NDArray[np.float64]:
    """XᵀX of the rows X of `x`, shape (D, D), float64, added up block by block."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for block in row_slices(len(x), _BLOCK_ROWS):
        rows = floats(x[block])
        total += rows.T @ rows
    return total
