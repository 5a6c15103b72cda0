"""The distribution of similarity between two random rows of a set: its unit of measure."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.compiled import compiled
from ..runtime.fixed_point import Rows, floats, unit_of
from ..runtime.one_core import on_one_core
from ..runtime.parallel import cached_slices, for_slices, results_in_order, row_slices

_BLOCK_ROWS = 16_384
_BLOCK_NUMBERS, _HELD_NUMBERS = 2**23, 2**26
"""Most numbers of a block that is multiplied by itself, and of all that are at once."""


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
    parts = np.zeros((-(-len(x) // _BLOCK_ROWS), x.shape[1]))
    unit = np.float32(unit_of(x))

    def add(block: slice) -> None:
        _add_rows(block.start, block.stop, x, unit, parts[block.start // _BLOCK_ROWS])

    for_slices(add, row_slices(len(x), _BLOCK_ROWS))
    return functools.reduce(np.add, parts, np.zeros(x.shape[1]))


def squared_lengths(x: Rows) -> NDArray[np.float64]:
    """Inner product of each row of `x` with itself, shape (N,)."""
    found = np.empty(len(x))

    def fill(block: slice) -> None:
        rows = floats(x[block])
        found[block] = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)

    for_slices(fill, cached_slices(*x.shape))
    return found


def _gram(x: NDArray[np.float32]) -> NDArray[np.float64]:
    return (x @ x.T).astype(np.float64)


def scatter_matrix(x: Rows) -> NDArray[np.float64]:
    """XᵀX of the rows X of `x`, shape (D, D), float64, added up block by block."""
    total = np.zeros((x.shape[1], x.shape[1]))

    def product(block: slice) -> NDArray[np.float32]:
        part = floats(x[block])
        return part.T @ part

    rows = min(_BLOCK_ROWS, max(1, _BLOCK_NUMBERS // x.shape[1]))
    most = max(2, _HELD_NUMBERS // (rows * x.shape[1] + x.shape[1] ** 2))
    # A product on many cores waits for the slowest of them: 40 times as long where another
    # program holds one.
    with on_one_core():
        for part in results_in_order(product, row_slices(len(x), rows), most):
            total += part
    return total


@compiled(nogil=True)
def _add_rows(start: int, stop: int, x: Any, unit: Any, total: Any) -> None:
    for i in range(start, stop):
        for c in range(x.shape[1]):
            total[c] += np.float32(x[i, c]) * unit
