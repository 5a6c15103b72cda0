"""Nearest neighbors at every size: exact where that is quick, by inverted lists above."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..runtime.parallel import RunBlocks, row_workers
from ..runtime.progress import Progress, share, tell
from .copies import rows_to_search
from .exact import exact_neighbors
from .half import vectors
from .join import Heaps, empty_heaps, join_across, join_inside
from .kernels import EMPTY, sort_heaps
from .lists import (
    InvertedLists,
    inverted,
    nearest_lists,
    train_centroids,
    usual_num_lists,
)
from .probes import (
    ALL_LISTS,
    EQUAL,
    NO_FURTHER,
    Probed,
    Sample,
    first_probes,
    further_lists,
    margin_needed,
)

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

EXACT_ROWS = 40_000
"""Up to here exact search takes seconds: `python -m benchmarks.scale --exact` prints both."""
MIN_RECALL = 0.97
"""Search goes on until this share of the true neighbors is found, in sets up to `MANY_ROWS`."""
MANY_ROWS = 3_000_000
MAX_FURTHER = 24.0
"""Further lists that a row of a larger set looks into on average, at most. The last neighbors to be
found are those between classes, by which clusters hardly change, and each percent of them takes
more than half as long again as all before it."""

HOPELESS_SHARE = 0.34
"""Of the lists: where so many would have to be searched, exact search is quicker."""
HELD_PROBES = 32_000_000
"""Pairs of a row and a list to look into that are held at once."""

GIVEN_UP = "lists_given_up"
"""In `Neighbors.counts`: lists that would have had to be searched for each row, if too many."""

_PLANNED_RECALL = 0.976
_SAMPLED_ROWS, _PLANNING_SHARE = 1500, 1 / 3
_WIDER, _WIDER_BY = 1.25, 0.02
_PICKING = 0.2
"""Share of the time of a search that goes into picking lists."""
_PLANNED = 0.5
"""Share of the time that is gone once it is known how many lists must be searched."""


class Neighbors(NamedTuple):
    """The nearest others of each row, and how they were found.

    Attributes:
        ids: Row numbers, shape (N, k), int32.
        similarity: Inner products, falling along each row, shape (N, k), float32.
        recall: Share of the true neighbors among them: exactly 1, or measured on a sample of those
            rows that have no more than k copies.
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
    heaps = empty_heaps(len(x), k)
    rows = rows_to_search(x, heaps)
    num_lists = usual_num_lists(len(rows))
    centroids = train_centroids(x, num_lists, share(progress, 0.0, 0.1), rows)
    planned, checked = _samples(x, rows, k, share(progress, 0.1, 0.15))
    first = first_probes(len(rows), num_lists, k)
    known = nearest_lists(x, centroids, first, share(progress, 0.15, 0.33))
    members = inverted(known[:, :1], num_lists, rows)
    # Lists differ in size: workers take a few at a time.
    with row_workers(blocks_per_worker=4) as run:
        join_inside(x, heaps, members, run, share(progress, 0.33, 0.38))
        queries = inverted(known[:, 1:], num_lists, rows)
        join_across(x, heaps, members, queries, run, share(progress, 0.38, _PLANNED))
        probed = Probed(vectors(centroids), known, _floors(x, heaps, rows))
        most = MAX_FURTHER if len(rows) > MANY_ROWS else np.inf
        margin, further, suffices = margin_needed(x, probed, heaps, planned, _PLANNED_RECALL, most)
        if further > HOPELESS_SHARE * num_lists:
            return round(first + further)
        recall, done, searched = _recall(heaps, checked), -ALL_LISTS, first * len(rows)
        while recall < MIN_RECALL and done < ALL_LISTS:
            rest = share(progress, _PLANNED, 0.98)
            searched += _search(x, heaps, members, probed, (done, margin), run, rest)
            recall = _recall(heaps, checked)
            if not suffices:
                break
            done, margin = margin, min(_WIDER * max(margin, 0.0) + _WIDER_BY, ALL_LISTS)
        run(sort_heaps, len(x), *heaps)
    np.clip(heaps.best, -1.0, 1.0, out=heaps.best)
    counts = {
        "lists": num_lists,
        "lists_searched": round(searched / len(rows)),
        "rows_checked": len(checked.rows),
    }
    order = inverted(known[:, :1], num_lists).rows
    return Neighbors(heaps.ids, heaps.best, recall, order, counts)


def _samples(x: Float32, rows: Int64, k: int, progress: Progress | None) -> tuple[Sample, Sample]:
    """Rows with their true neighbors: some to plan the search with, others to check it with."""
    rows = np.random.default_rng(1).permutation(rows)[:_SAMPLED_ROWS]
    planning = max(1, round(_PLANNING_SHARE * len(rows)))
    ids, similarity = exact_neighbors(x, rows, k, progress=progress)
    planned, checked = slice(planning), slice(planning, None)
    return (
        Sample(rows[planned], ids[planned], similarity[planned]),
        Sample(rows[checked], ids[checked], similarity[checked]),
    )


def _floors(x: Float32, heaps: Heaps, rows: Int64) -> Float32:
    """Similarity of the last neighbor of each row, `NO_FURTHER` where that is the true last one.

    Those of `rows` that met fewer than `k` others are searched exactly.
    """
    floors = np.full(len(x), NO_FURTHER, np.float32)
    floors[rows] = heaps.best[rows, 0]
    few = np.flatnonzero((heaps.best == EMPTY).any(1))
    if len(few):
        ids, similarity = exact_neighbors(x, few, heaps.ids.shape[1])
        # Rising is the order of a heap.
        heaps.ids[few], heaps.best[few] = ids[:, ::-1], similarity[:, ::-1]
        floors[few] = NO_FURTHER
    return floors


def _search(
    x: Float32,
    heaps: Heaps,
    members: InvertedLists,
    probed: Probed,
    margins: tuple[float, float],
    run: RunBlocks,
    progress: Progress | None,
) -> int:
    """Joins each row with the lists between two margins, and says how many those are in all."""
    searched, before, both = 0, 0.0, vectors(x)

    def picking(done: float, what: str) -> None:
        tell(progress, before + _PICKING * (done - before), what)

    for stop, queries in further_lists(both, probed, margins, HELD_PROBES, picking):
        after = stop / len(x)
        part = share(progress, before + _PICKING * (after - before), after)
        join_across(x, heaps, members, queries, run, part, both.half)
        searched, before = searched + len(queries.rows), after
    return searched


def _recall(heaps: Heaps, checked: Sample) -> float:
    return measured_recall(heaps.best[checked.rows], checked.similarity[:, -1])


def measured_recall(found: Float32, least: Float32) -> float:
    """Share of the true neighbors that were found.

    Counts what is as similar as the last true neighbor: of equals any will do.

    Args:
        found: Similarities of the neighbors found, in any order, shape (S, k).
        least: Similarity of the k-th true neighbor, shape (S,).
    """
    return float((found >= least[:, None] - EQUAL).mean())
