"""The distribution of similarity between two random rows of a set: its unit of measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK_ROWS = 16_384


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of the cosine of a random pair, and the effective dimension.

    Attributes:
        mean: Mean inner product of two different rows.
        std: Its standard deviation, at least 0.001.
        dimension: Participation ratio 1 / ‖XᵀX / N‖²: D for isotropic rows, 1 for identical ones.
    """

    mean: float
    std: float
    dimension: float

    def z(self, similarity: NDArray[np.floating]) -> NDArray[np.float32]:
        """Similarity in units of the random-pair distribution, compressed by asinh."""
        scaled = (similarity - np.float32(self.mean)) / np.float32(self.std)
        return np.arcsinh(scaled).astype(np.float32)


def random_pair_moments(x: NDArray[np.float32]) -> Moments:
    """Statistics of the inner product of two different random rows, without drawing pairs.

    The mean is |Σx|² and the second moment ‖XᵀX‖², both less what a row has with itself, over the
    number of pairs.

    Args:
        x: Unit rows, shape (N, D).
    """
    n = len(x)
    if n < 2:
        return Moments(0.0, 1.0, 1.0)
    total = x.sum(0, dtype=np.float64)
    # Both Gram matrices have the same Frobenius norm; the smaller one is formed.
    gram = (x @ x.T if n < x.shape[1] else scatter_matrix(x)).astype(np.float64)
    second = float(np.square(gram).sum())
    own = np.einsum("ij,ij->i", x, x, dtype=np.float64)
    pairs = n * (n - 1.0)
    mean = (float(total @ total) - float(own.sum())) / pairs
    variance = (second - float(np.square(own).sum())) / pairs - mean * mean
    return Moments(mean, max(variance, 1e-6) ** 0.5, n * n / second)


def scatter_matrix(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """XᵀX of the rows X of `x`, shape (D, D), float64, added up block by block."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), _BLOCK_ROWS):
        block = x[start : start + _BLOCK_ROWS]
        total += block.T @ block
    return total
