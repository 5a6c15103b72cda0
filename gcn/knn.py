"""Nearest neighbors at every size: exact where that is quick, by inverted lists above."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .knn_exact import exact_neighbors
from .knn_join import Heaps, empty_heaps, join_across, join_inside
from .knn_kernels import EMPTY, sort_heaps
from .knn_lists import (
    InvertedLists,
    inverted,
    nearest_lists,
    probes_needed,
    train_centroids,
    usual_num_lists,
)
from .parallel import RunBlocks, row_workers
from .progress import Progress, share

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

EXACT_ROWS = 40_000
"""Up to here exact search takes seconds: `python -m benchmarks.scale --exact` prints both."""
MIN_RECALL = 0.97
"""Search goes on until this share of the true neighbors is found."""

HOPELESS_SHARE = 0.34
"""Of the lists: where so many would have to be searched, exact search is quicker."""
HELD_PROBES = 64_000_000
"""Lists that are remembered for all rows together."""

GIVEN_UP = "lists_given_up"
"""In `Neighbors.counts`: lists that would have had to be searched for each row, if too many."""

_PLANNED_RECALL = 0.976
_SAMPLED_ROWS, _PLANNING_SHARE = 1500, 1 / 3
_NEAREST_PROBES = 5
_MORE_PROBES = 1.4
_PLANNED = 0.16
"""Share of the time that goes into centroids and the choice of how many lists to search."""


class Neighbors(NamedTuple):
    """The nearest others of each row, and how they were found.

    Attributes:
        ids: Row numbers, shape (N, k), int32.
        similarity: Inner products, falling along each row, shape (N, k), float32.
        recall: Share of the true neighbors among them: exactly 1, or measured on a sample.
        order: All rows, similar ones close together: a good order to read memory in, shape (N,).
        counts: What the search did, for `Stage.counts`.
    """

    ids: Int32
    similarity: Float32
    recall: float
    order: NDArray[np.integer]
    counts: dict[str, int]


def nearest_neighbors(
    x: Float32,
    k: int,
    progress: Progress | None = None,
    device: str | None = None,
    exact: bool | None = None,
) -> Neighbors:
    """Finds the `k` most similar others of every row.

    Args:
        x: Unit rows, shape (N, D), float32, C-contiguous.
        k: Neighbors per row; 1 <= k < N.
        progress: Called with the share done; may raise to cancel.
        device: A torch device other than the CPU, which searches exactly.
        exact: Whether every row is compared with every other; chosen by N if left out.

    Returns:
        The neighbors; where search is not exact, the recall that was measured.
    """
    if exact is None:
        exact = device is not None or len(x) <= EXACT_ROWS
    given_up: dict[str, int] = {}
    if not exact:
        found = _by_lists(x, k, progress)
        if isinstance(found, Neighbors):
            return found
        given_up, progress = {GIVEN_UP: found}, share(progress, _PLANNED, 1.0)
    ids, similarity = exact_neighbors(x, np.arange(len(x)), k, device, progress)
    return Neighbors(ids, similarity, 1.0, np.arange(len(x)), given_up)


def _by_lists(x: Float32, k: int, progress: Progress | None) -> Neighbors | int:
    """Searches by inverted lists, or says how many would have to be probed, where it is most."""
    num_lists = usual_num_lists(len(x))
    centroids = train_centroids(x, num_lists, share(progress, 0.0, 0.12))
    rows = np.random.default_rng(1).permutation(len(x))[:_SAMPLED_ROWS]
    planning = max(1, round(_PLANNING_SHARE * len(rows)))
    true_ids, true_similarity = exact_neighbors(x, rows, k, progress=share(progress, 0.12, 0.14))
    within = share(progress, 0.14, _PLANNED)
    planned = rows[:planning], true_ids[:planning]
    probes, _ = probes_needed(x, centroids, *planned, _PLANNED_RECALL, within)
    if probes > HOPELESS_SHARE * num_lists:
        return probes
    checked, least = rows[planning:], true_similarity[planning:, -1]
    heaps, recall, done = empty_heaps(len(x), k), 0.0, 1
    # Probes of all rows are held where they fit; the lists that rows belong to always are.
    held = probes if len(x) * probes <= HELD_PROBES else 1
    known = nearest_lists(x, centroids, held, share(progress, _PLANNED, 0.24))
    members = inverted(np.ascontiguousarray(known[:, :1]), num_lists)
    with row_workers() as run:
        join_inside(x, heaps, members, run, share(progress, 0.24, 0.3))
        while recall < MIN_RECALL and done < num_lists:
            probes = max(probes, done + 1)
            lists = _Lists(centroids, members, known if held >= probes else None)
            _search(x, heaps, lists, (done, probes), run, share(progress, 0.3, 0.98))
            recall = measured_recall(heaps.best[checked], least)
            done, probes = probes, min(math.ceil(_MORE_PROBES * probes), num_lists)
        _complete(x, heaps)
        run(sort_heaps, len(x), *heaps)
    np.clip(heaps.best, -1.0, 1.0, out=heaps.best)
    counts = {"lists": num_lists, "lists_searched": done, "rows_checked": len(checked)}
    return Neighbors(heaps.ids, heaps.best, recall, members.rows, counts)


class _Lists(NamedTuple):
    """Centroids, rows of each list, and the probes of all rows where they are held."""

    centroids: Float32
    members: InvertedLists
    probes: Int32 | None


def _search(
    x: Float32,
    heaps: Heaps,
    lists: _Lists,
    ranks: tuple[int, int],
    run: RunBlocks,
    progress: Progress | None,
) -> None:
    """Joins each row with the lists of the given ranks, for as many rows at once as fit."""
    num_lists = len(lists.centroids)
    step = len(x) if lists.probes is not None else max(1, HELD_PROBES // ranks[1])
    for start in range(0, len(x), step):
        stop = min(start + step, len(x))
        part = share(progress, start / len(x), stop / len(x))
        probes = lists.probes
        if probes is None:
            rows = x[start:stop]
            probes = nearest_lists(rows, lists.centroids, ranks[1], share(part, 0.0, 0.2))
        # The nearest lists first: less of what comes after them passes.
        middle = int(np.clip(_NEAREST_PROBES, *ranks))
        for first, last in ((ranks[0], middle), (middle, ranks[1])):
            queries = inverted(np.ascontiguousarray(probes[:, first:last]), num_lists)
            queries.rows[:] += start
            done = (0.2 + 0.8 * (edge - ranks[0]) / (ranks[1] - ranks[0]) for edge in (first, last))
            join_across(x, heaps, lists.members, queries, run, share(part, *done))


def measured_recall(found: Float32, least: Float32) -> float:
    """Share of the true neighbors that were found.

    Counts what is as similar as the last true neighbor: of equals any will do.

    Args:
        found: Similarities of the neighbors found, in any order, shape (S, k).
        least: Similarity of the k-th true neighbor, shape (S,).
    """
    return float((found >= least[:, None] - 2e-6).mean())


def _complete(x: Float32, heaps: Heaps) -> None:
    """Searches exactly for the rows that met fewer than `k` others."""
    rows = np.flatnonzero((heaps.best == EMPTY).any(1))
    if len(rows):
        ids, similarity = exact_neighbors(x, rows, heaps.ids.shape[1])
        heaps.ids[rows], heaps.best[rows] = ids, similarity
