"""Which two clusters to ask about: connection strengths between clusters as they are now.

The run scored pairs of its own clusters. A cluster of today is a mixture of them, so its strength
to another is the mean over all scored pairs of images between the two. Images that the run had put
together and a person took apart count as even odds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .state import Float32, Int64
from .summaries import Summary

SAME_BASE = 0.5
"""Strength between images of one cluster of the run: GCN-C merged them, a person parted them."""


class Mixture(NamedTuple):
    """What a cluster is made of.

    Attributes:
        cluster: Its number.
        size: Its number of rows.
        is_confirmed: Whether all of them are confirmed.
        name: The name that a person gave; None for none.
        sources: Rows by cluster of the run.
    """

    cluster: int
    size: int
    is_confirmed: bool
    name: str | None
    sources: Mapping[int, int]


class ScoredPairs(NamedTuple):
    """Pairs of clusters with their connection strength.

    Attributes:
        pairs: Cluster numbers, the smaller first, shape (M, 2), int64.
        strength: In [0, 1], shape (M,), float32.
    """

    pairs: Int64
    strength: Float32


def mixture_of(summary: Summary, name: str | None) -> Mixture:
    """Takes from a summary what strengths need.

    Args:
        summary: The summary.
        name: The cluster's name, if a person gave one.

    Returns:
        The mixture.
    """
    is_confirmed = summary.confirmed == summary.size
    return Mixture(summary.cluster, summary.size, is_confirmed, name, summary.sources)


def present_strengths(mixtures: Iterable[Mixture], scored: ScoredPairs) -> ScoredPairs:
    """Strengths between clusters of today.

    Args:
        mixtures: The clusters.
        scored: The strengths between clusters of the run.

    Returns:
        The pairs of them between which anything was scored, or that were one cluster of the run.
    """
    listed = [mixture for mixture in mixtures if mixture.cluster >= 0]
    first, second, value = strengths_between([mixture.sources for mixture in listed], scored)
    is_pair = first < second
    numbers = np.array([mixture.cluster for mixture in listed], np.int64)
    found = np.sort(np.stack([numbers[first[is_pair]], numbers[second[is_pair]]], 1), 1)
    return ScoredPairs(found, value[is_pair])


def strengths_between(
    sources: Sequence[Mapping[int, int]], scored: ScoredPairs, places: Int64 | None = None
) -> tuple[Int64, Int64, Float32]:
    """Strengths between mixtures, each with itself too.

    Args:
        sources: Of each mixture the rows by cluster of the run.
        scored: The strengths between clusters of the run.
        places: Of which mixtures the strengths are wanted; of all if left out.

    Returns:
        Place of one of these mixtures, of any other, and their strength, each of shape (M,), for
        all of which anything is known.
    """
    from scipy.sparse import coo_array

    entries = [
        (row, base, count)
        for row, mixture in enumerate(sources)
        for base, count in mixture.items()
        if base >= 0
    ]
    if not entries:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    rows, bases, counts = np.array(entries, np.int64).T
    top = 1 + max(int(scored.pairs.max(initial=-1)), int(bases.max()))
    shape = (len(sources), top)
    share = coo_array((counts.astype(float), (rows, bases)), shape=shape).tocsr()
    first, second = scored.pairs.T
    grid = (top, top)
    strength = coo_array((scored.strength.astype(float), (first, second)), shape=grid).tocsr()
    known = coo_array((np.ones(len(first)), (first, second)), shape=grid).tocsr()
    itself = coo_array((np.ones(top), (np.arange(top), np.arange(top))), shape=grid).tocsr()
    chosen = np.arange(len(sources)) if places is None else places
    own = share[chosen]
    total = own @ (strength + strength.T + SAME_BASE * itself) @ share.T
    weight = (own @ (known + known.T + itself) @ share.T).tocoo()
    value = np.asarray(total.tocsr()[weight.row, weight.col]).ravel() / weight.data
    return chosen[weight.row], weight.col.astype(np.int64), value.astype(np.float32)


def images_settled(first: Mixture, second: Mixture) -> int:
    """Images that need no other decision once the two are known to be one.

    Args:
        first: A cluster.
        second: Another.

    Returns:
        The size of the smaller one; of the open one, if the other is confirmed; 0 if both are
        confirmed and named, since a person knew both.
    """
    if first.is_confirmed and second.is_confirmed and first.name and second.name:
        return 0
    if first.is_confirmed != second.is_confirmed:
        return second.size if first.is_confirmed else first.size
    return min(first.size, second.size)
