"""A review as its panel shows it, without App and database: what is seen, what is decided."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from operators.corrections.partition.actions import Action, carry_out
from operators.corrections.partition.pairs import (
    SAME_BASE,
    Mixture,
    ScoredPairs,
    mixture_of,
    present_strengths,
)
from operators.corrections.partition.small import grid_order, is_in_grid, nearest_named
from operators.corrections.partition.state import (
    DIFFERENT,
    NOISE,
    ReviewState,
    initial_state,
    ordered,
)
from operators.corrections.partition.summaries import Summary, groups_by_part, summarize

from .effort_clusterings import Clustering
from .effort_strengths import strengths_of

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

PAGE = 50
"""Images on a page of the grid, from which a selection is made."""
NEIGHBORS = 16
"""Nearest clusters beside a cluster's images."""
PARTS = 12
"""Parts that a cluster's page shows."""
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
        self._scored = strengths_of(clustering, embeddings)
        self._near = _adjacent(self._scored)
        self._summaries: dict[int, Summary] = {}
        self._holders: dict[int, set[int]] = {}
        self._sum_up(np.unique(self.state.clusters))

    def decide(self, actions: Sequence[Action], ticks: int = 0, decisions: int = 1) -> list[int]:
        """Carries out one change.

        Args:
            actions: The corrections that one click makes, in order.
            ticks: Images, parts and clusters that had to be ticked for it.
            decisions: How many clicks on buttons it takes; more than one if the panel asks back.

        Returns:
            Numbers of the clusters that it changed and that still have rows.
        """
        touched: set[int] = set()
        for action in actions:
            self.state, delta = carry_out(self.state, action)
            touched.update(delta.touched())
        self.decisions += decisions
        self.ticks += ticks
        self._sum_up(np.array(sorted(touched), np.int64))
        return [cluster for cluster in sorted(touched) if cluster in self._summaries]

    def clusters(self) -> list[int]:
        """Lists the clusters in the panel's own order, most useful first, noise left out."""
        found = [summary for summary in self._summaries.values() if summary.cluster != NOISE]
        found.sort(key=lambda summary: (-summary.usefulness, summary.cluster))
        return [summary.cluster for summary in found]

    def small_clusters(self) -> Int64:
        """Rows of all small clusters without a name, in one grid, as the panel orders them.

        Each cluster stands with the named one that it is connected to most strongly, the strongest
        first; clusters that no named one is connected to come last.
        """
        names = self.state.names
        nameless = [
            cluster
            for cluster in self.clusters()
            if is_in_grid(self._summaries[cluster].size, names.get(cluster))
        ]
        found = present_strengths(map(self._mixture, self.clusters()), self._scored)
        pairs = (
            (first, second, strength)
            for (first, second), strength in zip(
                found.pairs.tolist(), found.strength.tolist(), strict=True
            )
            if not self._is_different(first, second)
        )
        order = grid_order(nameless, nearest_named(pairs, names))
        # A cluster's surest images first: the weakest ones say least about it.
        return np.concatenate([np.empty(0, np.int64), *(self.grid(c)[::-1] for c in order)])

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
        total: dict[int, float] = {}
        weight: dict[int, int] = {}
        # The mean of `present_strengths` for this cluster alone.
        for base, count in self._summaries[cluster].sources.items():
            for near, strength in [*self._near.get(base, ()), (base, SAME_BASE)]:
                for other in self._holders.get(near, set()) - {cluster}:
                    number = count * self._summaries[other].sources[near]
                    total[other] = total.get(other, 0.0) + number * strength
                    weight[other] = weight.get(other, 0) + number
        nearest = sorted(total, key=lambda other: (-total[other] / weight[other], other))
        shown = (other for other in nearest if not self._is_different(cluster, other))
        return list(islice(shown, NEIGHBORS))

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


def _adjacent(scored: ScoredPairs) -> dict[int, list[tuple[int, float]]]:
    near: dict[int, list[tuple[int, float]]] = {}
    for (first, second), strength in zip(
        scored.pairs.tolist(), scored.strength.tolist(), strict=True
    ):
        near.setdefault(first, []).append((second, strength))
        near.setdefault(second, []).append((first, strength))
    return near


def pages(rows: Int64) -> Sequence[Int64]:
    """Divides rows as the grid does.

    Args:
        rows: In the order of the grid, shape (M,).

    Returns:
        Pages of `PAGE` rows each, the last one shorter.
    """
    return [rows[start : start + PAGE] for start in range(0, len(rows), PAGE)]
