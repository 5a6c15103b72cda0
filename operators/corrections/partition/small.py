"""Small clusters beside each other: those that resemble the same named cluster come together.

One by one they cost a decision each; in one grid, all images of one thing are named at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from .summaries import SMALL

LEAST_LIKE = 0.2
"""Connection strength below which a cluster is not said to be like another."""


class Nearest(NamedTuple):
    """The named cluster that a small one is connected to most strongly."""

    cluster: int
    strength: float


def is_in_grid(size: int, name: str | None) -> bool:
    """Tells whether a cluster is shown in the grid of small ones.

    Args:
        size: Its number of rows.
        name: The name that a person gave it; None for none.

    Returns:
        Whether it is small and has no name.
    """
    return size < SMALL and name is None


def nearest_named(
    pairs: Iterable[tuple[int, int, float]], named: Collection[int]
) -> dict[int, Nearest]:
    """Finds for each cluster without a name the named one that it is most likely part of.

    Args:
        pairs: Clusters with their connection strength, in any order.
        named: Clusters that a person named.

    Returns:
        The strongest one, by cluster; clusters that no named one is connected to are absent.
    """
    found: dict[int, Nearest] = {}
    for first, second, strength in pairs:
        for cluster, other in ((first, second), (second, first)):
            if cluster in named or other not in named:
                continue
            if cluster not in found or strength > found[cluster].strength:
                found[cluster] = Nearest(other, strength)
    return found


def grid_order(clusters: Sequence[int], nearest: Mapping[int, Nearest]) -> list[int]:
    """Orders small clusters for the grid.

    Args:
        clusters: The clusters, the most useful first.
        nearest: What `nearest_named` found.

    Returns:
        Those of the same named cluster together, the strongest first; then the others, as they
        came.
    """

    def rank(cluster: int) -> tuple[bool, int, float]:
        one = nearest.get(cluster)
        return (True, 0, 0.0) if one is None else (False, one.cluster, -one.strength)

    return sorted(clusters, key=rank)
