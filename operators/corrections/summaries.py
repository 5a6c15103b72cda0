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
        """Whether it is likely to hold several classes."""
        is_open = self.state in ("new", "partly")
        return is_open and self.parts > 1 and self.confidence < MIXED_CONFIDENCE

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
    numbers = state.clusters[order]
    wanted = np.unique(numbers[numbers >= NOISE]) if only is None else np.unique(only)
    starts = np.searchsorted(numbers, wanted, "left")
    stops = np.searchsorted(numbers, wanted, "right")
    for cluster, start, stop in zip(wanted.tolist(), starts, stops, strict=True):
        rows = order[start:stop]
        if not len(rows):
            continue
        bases, counts = np.unique(state.origins[rows], return_counts=True)
        yield Summary(
            cluster,
            rows,
            int(state.confirmed[rows].sum()),
            float(state.confidence[rows].mean(dtype=float)),
            len(np.unique(state.parts[rows])),
            dict(zip(bases.tolist(), counts.tolist(), strict=True)),
        )


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
