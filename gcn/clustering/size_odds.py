"""Whether the clusters of a set have a usual size, and how much likelier it is than others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

_NARROW, _BROAD = 0.12, 0.5
"""Widths of the two distributions, in logarithms of sizes."""
_SHRUNK = 8.0
"""Clusters of which the broad distribution alone would tell as much."""
_TINY = 1e-12


class SizeOdds(NamedTuple):
    """What the sizes of clusters tell.

    Attributes:
        log_odds: How much likelier each size is than a smooth distribution of sizes has it, as a
            natural logarithm, shape (largest size + 1,); the size is the place.
        in_two: The same or, where that is more, the sum for its two halves, likewise.
        gain: The same for clusters by all others, in the mean of their images: how sharp the usual
            sizes are. About 0 or below where there are none.
    """

    log_odds: Float64
    in_two: Float64
    gain: float

    def of_division(self, first: int, second: int) -> float:
        """How much likelier two parts, or the halves of these, are than one cluster of both.

        Args:
            first: Images of one part, at least 1.
            second: Of the other; both together at most the largest size.
        """
        return float(self.in_two[first] + self.in_two[second] - self.log_odds[first + second])

    def of_best_division(self, size: int) -> float:
        """The most that `of_division` gives for a cluster.

        Args:
            size: Its images, at least 2 and at most the largest size.
        """
        parts = self.in_two[1:size]
        return float((parts + parts[::-1]).max() - self.log_odds[size])


def size_odds(sizes: Int64) -> SizeOdds:
    """Compares a narrow distribution of cluster sizes with a broad one.

    Both are mixtures of one kernel per cluster over whole sizes, normal in the logarithm, so that
    small sizes, which are few, look no more usual than large ones. The narrow one is shrunk to the
    broad one where there are few clusters.

    Source: this project; kernels after Parzen, "On Estimation of a Probability Density Function
    and Mode", Annals of Mathematical Statistics 33, 1962.

    Args:
        sizes: Of two clusters or more, at least 1 each, shape (C,).

    Returns:
        The odds, and how sharp they are.
    """
    values, counts = np.unique(sizes, return_counts=True)
    narrow, broad = _kernels(values, _NARROW), _kernels(values, _BROAD)
    odds = _log_ratio(counts @ narrow, counts @ broad, len(sizes))
    at = np.arange(len(values)), values - 1
    # What a cluster tells of itself does not count.
    of_others = counts @ narrow[:, values - 1] - narrow[at]
    smooth = counts @ broad[:, values - 1] - broad[at]
    gains = _log_ratio(of_others, smooth, len(sizes) - 1)
    log_odds = np.concatenate([[0.0], odds[: values[-1]]])
    half = np.arange(len(log_odds)) // 2
    halves = log_odds[half] + log_odds[np.arange(len(log_odds)) - half]
    gain = float(np.average(gains, weights=counts * values))
    return SizeOdds(log_odds, np.maximum(log_odds, halves), gain)


def _kernels(values: Int64, width: float) -> Float64:
    """Distributions of sizes around each value, shape (V, twice the largest); rows sum to 1."""
    sizes = np.arange(1, 2 * values[-1] + 1)
    distance = (np.log(sizes) - np.log(values)[:, None]) / width
    kernels = np.exp(-0.5 * distance**2) / sizes
    return kernels / kernels.sum(1, keepdims=True)


def _log_ratio(narrow: Float64, broad: Float64, number: int) -> Float64:
    """Of the sums of `number` kernels of either kind, the narrow ones shrunk."""
    shrunk = (narrow + _SHRUNK * broad / number) / (number + _SHRUNK)
    return np.log(shrunk / np.maximum(broad / number, _TINY))
