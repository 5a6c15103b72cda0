"""The state of a review: which image is in which cluster, and what a person said about it.

Rows are images or patches. A state may hold all rows of a run, or all rows of some clusters only:
every correction changes nothing beyond the clusters that it names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]
Pair = tuple[int, int]

NOISE = -1
"""Cluster of the rows that a run or a person has put aside."""
OUTSIDE = -2
"""Cluster of the rows that are known but not clustered."""

DIFFERENT, LATER = "different", "later"
"""What a person can have said about a pair of clusters that are two."""

# The log keeps numbers of clusters in 32 bits.
_LAST = 2**31 - 1
_LONGEST_KEY = len(f"c{_LAST}")


@dataclasses.dataclass(frozen=True, eq=False)
class ReviewState:
    """A review at one moment; never changed in place.

    Attributes:
        clusters: Cluster of each row, `NOISE` or `OUTSIDE`, shape (N,), int64.
        confirmed: Whether a person has confirmed it, shape (N,), bool.
        confidence: What the model thinks of it, in [0, 1], shape (N,), float32; never changes.
        parts: Pure cluster of GCN-V of each row, shape (N,), int64; never changes.
        origins: Cluster that the run put the row in, shape (N,), int64; never changes.
        names: Names that a person gave, by cluster.
        verdicts: `DIFFERENT` or `LATER` by cluster pair, the smaller number first.
        next_id: The number that the next new cluster gets; no other cluster ever had it.
        width: Digits of a cluster's number in its default name.
    """

    clusters: Int64
    confirmed: Bool
    confidence: Float32
    parts: Int64
    origins: Int64
    names: Mapping[int, str] = dataclasses.field(default_factory=dict[int, str])
    verdicts: Mapping[Pair, str] = dataclasses.field(default_factory=dict[Pair, str])
    next_id: int = 0
    width: int = 5

    def members(self, cluster: int) -> Int64:
        """Rows of a cluster, ascending.

        Args:
            cluster: Its number.

        Returns:
            Row numbers, shape (M,), int64.
        """
        return np.flatnonzero(self.clusters == cluster)

    def label(self, cluster: int) -> str:
        """What a cluster is called.

        Args:
            cluster: Its number.

        Returns:
            The name that a person gave, or "c00017", or "noise".
        """
        return self.names.get(cluster) or cluster_key(cluster, self.width)

    def is_same(self, other: ReviewState) -> bool:
        """Tells whether two states of the same rows say the same.

        Args:
            other: Another state.

        Returns:
            True if all is equal but the numbers for clusters to come.
        """
        return (
            np.array_equal(self.clusters, other.clusters)
            and np.array_equal(self.confirmed, other.confirmed)
            and dict(self.names) == dict(other.names)
            and dict(self.verdicts) == dict(other.verdicts)
        )


def initial_state(
    labels: Int64,
    confidence: Float32 | None = None,
    parts: Int64 | None = None,
    confirmed: Bool | None = None,
    names: Mapping[int, str] | None = None,
    verdicts: Mapping[Pair, str] | None = None,
) -> ReviewState:
    """The state of a review that begins: a clustering as `gcn.cluster` gives it.

    Args:
        labels: Cluster of each row, -1 for noise, shape (N,).
        confidence: In [0, 1], shape (N,); 1 if left out.
        parts: Pure clusters, shape (N,); the clusters themselves if left out.
        confirmed: What was confirmed in an earlier run, shape (N,); nothing if left out.
        names: Names that carry over from an earlier run, by cluster.
        verdicts: Answers that carry over, by cluster pair.

    Returns:
        The state.
    """
    clusters = np.asarray(labels, np.int64)
    n = len(clusters)
    sure = np.ones(n) if confidence is None else confidence
    top = int(clusters.max(initial=0))
    return ReviewState(
        clusters=clusters,
        confirmed=np.zeros(n, bool) if confirmed is None else np.asarray(confirmed, bool),
        confidence=np.asarray(sure, np.float32),
        parts=clusters if parts is None else np.asarray(parts, np.int64),
        origins=clusters,
        names=dict(names or {}),
        verdicts=dict(verdicts or {}),
        next_id=top + 1,
        width=max(5, len(str(top))),
    )


def cluster_key(cluster: int, width: int) -> str:
    """Names a cluster as the `cluster_id` of the dataset does.

    Args:
        cluster: Its number.
        width: Digits of the number.

    Returns:
        "c00017", or "noise".
    """
    return "noise" if cluster < 0 else f"c{cluster:0{width}d}"


def cluster_number(key: str) -> int | None:
    """Reads a number back from `cluster_key`.

    Args:
        key: "c00017" or "noise".

    Returns:
        The number; None if it is no such key, or larger than any cluster's.
    """
    if key == "noise":
        return NOISE
    if not is_key_like(key) or len(key) > _LONGEST_KEY:
        return None
    number = int(key[1:])
    return number if number <= _LAST else None


def is_key_like(text: str) -> bool:
    """Tells whether a text looks like a `cluster_key`, of whatever number.

    Args:
        text: Any text.

    Returns:
        Whether it may not be a name, lest the two are mixed up.
    """
    digits = text[1:]
    is_id = text.startswith("c") and len(digits) >= 5 and digits.isascii() and digits.isdigit()
    return is_id or text == "noise"


def ordered(first: int, second: int) -> Pair:
    """Puts a pair of clusters in the order in which verdicts are kept.

    Args:
        first: A cluster.
        second: Another.

    Returns:
        The smaller number first.
    """
    return (first, second) if first < second else (second, first)
