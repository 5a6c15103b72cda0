"""Average linkage along the connection strengths of a cluster graph."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from ..pruning.pruning import components

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


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
    groups = _Groups(sizes.astype(np.float64).tolist(), least)
    for (a, b), mean in zip(pairs[inside].tolist(), strength[inside].tolist(), strict=True):
        groups.relate(a, b, mean * groups.images[a] * groups.images[b])
    for a, b in () if forbidden is None else forbidden.tolist():
        groups.relate(a, b, -np.inf)
    return components(np.array(groups.join_all(), np.int64).reshape(-1, 2), len(sizes))


class _Groups:
    """Groups of clusters, each known by one of its own.

    What is kept of two related groups is the sum of strengths over their pairs of images. Of two
    that are joined it changes only for those near the smaller, however many are near the other.
    """

    def __init__(self, images: list[float], least: float) -> None:
        self.images = images
        self._least = least
        self._sums: dict[int, dict[int, float]] = {}
        self._heap: list[tuple[float, int, int]] = []

    def relate(self, a: int, b: int, total: float) -> None:
        """Sets the sum of two groups."""
        self._sums.setdefault(a, {})[b] = total
        self._sums.setdefault(b, {})[a] = total
        self._push(self._mean(a, b), a, b)

    def join_all(self) -> list[tuple[int, int]]:
        """Joins the groups of highest mean until none is high enough, and tells which."""
        joined: list[tuple[int, int]] = []
        while self._heap:
            negative, a, b = heapq.heappop(self._heap)
            if b not in self._sums.get(a, {}):
                continue
            # Groups grow, and what is not added to only falls: the heap holds upper bounds.
            if (mean := self._mean(a, b)) == -negative:
                self._join(a, b)
                joined.append((a, b))
            else:
                self._push(mean, a, b)
        return joined

    def _mean(self, a: int, b: int) -> float:
        return self._sums[a][b] / (self.images[a] * self.images[b])

    def _push(self, mean: float, a: int, b: int) -> None:
        if mean >= self._least:
            heapq.heappush(self._heap, (-mean, min(a, b), max(a, b)))

    def _join(self, a: int, b: int) -> None:
        """Takes the one that fewer are near into the other."""
        if len(self._sums[a]) < len(self._sums[b]):
            a, b = b, a
        of_a, of_b = self._sums[a], self._sums.pop(b)
        del of_a[b], of_b[a]
        self.images[a] += self.images[b]
        for other, total in of_b.items():
            del self._sums[other][b]
            self.relate(a, other, of_a.get(other, 0.0) + total)
