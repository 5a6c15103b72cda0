"""Which two clusters to ask about: connection strengths between clusters as they are now.

The run scored pairs of its own clusters. A cluster of today is a mixture of them, so its strength
to another is the mean over all scored pairs of images between the two. Images that the run had put
together and a person took apart count as even odds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .state import Float32, Int64
from .summaries import Summary

MIN_STRENGTH = 0.2
"""Pairs below are not worth a question."""
SAME_BASE = 0.5
"""Strength between images of one cluster of the run: GCN-C merged them, a person parted them."""
NEAREST = 16
"""Pairs that are kept per cluster."""
_BLOCK = 4_096


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
    from scipy.sparse import coo_array

    listed = [mixture for mixture in mixtures if mixture.cluster >= 0]
    entries = [
        (row, base, count)
        for row, mixture in enumerate(listed)
        for base, count in mixture.sources.items()
        if base >= 0
    ]
    if not entries:
        return ScoredPairs(np.empty((0, 2), np.int64), np.empty(0, np.float32))
    rows, bases, counts = np.array(entries, np.int64).T
    top = 1 + max(int(scored.pairs.max(initial=-1)), int(bases.max()))
    shape = (len(listed), top)
    share = coo_array((counts.astype(float), (rows, bases)), shape=shape).tocsr()
    first, second = scored.pairs.T
    grid = (top, top)
    strength = coo_array((scored.strength.astype(float), (first, second)), shape=grid).tocsr()
    known = coo_array((np.ones(len(first)), (first, second)), shape=grid).tocsr()
    itself = coo_array((np.ones(top), (np.arange(top), np.arange(top))), shape=grid).tocsr()
    total = _between(share, strength + strength.T + SAME_BASE * itself)
    weight = _between(share, known + known.T + itself)
    keep = weight.row < weight.col
    row, col = weight.row[keep], weight.col[keep]
    numbers = np.array([mixture.cluster for mixture in listed], np.int64)
    value = np.asarray(total.tocsr()[row, col]).ravel() / weight.data[keep]
    found = np.sort(np.stack([numbers[row], numbers[col]], 1), 1)
    return ScoredPairs(found.astype(np.int64), value.astype(np.float32))


def strongest_of_each(found: ScoredPairs, about: set[int] | None = None) -> list[int]:
    """Chooses the strongest pairs of each cluster.

    Args:
        found: The pairs, each once.
        about: Clusters of which at least one is in each pair, and whose pairs count; all if left
            out.

    Returns:
        Rows, the strongest first: a pair is taken if one of its clusters has fewer than `NEAREST`.
    """
    clusters, ends = np.unique(found.pairs, return_inverse=True)
    ends = ends.reshape(found.pairs.shape)
    counts = np.ones(len(clusters), bool) if about is None else np.isin(clusters, list(about))
    free = np.where(counts, NEAREST, 0)
    order = np.argsort(-found.strength, kind="stable")
    taken: list[int] = []
    # Pieces of one cluster are all paired, millions of them, of which the most come too late.
    for start in range(0, len(order), _BLOCK):
        rows = order[start : start + _BLOCK]
        rows = rows[(free[ends[rows]] > 0).any(1)]
        for row, (first, second) in zip(rows.tolist(), ends[rows].tolist(), strict=True):
            if free[first] > 0 or free[second] > 0:
                free[first] -= 1
                free[second] -= 1
                taken.append(row)
    return taken


def _between(share: Any, links: Any) -> Any:
    return (share @ links @ share.T).tocoo()


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


def question_order(strength: Float32, settled: NDArray[np.integer]) -> Int64:
    """Orders questions so that each answer is expected to settle as many images as possible.

    Args:
        strength: Connection strength of each pair, shape (M,).
        settled: `images_settled` of each, shape (M,).

    Returns:
        The pairs worth asking, best first, shape (L,), int64, L <= M.
    """
    gain = strength * settled
    worth = np.flatnonzero((strength >= MIN_STRENGTH) & (settled > 0))
    return worth[np.argsort(-gain[worth], kind="stable")]
