"""Linkage along a cluster graph: up to a strength, or down to a number of groups."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..pruning.pruning import components

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
_Criterion = Callable[[float, float, float], float]


def average_linkage(
    sizes: Int64, pairs: Int64, strength: Float32, least: float, forbidden: Int64 | None = None
) -> Int64:
    """Joins the two groups of highest mean strength as long as it reaches `least`.

    The mean is over all pairs of images across both groups; those of clusters that were not scored
    count zero. The graph stays sparse: nothing of shape (M, M).

    Source: Sokal & Michener, "A statistical method for evaluating systematic relationships",
    University of Kansas Science Bulletin 38, 1958.

    Args:
        sizes: Images per cluster, shape (M,).
        pairs: Scored pairs P < Q, each once, shape (E, 2).
        strength: In [0, 1], shape (E,).
        least: Where to stop, above 0.
        forbidden: Cluster pairs that must stay apart, shape (L, 2).

    Returns:
        Group of each cluster, from 0 without gaps, shape (M,), int64.
    """
    # No mean reaches what none of its terms does: what is joined hangs together by strong pairs.
    near = components(pairs[strength >= least], len(sizes))
    inside = near[pairs[:, 0]] == near[pairs[:, 1]]
    groups = _Groups(sizes, _mean, least)
    groups.relate_all(pairs[inside], strength[inside], forbidden)
    return components(groups.join(len(sizes)), len(sizes))


def link_small_first(
    sizes: Int64,
    pairs: Int64,
    strength: NDArray[np.floating],
    number: int,
    forbidden: Int64 | None = None,
) -> Int64:
    """Joins two groups, again and again, until there are as many as are wanted.

    The two of highest mean strength, as in average linkage, times the sum of the reciprocals of
    their sizes: as in Ward's method, of two joins that are equal otherwise that of small groups
    comes first. Without that, large ones would be joined to keep a few odd images apart.

    Source: this project, after Ward, "Hierarchical grouping to optimize an objective function",
    JASA 58, 1963.

    Args:
        sizes: Images per cluster, shape (M,).
        pairs: Scored pairs P < Q, each once, shape (E, 2).
        strength: Above 0, shape (E,).
        number: How many groups there are to be, at least 1.
        forbidden: Cluster pairs that must stay apart, shape (L, 2).

    Returns:
        Group of each cluster, from 0 without gaps, shape (M,), int64; more of them than wanted
        where those that are left share no pair that is scored.
    """
    groups = _Groups(sizes, _mean_of_small, 0.0)
    groups.relate_all(pairs, strength, forbidden)
    return components(groups.join(len(sizes) - number), len(sizes))


def _mean(total: float, one: float, other: float) -> float:
    return total / (one * other)


def _mean_of_small(total: float, one: float, other: float) -> float:
    return total / (one * other) * (1.0 / one + 1.0 / other)


class _Groups:
    """Groups of clusters, each known by one of its own.

    What is kept of two related groups is the sum of strengths over their pairs of images. Of two
    that are joined it changes only for those near the smaller, however many are near the other.

    Args:
        sizes: Images per cluster, shape (M,).
        criterion: Of a sum and both sizes: which groups are joined first. It falls as they grow.
        least: Of the criterion, for two to be joined.
    """

    def __init__(self, sizes: Int64, criterion: _Criterion, least: float) -> None:
        self._images: list[float] = sizes.astype(np.float64).tolist()
        self._criterion = criterion
        self._least = least
        self._sums: dict[int, dict[int, float]] = {}
        self._heap: list[tuple[float, int, int]] = []

    def relate_all(
        self, pairs: Int64, strength: NDArray[np.floating], forbidden: Int64 | None
    ) -> None:
        """Takes in scored pairs, and those that stay apart."""
        for (a, b), mean in zip(pairs.tolist(), strength.tolist(), strict=True):
            self._relate(a, b, mean * self._images[a] * self._images[b])
        for a, b in () if forbidden is None else forbidden.tolist():
            self._relate(a, b, -np.inf)

    def join(self, times: int) -> Int64:
        """Joins the first two groups, so many times at most, and tells which, shape (J, 2)."""
        joined: list[tuple[int, int]] = []
        while self._heap and len(joined) < times:
            negative, a, b = heapq.heappop(self._heap)
            if b not in self._sums.get(a, {}):
                continue
            # Groups grow, and what is not added to only falls: the heap holds upper bounds.
            if (value := self._value(a, b)) == -negative:
                self._join(a, b)
                joined.append((a, b))
            else:
                self._push(value, a, b)
        return np.array(joined, np.int64).reshape(-1, 2)

    def _relate(self, a: int, b: int, total: float) -> None:
        """Sets the sum of two groups."""
        self._sums.setdefault(a, {})[b] = total
        self._sums.setdefault(b, {})[a] = total
        self._push(self._value(a, b), a, b)

    def _value(self, a: int, b: int) -> float:
        return self._criterion(self._sums[a][b], self._images[a], self._images[b])

    def _push(self, value: float, a: int, b: int) -> None:
        if value >= self._least:
            heapq.heappush(self._heap, (-value, min(a, b), max(a, b)))

    def _join(self, a: int, b: int) -> None:
        """Takes the one that fewer are near into the other."""
        if len(self._sums[a]) < len(self._sums[b]):
            a, b = b, a
        of_a, of_b = self._sums[a], self._sums.pop(b)
        del of_a[b], of_b[a]
        self._images[a] += self._images[b]
        for other, total in of_b.items():
            del self._sums[other][b]
            self._relate(a, other, of_a.get(other, 0.0) + total)
