"""Divides clusters of two classes or more by their size, where classes have a usual one.

Many collections hold about as many images of each class: as many specimens, views or takes. The
clusters then show that size, and one of twice as many images is likelier two classes than one. It
is cut where it hangs together least, if that makes two clusters of usual sizes. Where sizes are of
all kinds, as mostly, nothing is divided.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.membership import member_lists, number_parts
from ..runtime.fixed_point import Rows
from ..runtime.one_core import on_one_core
from ..runtime.progress import Progress, tell
from .bisection import Bisection, bisect
from .must_links import kept_together
from .size_odds import SizeOdds, size_odds

Int64 = NDArray[np.int64]

NAME = "Usual size"

_GAIN = 0.25
"""How sharp the usual sizes must be: of labeled sets, as they are and cut to as many images of each
class, ten gained above it and one lost (`benchmarks.usual_size`); below it most lost."""
_LOG_ODDS = float(np.log(3.0))
"""That a cluster is two, for it to be divided, as in `cohesion`."""
_USUAL = 0.5
"""Logarithm of odds from which on a size is a usual one."""
_MIN_CLUSTERS = 20
"""Of two images or more: fewer do not show what is usual."""
_MIN_ROWS, _MAX_ROWS = 4, 1000
_MAX_ROUNDS, _COMPARED, _REPORT_CLUSTERS = 8, 64, 256


class UsualSize(NamedTuple):
    """Clusters, of which those of several times the usual size were divided.

    Attributes:
        labels: Clusters, shape (N,), int64; second parts have ids after all others.
        divided: How many times one was divided.
        gain: How sharp the usual sizes were before, as `SizeOdds` has it; 0 for few clusters.
    """

    labels: Int64
    divided: int
    gain: float


def divide_doubles(
    x: Rows, labels: Int64, must: Int64, progress: Progress | None = None
) -> UsualSize:
    """Divides clusters that are likelier two of usual sizes than one of their own.

    A cluster is cut in two if its parts are three times as likely as the whole by their sizes, and
    hang together less than those of half the clusters of usual sizes do. A part of twice a usual
    size counts as two. What came of it is looked at again, by the sizes that there are then.

    Args:
        x: Unit rows, shape (N, D), also in fixed point.
        labels: Clusters, from 0 without gaps, shape (N,).
        must: Row pairs that stay together, shape (M, 2).
        progress: Called with the share done; may raise to cancel.

    Returns:
        The clusters.
    """
    odds = _odds(np.bincount(labels))
    if odds is None or odds.gain < _GAIN:
        return UsualSize(labels, 0, odds.gain if odds else 0.0)
    gain, found, number = odds.gain, labels.copy(), int(labels.max()) + 1
    links = must[labels[must[:, 0]] == labels[must[:, 1]]]
    halves: dict[int, Bisection] = {}
    with on_one_core():
        usual = _usual_cut(x, labels, odds)
        for done in range(_MAX_ROUNDS):
            members, before = member_lists(found), number
            for place, cluster in enumerate(_candidates(np.diff(members.starts), odds)):
                if place % _REPORT_CLUSTERS == 0:
                    tell(progress, done / _MAX_ROUNDS, NAME)
                rows = members.of(cluster)
                half = halves[cluster] = halves.get(cluster) or bisect(x[rows])
                parts = kept_together(half.second.astype(np.int64), rows, links)
                if half.cut < usual and _are_two(parts, odds):
                    number = number_parts(found, rows, parts, number)
                    del halves[cluster]
            if number == before:
                break
            odds = _odds(np.bincount(found)) or odds
    return UsualSize(found, number - int(labels.max()) - 1, gain)


def _odds(sizes: Int64) -> SizeOdds | None:
    """What sizes tell; None where clusters are too few for that."""
    several = sizes[(sizes > 1) & (sizes <= _MAX_ROWS)]
    return size_odds(several) if len(several) >= _MIN_CLUSTERS else None


def _usual_cut(x: Rows, labels: Int64, odds: SizeOdds) -> float:
    """How much the halves of clusters of usual sizes hang together, in the middle."""
    members = member_lists(labels)
    sizes = np.diff(members.starts)
    usual = np.flatnonzero(_of_size(odds.log_odds > _USUAL, sizes) & (sizes >= _MIN_ROWS))
    if not len(usual):
        return 0.0
    sample = usual[:: -(-len(usual) // _COMPARED)].tolist()
    return float(np.median([bisect(x[members.of(cluster)]).cut for cluster in sample]))


def _candidates(sizes: Int64, odds: SizeOdds) -> list[int]:
    """Clusters that some division would make likely enough."""
    divisible = np.zeros(len(odds.log_odds), bool)
    for size in range(_MIN_ROWS, len(divisible)):
        divisible[size] = odds.of_best_division(size) > _LOG_ODDS
    return np.flatnonzero(_of_size(divisible, sizes)).tolist()


def _of_size(which: NDArray[np.bool_], sizes: Int64) -> NDArray[np.bool_]:
    """Clusters whose size is one of those, which are given by their place; no larger ones."""
    return (sizes < len(which)) & which[np.minimum(sizes, len(which) - 1)]


def _are_two(parts: Int64, odds: SizeOdds) -> bool:
    """Tells whether their sizes make two parts of a cluster likely enough; not if it is but one."""
    second = int(parts.sum())
    return second > 0 and odds.of_division(len(parts) - second, second) > _LOG_ODDS
