"""Candidates for the neighbor lists of both sides of a product, collected while no list changes.

Any number of threads compare at once and none waits for another, since heaps are only read. What
they found is then taken by threads that each have heaps of their own, in the order of the products:
the outcome is the same for any number of threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..runtime.compiled import compiled
from .kernels import ROUNDED, SMALL_ERRORS, dot, of_bits, push, subtract_one

_CHUNK = 64


class Offers(NamedTuple):
    """Candidates for heaps, as found by U products with room for S each.

    Attributes:
        heap: Row whose heap is offered something, shape (U, S), int32.
        candidate: Row that is offered, shape (U, S), int32.
        score: Their similarity, shape (U, S), float32.
        found: How many each product found, shape (U,), int64.
        seen: How many rows of each product were looked at before its room was full, shape (U,),
            int64.
    """

    heap: NDArray[np.int32]
    candidate: NDArray[np.int32]
    score: NDArray[np.float32]
    found: NDArray[np.int64]
    seen: NDArray[np.int64]


def empty_offers(products: int, room: int) -> Offers:
    """Room for what some products find; memory is only taken by what they do find."""
    heap, candidate = (np.empty((products, room), np.int32) for _ in range(2))
    score, (found, seen) = np.empty(heap.shape, np.float32), np.zeros((2, products), np.int64)
    return Offers(heap, candidate, score, found, seen)


@compiled(nogil=True)
def gather_half(rows: Any, numbers: Any, out: Any) -> None:
    """Copies some rows of a matrix to the front of another, both of the same width."""
    for r in range(len(rows)):
        i = rows[r]
        for d in range(numbers.shape[1]):
            out[r, d] = numbers[i, d]


@compiled(nogil=True)
def subtract_heap_floors(
    rows: Any, columns: Any, error: Any, floors: Any, wide: Any, floor: Any
) -> None:
    """Lets products of some rows come out less by what they must exceed.

    Args:
        rows: Row numbers, shape (R,).
        columns: Those that they are multiplied with, shape (C,).
        error: See `half.Half`, shape (N,).
        floors: Smallest similarity in each heap, shape (N,).
        wide: Bits of R rows in half precision with two columns for it; changed in place.
        floor: That of each of the rows, shape (at least R,); filled in place.
    """
    most = np.float32(0)
    for c in range(len(columns)):
        most = max(most, error[columns[c]])
    for r in range(len(rows)):
        i = rows[r]
        floor[r] = floors[i]
        subtract_one(floor[r] - (error[i] + (most + SMALL_ERRORS)), wide[r])


@compiled(nogil=True)
def offer_half(
    at: int,
    bits: Any,
    rows: Any,
    columns: Any,
    floor: Any,
    x: Any,
    floors: Any,
    offers: Any,
) -> None:
    """Collects what a product in half precision may offer, with similarities in float32.

    Args:
        at: Number of the product.
        bits: Similarity less what it must exceed by `subtract_heap_floors`, bfloat16 seen as int16,
            shape (at least R, at least C).
        rows: Row numbers, no row twice, shape (R,).
        columns: Row numbers, shape (C,).
        floor: From `subtract_heap_floors`, shape (at least R,).
        x: Unit rows, shape (N, D), float32.
        floors: Smallest similarity in each heap, shape (N,).
        offers: Filled in place at the number of the product.
    """
    of_columns, place = floors[columns], np.empty(_CHUNK, np.int32)
    count = 0
    for r in range(len(rows)):
        if count + 2 * len(columns) >= offers.heap.shape[1]:
            break
        i = rows[r]
        for first in range(0, len(columns), _CHUNK):
            line = bits[r, first : min(first + _CHUNK, len(columns))]
            least = of_columns[first : first + len(line)]
            # Few pass once heaps are warm: counting is vectorized, computing anew is not.
            hits = 0
            for c in range(len(line)):
                hits += _passes(line[c], floor[r], least[c])
            if hits == 0:
                continue
            picked = 0
            for c in range(len(line)):
                place[picked] = c
                picked += _passes(line[c], floor[r], least[c])
            for c in place[:picked]:
                j = columns[first + c]
                score = dot(x[i], x[j])
                count = _offer(at, i, j, score, floor[r], least[c], offers, count)
        offers.seen[at] = r + 1
    offers.found[at] = count


@compiled(nogil=True)
def offer_full(at: int, scores: Any, rows: Any, columns: Any, floors: Any, offers: Any) -> None:
    """Collects what a product in full precision offers, as `offer_half`; scores are similarities.

    `scores` has shape (R, C), float32.
    """
    of_columns, place = floors[columns], np.empty(_CHUNK, np.int32)
    count = 0
    for r in range(len(rows)):
        if count + 2 * len(columns) >= offers.heap.shape[1]:
            break
        i = rows[r]
        floor = floors[i]
        for first in range(0, len(columns), _CHUNK):
            line = scores[r, first : min(first + _CHUNK, len(columns))]
            least = of_columns[first : first + len(line)]
            hits = 0
            for c in range(len(line)):
                hits += (line[c] > floor) | (line[c] > least[c])
            if hits == 0:
                continue
            picked = 0
            for c in range(len(line)):
                place[picked] = c
                picked += (line[c] > floor) | (line[c] > least[c])
            for c in place[:picked]:
                j = columns[first + c]
                count = _offer(at, i, j, line[c], floor, least[c], offers, count)
        offers.seen[at] = r + 1
    offers.found[at] = count


@compiled(nogil=True)
def take_offers(
    start: int, stop: int, parts: int, offers: Any, ids: Any, best: Any, floors: Any
) -> None:
    """Fills the heaps of some parts of all rows; every `parts`-th row is of one part.

    Args:
        start: First part.
        stop: Part after the last.
        parts: How many there are, a power of two.
        offers: From all products.
        ids: Ids in each heap, shape (N, k), int32; changed in place.
        best: Their similarity, shape (N, k), float32; changed in place.
        floors: The smallest of each heap, shape (N,), float32; changed in place.
    """
    for part in range(start, stop):
        for at in range(len(offers.found)):
            heap, candidate, score = offers.heap[at], offers.candidate[at], offers.score[at]
            for e in range(offers.found[at]):
                i = heap[e]
                if i & (parts - 1) == part and score[e] > floors[i]:
                    push(ids[i], best[i], candidate[e], score[e])
                    floors[i] = best[i, 0]


@compiled(nogil=True, inline="always")
def _passes(bits: Any, added: Any, least: Any) -> Any:
    """Whether a product may pass for its row, or be more than the `least` of its column.

    What was subtracted is that of the row, so it is `added` again; what rounding took from the
    result is allowed for.
    """
    value = of_bits(bits)
    return (bits > 0) | (value + added + ROUNDED * abs(value) > least)


@compiled(nogil=True, inline="always")
def _offer(
    at: int, i: Any, j: Any, score: Any, of_row: Any, of_column: Any, offers: Any, count: int
) -> int:
    """Notes a pair for those of its two heaps that it would enter, and counts on."""
    # Written first and kept if it is one: which pairs are cannot be foreseen by a branch.
    offers.heap[at, count] = i
    offers.candidate[at, count] = j
    offers.score[at, count] = score
    count += score > of_row
    offers.heap[at, count] = j
    offers.candidate[at, count] = i
    offers.score[at, count] = score
    count += score > of_column
    return count
