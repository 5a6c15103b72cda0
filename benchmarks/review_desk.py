"""A review as its panel shows it, without App and database: what is seen, what is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from operators.corrections.actions import Action, carry_out
from operators.corrections.pairs import Mixture, mixture_of, present_strengths
from operators.corrections.state import DIFFERENT, NOISE, ReviewState, initial_state, ordered
from operators.corrections.strengths import strengths_of
from operators.corrections.summaries import Summary, groups_by_part, summarize

from .effort_clusterings import Clustering

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

PAGE = 50
"""Images on a page of the grid, from which a selection is made."""
NEIGHBORS = 6
"""Nearest clusters beside a cluster's images."""
PARTS = 12
"""Parts that a cluster's page shows."""
FEW = 10
"""Clusters with fewer images can be opened together in one grid."""
_PART_EXEMPLARS = 3


class Part(NamedTuple):
    """A pure cluster of GCN-V inside a cluster.

    Attributes:
        rows: All of it, shape (M,), int64.
        exemplars: The rows that are shown, three at most.
    """

    rows: Int64
    exemplars: Int64


class ReviewDesk:
    """The state of one review and what its pages show of it.

    Attributes:
        state: What is where, as the plugin's own corrections leave it.
        decisions: How many decisions were made.
        ticks: How many images and parts were ticked for them.
    """

    def __init__(self, clustering: Clustering, embeddings: Float32) -> None:
        """Begins a review.

        Args:
            clustering: What is reviewed.
            embeddings: Of its images, unit rows, shape (N, D).
        """
        self.state: ReviewState = initial_state(
            clustering.labels, clustering.confidence, clustering.parts
        )
        self.decisions = 0
        self.ticks = 0
        result: Any = clustering
        self._scored = strengths_of(result, embeddings)
        self._near = _adjacent(self._scored.pairs)
        self._summaries: dict[int, Summary] = {}
        self._holders: dict[int, set[int]] = {}
        self._sum_up(np.unique(self.state.clusters))

    def decide(self, action: Action, ticks: int = 0) -> list[int]:
        """Carries out one decision.

        Args:
            action: The correction.
            ticks: Images and parts that had to be ticked for it.

        Returns:
            Numbers of the clusters that it changed and that still have rows.
        """
        self.state, delta = carry_out(self.state, action)
        self.decisions += 1
        self.ticks += ticks
        touched = delta.touched()
        self._sum_up(np.array(touched, np.int64))
        return [cluster for cluster in touched if cluster in self._summaries]

    def clusters(self) -> list[int]:
        """Lists the clusters in the panel's own order, most useful first, noise left out."""
        found = [summary for summary in self._summaries.values() if summary.cluster != NOISE]
        found.sort(key=lambda summary: (-summary.usefulness, summary.cluster))
        return [summary.cluster for summary in found]

    def small_clusters(self) -> Int64:
        """Rows of all clusters without a name that have less than `FEW` images, in one grid.

        Each cluster stands with the named one that it is connected to most strongly, the strongest
        first; clusters that no named one is connected to come last.
        """
        names = self.state.names
        nearest = self._nearest_named()
        nameless = [
            cluster
            for cluster in self.clusters()
            if cluster not in names and self._summaries[cluster].size < FEW
        ]
        nameless.sort(key=lambda c: nearest.get(c, (max(names, default=0) + 1, 0.0)))
        # A cluster's surest images first: the weakest ones say least about it.
        found = [self.grid(cluster)[::-1] for cluster in nameless]
        return np.concatenate([np.empty(0, np.int64), *found])

    def _nearest_named(self) -> dict[int, tuple[int, float]]:
        """Named cluster and negative strength, by cluster without a name."""
        names = self.state.names
        mixtures = [self._mixture(cluster) for cluster in self.clusters()]
        found = present_strengths(mixtures, self._scored)
        nearest: dict[int, tuple[int, float]] = {}
        for row in np.argsort(found.strength, kind="stable").tolist():
            first, second = found.pairs[row].tolist()
            for cluster, other in ((first, second), (second, first)):
                if cluster not in names and other in names:
                    nearest[cluster] = (other, -float(found.strength[row]))
        return nearest

    def has(self, cluster: int) -> bool:
        """Tells whether a cluster has images."""
        return cluster in self._summaries

    def grid(self, cluster: int) -> Int64:
        """Rows of a cluster as the grid shows them, weakest first; none if it is gone."""
        summary = self._summaries.get(cluster)
        return np.empty(0, np.int64) if summary is None else summary.rows

    def exemplars(self, cluster: int) -> list[int]:
        """Rows that stand for a cluster wherever it is listed."""
        return [row for rows in self._summaries[cluster].exemplars().values() for row in rows]

    def parts(self, cluster: int) -> list[Part]:
        """Parts that a cluster's page shows, largest first; none if there is one only."""
        if self._summaries[cluster].parts < 2:
            return []
        found: list[Part] = []
        for rows in groups_by_part(self.state, cluster)[:PARTS]:
            surest = rows[np.argsort(-self.state.confidence[rows], kind="stable")]
            found.append(Part(rows, surest[:_PART_EXEMPLARS]))
        return found

    def neighbors(self, cluster: int) -> list[int]:
        """Nearest clusters that a cluster's page shows and that were not called different."""
        own = self._mixture(cluster)
        bases = {near for base in own.sources for near in self._near.get(base, ())}
        others = {holder for base in bases for holder in self._holders.get(base, ())} - {cluster}
        mixtures = [own, *(self._mixture(other) for other in sorted(others))]
        found = present_strengths(mixtures, self._scored)
        is_own = (found.pairs == cluster).any(1)
        pairs, strength = found.pairs[is_own], found.strength[is_own]
        order = np.argsort(-strength, kind="stable")
        nearest = [int(pairs[row].sum()) - cluster for row in order.tolist()]
        return [other for other in nearest if not self._is_different(cluster, other)][:NEIGHBORS]

    def _is_different(self, first: int, second: int) -> bool:
        return self.state.verdicts.get(ordered(first, second)) == DIFFERENT

    def _mixture(self, cluster: int) -> Mixture:
        return mixture_of(self._summaries[cluster], self.state.names.get(cluster))

    def _sum_up(self, clusters: Int64) -> None:
        for cluster in clusters.tolist():
            before = self._summaries.pop(cluster, None)
            for base in () if before is None else before.sources:
                self._holders.get(base, set()).discard(cluster)
        for summary in summarize(self.state, clusters):
            self._summaries[summary.cluster] = summary
            if summary.cluster != NOISE:
                for base in summary.sources:
                    self._holders.setdefault(base, set()).add(summary.cluster)


def _adjacent(pairs: Int64) -> dict[int, set[int]]:
    near: dict[int, set[int]] = {}
    for first, second in pairs.tolist():
        near.setdefault(first, set()).add(second)
        near.setdefault(second, set()).add(first)
    return near


def pages(rows: Int64) -> Sequence[Int64]:
    """Divides rows as the grid does.

    Args:
        rows: In the order of the grid, shape (M,).

    Returns:
        Pages of `PAGE` rows each, the last one shorter.
    """
    return [rows[start : start + PAGE] for start in range(0, len(rows), PAGE)]
