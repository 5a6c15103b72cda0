"""Which lists a row looks into after the nearest few: those that may hold nearer neighbors.

Where classes are well apart, the nearest lists hold all neighbors of a row. What lies between
classes has neighbors that are hardly nearer than anything else, in lists all over, and a number of
lists that finds them would be wasted on the others. So a row looks into every list whose centroid
comes within a margin of its floor, the similarity of the last neighbor that it has: few or none
for most rows, hundreds for some.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..runtime.parallel import row_slices, row_workers
from ..runtime.progress import Progress, tell
from .half import Vectors, excess, one_number
from .join import Heaps
from .kernels import positive_columns
from .lists import InvertedLists, inverted_pairs

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

ALL_LISTS = 2.0
"""A margin that leaves out no list: cosines differ by no more."""
NO_FURTHER = 4.0
"""A floor that nothing comes within any margin of."""
EQUAL = 2e-6
"""Similarities that differ by less are equals, of which any is as good a neighbor."""

_FEWEST, _OFFERED_PER_NEIGHBOR = 8, 4
_PIECE_ROWS = 8192
_BLOCK_SCORES = 2_000_000


class Sample(NamedTuple):
    """Rows whose true neighbors are known.

    Attributes:
        rows: Row numbers, shape (S,), int64.
        ids: True neighbors, shape (S, k), int32.
        similarity: Theirs, falling, shape (S, k), float32.
    """

    rows: Int64
    ids: Int32
    similarity: Float32


class Probed(NamedTuple):
    """Lists, and what rows have found in the nearest of them.

    Attributes:
        centroids: L of them.
        known: Lists that each row has looked into, its own first, shape (N, P), int32.
        floors: Similarity of each row's last neighbor so far, shape (N,), float32; `NO_FURTHER` for
            rows that look no further.
    """

    centroids: Vectors
    known: Int32
    floors: Float32


class Margin(NamedTuple):
    """How far below its floor a row looks.

    Attributes:
        width: By how much the centroid of a list may be less similar than the floor.
        further: Lists that a row looks into with it on average.
        suffices: Whether that finds as many neighbors as were asked for.
    """

    width: float
    further: float
    suffices: bool


def first_probes(num_rows: int, num_lists: int, k: int) -> int:
    """Lists that every row looks into: as many as offer each neighbor's place to four others."""
    offered = _OFFERED_PER_NEIGHBOR * k * num_lists / num_rows
    return min(num_lists, max(_FEWEST, int(np.ceil(offered))))


def margin_needed(
    x: Float32,
    probed: Probed,
    heaps: Heaps,
    sample: Sample,
    recall: float,
    most_lists: float = np.inf,
) -> Margin:
    """How far below its floor a row must look for enough true neighbors to be found.

    A pair is found if either end looks into the list of the other.

    Args:
        x: Unit rows, shape (N, D).
        probed: The lists, and the floors after the nearest of them.
        heaps: What was found there.
        sample: Rows with their true neighbors.
        recall: Share of the pairs to be found, in [0, 1].
        most_lists: Further lists that a row may look into on average.

    Returns:
        The margin, or the widest one that `most_lists` allow.
    """
    centroids, known, floors = probed
    num_rows, k = sample.ids.shape
    found = [np.isin(ids, heaps.ids[i]) for i, ids in zip(sample.rows, sample.ids, strict=True)]
    needless = sample.similarity <= floors[sample.rows, None] + EQUAL
    i, t = np.nonzero(~(np.stack(found) | needless))
    missing = int(np.ceil(recall * num_rows * k)) - (num_rows * k - len(i))
    if missing <= 0:
        return Margin(-ALL_LISTS, 0.0, True)
    scores = x[sample.rows] @ centroids.full.T
    row, other = sample.rows[i], sample.ids[i, t]
    one = floors[row] - scores[i, known[other, 0]]
    reverse = np.einsum("ij,ij->i", x[other], centroids.full[known[row, 0]])
    shortfall = np.minimum(one, floors[other] - reverse)
    margin = float(np.partition(shortfall, missing - 1)[missing - 1])
    below = floors[sample.rows, None] - scores
    np.put_along_axis(below, known[sample.rows].astype(np.int64), NO_FURTHER, 1)
    further = float((below <= margin).sum(1).mean())
    if further <= most_lists:
        return Margin(margin, further, True)
    allowed = int(most_lists * num_rows)
    margin = float(np.partition(below, allowed, axis=None)[allowed])
    return Margin(margin, most_lists, False)


def further_lists(
    x: Vectors,
    probed: Probed,
    margins: tuple[float, float],
    held: int,
    progress: Progress | None = None,
) -> Iterator[tuple[int, InvertedLists]]:
    """Picks the lists of all rows between two margins, for as many rows at once as fit.

    Args:
        x: N unit rows.
        probed: The lists, those that rows have looked into, and the floors.
        margins: That up to which rows have looked, and that up to which they shall.
        held: Pairs of row and list that are held at once, give or take a few thousand rows.
        progress: Called with the share of rows done; may raise to cancel.

    Yields:
        The row after the last, and for each list the rows that look into it.
    """
    num_rows, num_lists = len(probed.floors), len(probed.centroids.full)
    start, picked = 0, [(np.empty(0, np.int64), np.empty(0, np.int32))]
    with row_workers(blocks_per_worker=2) as run:
        for piece in row_slices(num_rows, _PIECE_ROWS):
            tell(progress, piece.start / num_rows, "Nearest neighbors: lists")
            parts: dict[int, tuple[Int64, Int32]] = {}
            part = Probed(probed.centroids, probed.known[piece], probed.floors[piece])
            run(_pick, len(part.floors), x.rows(piece), part, margins, parts)
            picked += [parts[first] for first in sorted(parts)]
            if piece.stop == num_rows or sum(len(lists) for _, lists in picked) >= held:
                count, lists = (np.concatenate(each) for each in zip(*picked, strict=True))
                picked = picked[:1]
                yield piece.stop, inverted_pairs(count, lists, num_lists, start)
                start = piece.stop


def _pick(
    start: int,
    stop: int,
    x: Vectors,
    probed: Probed,
    margins: tuple[float, float],
    parts: dict[int, tuple[Int64, Int32]],
) -> None:
    above, margin = margins
    num_lists = len(probed.centroids.full)
    step = max(1, min(_BLOCK_SCORES // num_lists, stop - start))
    lists, count = np.empty(step * num_lists, np.int32), np.empty(stop - start, np.int64)
    out = torch.empty((step, num_lists), dtype=x.dtype)
    limit = one_number(margin - above, x.dtype)
    picked = [lists[:0]]
    for first in range(start, stop, step):
        rows = slice(first, min(first + step, stop))
        least = probed.floors[rows] - np.float32(margin)
        beyond = excess(x.rows(rows), least, probed.centroids, out)
        np.put_along_axis(beyond, probed.known[rows].astype(np.int64), 0, 1)
        counted = count[first - start : rows.stop - start]
        total = positive_columns(beyond, limit, counted, lists)
        picked.append(lists[:total].copy())
    parts[start] = count, np.concatenate(picked)
