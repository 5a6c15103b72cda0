"""What the list of clusters shows of each: its size, its state, the images that stand for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from .state import NOISE, Int64, ReviewState

SMALL = 10
"""Clusters with fewer images are small: better looked at together than one by one."""
MIXED_CONFIDENCE = 0.7
"""Clusters of several parts with a mean confidence below are likely to hold several classes."""


@dataclasses.dataclass(frozen=True, eq=False)
class Summary:
    """One cluster at a glance.

    Attributes:
        cluster: Its number.
        rows: All of its rows, the weakest first, shape (M,), int64.
        confirmed: How many of them are confirmed.
        confidence: Mean of the model's confidence, in [0, 1].
        parts: How many pure clusters of GCN-V it holds.
        sources: Rows by cluster that the run put them in.
    """

    cluster: int
    rows: Int64
    confirmed: int
    confidence: float
    parts: int
    sources: dict[int, int]

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def state(self) -> str:
        """One of "new", "partly", "confirmed" and "noise"."""
        if self.cluster == NOISE:
            return "noise"
        if not self.confirmed:
            return "new"
        return "confirmed" if self.confirmed == self.size else "partly"

    @property
    def is_small(self) -> bool:
        """Whether there is little to see."""
        return self.size < SMALL

    @property
    def is_mixed(self) -> bool:
        """Whether it is likely to hold several classes.

        Parts that a person joined count as one: as many as there are clusters of the run in it.
        """
        is_open = self.state in ("new", "partly")
        joined_by_gcn_c = self.parts > max(len(self.sources), 1)
        return is_open and joined_by_gcn_c and self.confidence < MIXED_CONFIDENCE

    @property
    def usefulness(self) -> float:
        """Images that a confirmation is expected to settle; larger means look at it sooner."""
        return (self.size - self.confirmed) * self.confidence if self.cluster >= 0 else 0.0

    def exemplars(self) -> dict[str, list[int]]:
        """Chooses the rows to show, none twice.

        Returns:
            Rows by role: up to two of the surest ("representative"), one at the lower quartile
            ("borderline"), and up to two of the least sure ("weakest").
        """
        surest = self.rows[::-1][:2].tolist()
        weakest = [row for row in self.rows[:2].tolist() if row not in surest]
        quarter = int(self.rows[min(max(2, self.size // 4), self.size - 1)])
        taken = {*surest, *weakest}
        borderline = [] if quarter in taken else [quarter]
        return {"representative": surest, "borderline": borderline, "weakest": weakest}


def summarize(state: ReviewState, only: Int64 | None = None) -> Iterator[Summary]:
    """Sums up clusters.

    Args:
        state: The state.
        only: The clusters to sum up; all with rows if left out, noise included.

    Yields:
        The summaries, by rising number.
    """
    order = np.lexsort((state.confidence, state.clusters))
    numbers, starts, sizes = np.unique(state.clusters[order], return_index=True, return_counts=True)
    is_wanted = numbers >= NOISE if only is None else np.isin(numbers, only)
    if not is_wanted.any():
        return
    confirmed = np.add.reduceat(state.confirmed[order], starts, dtype=np.int64)
    means = np.add.reduceat(state.confidence[order], starts, dtype=float) / sizes
    parts = _tally(state.clusters, state.parts, numbers)
    sources = _tally(state.clusters, state.origins, numbers)
    for place in np.flatnonzero(is_wanted).tolist():
        yield Summary(
            int(numbers[place]),
            order[starts[place] : starts[place] + sizes[place]],
            int(confirmed[place]),
            float(means[place]),
            len(parts[place]),
            sources[place],
        )


def _tally(clusters: Int64, values: Int64, numbers: Int64) -> list[dict[int, int]]:
    """Counts the rows of each value in each cluster, for all clusters at once."""
    order = np.lexsort((values, clusters))
    clusters, values = clusters[order], values[order]
    is_first = np.ones(len(values), bool)
    is_first[1:] = (clusters[1:] != clusters[:-1]) | (values[1:] != values[:-1])
    firsts = np.flatnonzero(is_first)
    counts = np.diff(firsts, append=len(values)).tolist()
    listed = values[firsts].tolist()
    stops = np.searchsorted(clusters[firsts], numbers, "right").tolist()
    return [
        dict(zip(listed[start:stop], counts[start:stop], strict=True))
        for start, stop in zip([0, *stops], stops, strict=False)
    ]


def groups_by_part(state: ReviewState, cluster: int) -> tuple[Int64, ...]:
    """Divides a cluster as GCN-V saw it.

    Args:
        state: The state.
        cluster: The cluster.

    Returns:
        Rows of each pure cluster in it, the largest first.
    """
    rows = state.members(cluster)
    _, inverse, counts = np.unique(state.parts[rows], return_inverse=True, return_counts=True)
    ranked = np.argsort(-counts, kind="stable")
    return tuple(rows[inverse == part] for part in ranked)
