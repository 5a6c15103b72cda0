"""A second look at large clusters, each as a set of its own.

Where a cluster is larger than a list of neighbors, all that an image is compared with may lie
inside it, and a crowd of look-alikes passes for one class. Clustered alone it is measured in its
own units: what differs inside stands out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.membership import number_parts
from ..runtime.fixed_point import Rows, floats
from ..runtime.one_core import on_one_core
from ..runtime.parallel import row_workers
from ..runtime.progress import Progress, tell

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

NAME = "Second look"

_SURE = 0.85
"""Confidence that the parts of a cluster must have. Of labeled sets, what was divided above it
nearly always gained; below it most lost."""
_TOUCHING = 0.5
"""Share of images that may be no nearer to their own part than parts are to each other: in a slow
clip, which is one class, it is all of them."""
_MIN_ROWS, _MAX_ROWS = 20, 20_000
"""Larger clusters would take as much memory again as the whole set did."""
_MAX_CLUSTERS = 40
"""So that sets of many classes take some seconds more, not twice as long."""
_REPORT_CLUSTERS = 8
_COMPARED_ROWS, _BLOCK_ROWS, _EQUAL = 2048, 256, 1e-5


class Clustered(NamedTuple):
    """Clusters of N images.

    Attributes:
        labels: Cluster ids from 0 without gaps, shape (N,), int64.
        confidence: That each image belongs where it is, in [0, 1], shape (N,), float32.
    """

    labels: Int64
    confidence: Float32


class SecondLook(NamedTuple):
    """Clusters, of which the large ones were clustered again.

    Attributes:
        clustered: All images, with clusters divided that came apart.
        looked_at: Clusters that were clustered again.
        divided: Of these, how many came apart.
    """

    clustered: Clustered
    looked_at: int
    divided: int


def look_again(
    x: Rows,
    first: Clustered,
    larger_than: int,
    cluster_alone: Callable[[Int64], Clustered],
    progress: Progress | None = None,
) -> SecondLook:
    """Clusters large clusters again, and divides those whose parts are surer than the whole was.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
        first: All images.
        larger_than: Clusters of so many images are left alone, since their lists of neighbors
            reach beyond them; those of more than 20,000 are, too.
        cluster_alone: Clusters some rows, given by their numbers, as a set of their own; called
            from several threads.
        progress: Called with the share done; may raise to cancel.

    Returns:
        The clusters; parts of a divided one but the first have ids after all others.
    """
    labels, confidence = first.labels.copy(), first.confidence.copy()
    chosen = _worth_a_look(first, max(larger_than, _MIN_ROWS))
    sizes, divided = np.bincount(labels), 0
    num_clusters = len(sizes)
    found: dict[int, Clustered] = {}
    # Each core clusters sets of its own: within one there is little to divide between cores.
    with on_one_core(), row_workers(blocks_per_worker=_REPORT_CLUSTERS) as run:
        for start in range(0, len(chosen), _REPORT_CLUSTERS):
            tell(progress, start / len(chosen), NAME)
            some = chosen[start : start + _REPORT_CLUSTERS]
            # The largest first, so that no core begins it when the others are through.
            some = some[np.argsort(-sizes[some], kind="stable")]
            run(_look, len(some), some, x, first, cluster_alone, found)
    for number in chosen:
        alone = found.get(int(number))
        if alone is None:
            continue
        rows, divided = np.flatnonzero(first.labels == number), divided + 1
        num_clusters = number_parts(labels, rows, alone.labels, num_clusters)
        confidence[rows] = alone.confidence
    return SecondLook(Clustered(labels, confidence), len(chosen), divided)


def _look(
    start: int,
    stop: int,
    numbers: Int64,
    x: Rows,
    first: Clustered,
    cluster_alone: Callable[[Int64], Clustered],
    found: dict[int, Clustered],
) -> None:
    """Clusters some clusters alone, and keeps those that shall be divided."""
    for number in numbers[start:stop]:
        rows = np.flatnonzero(first.labels == number)
        alone = cluster_alone(rows)
        sure = float(alone.confidence.mean())
        if not alone.labels.any() or sure < max(_SURE, float(first.confidence[rows].mean())):
            continue
        if touching(floats(x[rows]), alone.labels) <= _TOUCHING:
            found[int(number)] = alone


def _worth_a_look(first: Clustered, larger_than: int) -> Int64:
    """The large clusters, or the least confident of them."""
    sizes = np.bincount(first.labels)
    large = np.flatnonzero((sizes > larger_than) & (sizes <= _MAX_ROWS))
    sure = np.bincount(first.labels, first.confidence)[large] / sizes[large]
    return large[np.argsort(sure, kind="stable")[:_MAX_CLUSTERS]]


def touching(x: Float32, labels: Int64) -> float:
    """How many images are no nearer to any of their own part than the parts are to each other.

    Args:
        x: Unit rows, shape (R, D), float32.
        labels: Their parts, at least two, shape (R,).

    Returns:
        A share of the images that are not alone in their part, in [0, 1]; of the largest sets an
        even sample is compared with all.
    """
    sample = np.arange(0, len(x), -(-len(x) // _COMPARED_ROWS))
    inside, across = np.empty(len(sample), np.float32), np.empty(len(sample), np.float32)
    for start in range(0, len(sample), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        rows = sample[block]
        similarity = x[rows] @ x.T
        similarity[np.arange(len(rows)), rows] = -2.0
        together = labels[rows, None] == labels
        inside[block] = np.where(together, similarity, -2.0).max(1)
        across[block] = np.where(together, -2.0, similarity).max(1)
    of_several = inside > -2.0
    return float((inside[of_several] <= across.max() + _EQUAL).mean()) if of_several.any() else 1.0
