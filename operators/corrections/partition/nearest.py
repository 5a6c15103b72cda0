"""Which clusters are nearest to each other, however many pieces one of them fell into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from math import gcd
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .pairs import Mixture, ScoredPairs, strengths_between
from .state import Float32, Int64

NEAREST = 16
"""Pairs that are kept per cluster, and as many more with pieces that came of the same clusters."""


def nearest_pairs(
    mixtures: Iterable[Mixture], scored: ScoredPairs, about: Set[int] | None = None
) -> ScoredPairs:
    """Pairs each cluster with those that it is connected to most strongly.

    Pieces of one cluster are all paired, millions of pairs where it falls into thousands. But
    clusters that are mixed alike have the same strengths to all others, so strengths are worked
    out between kinds of mixtures, and of each kind only its largest clusters are near to any.

    Args:
        mixtures: The clusters.
        scored: The strengths between clusters of the run.
        about: Clusters whose pairs are wanted; all if left out.

    Returns:
        Each of these clusters with the `NEAREST` strongest of `present_strengths` among those that
        are mixed otherwise, and with as many among those mixed alike: the pieces of a cluster that
        was split would hide all others from each other. Of those that are equally strong it is
        paired with the largest, then with those of the smallest number.
    """
    listed = [mixture for mixture in mixtures if mixture.cluster >= 0]
    kinds, kind_of = _kinds(listed)
    numbers = np.array([mixture.cluster for mixture in listed], np.int64)
    sizes = np.array([mixture.size for mixture in listed], np.int64)
    rank = np.empty(len(listed), np.int64)
    rank[np.lexsort((numbers, -sizes))] = np.arange(len(listed))
    rows = np.arange(len(listed)) if about is None else np.flatnonzero(np.isin(numbers, [*about]))
    near = _Near(*strengths_between(kinds, scored, np.unique(kind_of[rows])))
    near = _near_each(_near_clusters(near, kind_of, rank), rows, kind_of)
    low, high = np.minimum(near.one, near.other), np.maximum(near.one, near.other)
    _, once = np.unique(low * len(listed) + high, return_index=True)
    ends = np.sort(np.stack([numbers[low[once]], numbers[high[once]]], 1), 1)
    return ScoredPairs(ends, near.strength[once])


def _kinds(mixtures: Sequence[Mixture]) -> tuple[list[dict[int, int]], Int64]:
    """Kinds of mixtures, each with its sources in lowest terms, and the kind of each mixture."""
    places: dict[tuple[tuple[int, int], ...], int] = {}
    kind_of = np.empty(len(mixtures), np.int64)
    for row, mixture in enumerate(mixtures):
        sources = sorted((base, count) for base, count in mixture.sources.items() if base >= 0)
        factor = gcd(*(count for _, count in sources))
        key = tuple((base, count // factor) for base, count in sources)
        kind_of[row] = places.setdefault(key, len(places))
    return [dict(key) for key in places], kind_of


class _Near(NamedTuple):
    """What is near to what: kinds of mixtures, or rows of clusters."""

    one: Int64
    other: Int64
    strength: Float32

    def at(self, chosen: NDArray[Any]) -> _Near:
        """Keeps some entries."""
        return _Near(self.one[chosen], self.other[chosen], self.strength[chosen])


def _near_clusters(near: _Near, kind_of: Int64, rank: Int64) -> _Near:
    """Goes from kinds near to a kind to the nearest clusters: one more, for each is of a kind."""
    members = np.lexsort((rank, kind_of))
    starts, counts = _groups(kind_of[members])
    counts = np.minimum(counts, NEAREST + 1)  # a cluster itself is among its kind
    of_entry = counts[near.other]
    entries = np.repeat(np.arange(len(near.one)), of_entry)
    clusters = members[np.repeat(starts[near.other], of_entry) + _place(of_entry)]
    spread = _Near(near.one[entries], clusters, near.strength[entries])
    is_alike = kind_of[clusters] == spread.one
    order = np.lexsort((rank[clusters], -spread.strength, is_alike, spread.one))
    groups = 2 * spread.one[order] + is_alike[order]
    return spread.at(order[_place(_groups(groups)[1]) <= NEAREST])


def _near_each(near: _Near, rows: Int64, kind_of: Int64) -> _Near:
    """Goes from the clusters nearest to a kind to those nearest to each cluster of it."""
    kinds, starts, counts = np.unique(near.one, return_index=True, return_counts=True)
    rows = rows[np.isin(kind_of[rows], kinds)]
    of_row = np.searchsorted(kinds, kind_of[rows])
    places = np.repeat(starts[of_row], counts[of_row]) + _place(counts[of_row])
    ones = np.repeat(rows, counts[of_row])
    found = _Near(ones, near.other[places], near.strength[places])
    found = found.at(found.one != found.other)
    is_alike = kind_of[found.one] == kind_of[found.other]
    return found.at(_place(_groups(2 * found.one + is_alike)[1]) < NEAREST)


def _groups(sorted_keys: Int64) -> tuple[Int64, Int64]:
    """Where each run of equal keys begins, and how long it is."""
    _, starts, counts = np.unique(sorted_keys, return_index=True, return_counts=True)
    return starts, counts


def _place(counts: Int64) -> Int64:
    """Place of each entry in its group, of groups that follow each other."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
