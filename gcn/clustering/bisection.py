"""Cuts a cluster in two where it hangs together least."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from ..runtime.fixed_point import Rows, floats

Float64 = NDArray[np.float64]

_LEAST = 1e-9


class Bisection(NamedTuple):
    """Two halves of a cluster.

    Attributes:
        second: Which rows are in the second half; the first row is not, shape (R,).
        cut: How much the halves hang together: similarity across, as a share of all that either
            has, summed over both; about 1 where nothing is a better cut than any other.
    """

    second: NDArray[np.bool_]
    cut: float


def bisect(x: Rows) -> Bisection:
    """Cuts rows in two by normalized cut: along the second eigenvector, at the best of all places.

    Two rows are similar by the exponential of their cosine, in deviations from the median of all
    pairs, so that rows of any scale are compared alike.

    Source: Shi & Malik, "Normalized Cuts and Image Segmentation", IEEE TPAMI 22, 2000.

    Args:
        x: Unit rows of one cluster, shape (R, D), at least two, also in fixed point.

    Returns:
        The halves, neither of them empty.
    """
    weights = _similarity(floats(x))
    degree = weights.sum(1)
    root = np.sqrt(degree)
    top = len(weights) - 1
    # The second smallest vector of the normalized Laplacian is the second largest of this.
    vectors = eigh(weights / np.outer(root, root), subset_by_index=(top - 1, top))[1]
    order = np.argsort(vectors[:, 0] / root, kind="stable")
    cuts = _cuts(weights[np.ix_(order, order)])
    size = int(cuts.argmin()) + 1
    second = np.zeros(len(weights), bool)
    second[order[size:]] = True
    return Bisection(second ^ second[0], float(cuts[size - 1]))


def _similarity(x: NDArray[np.float32]) -> Float64:
    """Similarity of all pairs of rows, above 0 but for that of a row with itself."""
    cosine = (x @ x.T).astype(np.float64)
    others = cosine[~np.eye(len(cosine), dtype=bool)]
    weights = np.exp((cosine - np.median(others)) / (others.std() + _LEAST))
    np.fill_diagonal(weights, 0.0)
    return weights


def _cuts(weights: Float64) -> Float64:
    """Normalized cut between the first 1, 2, ... rows and all others, shape (R - 1,)."""
    degrees = np.cumsum(weights.sum(1))
    inside = np.diagonal(np.cumsum(np.cumsum(weights, 0), 1))[:-1]
    of_first = degrees[:-1]
    return (of_first - inside) * (1.0 / of_first + 1.0 / (degrees[-1] - of_first))
