"""Products in half precision, which find the few pairs whose similarity is worth computing.

bfloat16 has the range of float32 and eight bits of precision. Processors that multiply it do so
four times as fast, but a similarity of 0.7 would be off by 0.003. So what a row must exceed is
subtracted inside the product, whose sums are kept in full precision: the result is exact where it
matters, around zero. What passes is computed anew from the rows themselves.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import torch
from llvmlite.binding import get_host_cpu_features  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray
from torch import Tensor

from .knn_kernels import recheck_columns, recheck_rows
from .parallel import RunBlocks, row_slices

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

MORE = 2
"""Columns that hold what is subtracted."""
_ROWS, _COLUMNS, _MOST_COLUMNS = 256, 64, 512
_BLOCK_SCORES = 2_000_000
_ROUNDED_NUMBERS = 500_000
_SMALL_ERRORS = np.float32(2.0**-14)
"""More than the product of two errors and what is lost of the numbers that are subtracted."""


class Half(NamedTuple):
    """Unit rows in half precision.

    Attributes:
        numbers: Shape (N, D + 2), bfloat16; the last two columns hold ones and have room for what
            is subtracted.
        error: Length of what rounding took from each row, shape (N,), float32.
    """

    numbers: Tensor
    error: Float32

    def write(self, at: slice, x: Float32) -> None:
        """Rounds some rows, shape (R, D), into R places."""
        full, rounded = torch.from_numpy(x), self.numbers[at]
        rounded[:, :-MORE].copy_(full)
        rounded[:, -MORE:] = 1.0
        off = rounded[:, :-MORE].float().sub_(full).numpy()
        self.error[at] = np.sqrt(np.einsum("ij,ij->i", off, off))

    def rows(self, some: slice) -> Half:
        """Some of the rows, without copying any."""
        return Half(self.numbers[some], self.error[some])


class Vectors(NamedTuple):
    """Unit rows in two precisions.

    Attributes:
        full: Shape (N, D), float32.
        half: The same rounded; None where this machine does not multiply them any faster.
    """

    full: Float32
    half: Half | None

    @property
    def dtype(self) -> torch.dtype:
        """Of the products: bfloat16 where it is there."""
        return torch.float32 if self.half is None else self.half.numbers.dtype

    def rows(self, some: slice) -> Vectors:
        """Some of the rows, without copying any."""
        return Vectors(self.full[some], None if self.half is None else self.half.rows(some))


def vectors(x: Float32) -> Vectors:
    """Unit rows, shape (N, D), beside themselves in half precision."""
    if not half_is_quicker():
        return Vectors(x, None)
    half = empty_half(*x.shape)
    for block in row_slices(len(x), max(1, _ROUNDED_NUMBERS // x.shape[1])):
        half.write(block, x[block])
    return Vectors(x, half)


def empty_half(num_rows: int, dimensions: int) -> Half:
    """Room for rows in half precision."""
    numbers = torch.empty((num_rows, dimensions + MORE), dtype=torch.bfloat16)
    return Half(numbers, np.empty(num_rows, np.float32))


def subtract(least: Float32, half: Tensor) -> None:
    """Lets products of rows with others in half precision come out less by some numbers.

    Args:
        least: To be subtracted, shape (R,).
        half: Rows as in `Half.numbers`, shape (R, D + 2); changed in place.
    """
    subtracted = -torch.from_numpy(least)
    # Two numbers of eight bits each hold what one would round away.
    half[:, -MORE] = subtracted
    half[:, -1] = subtracted - half[:, -MORE].float()


def excess(x: Vectors, least: Float32, others: Vectors, out: Tensor) -> NDArray[Any]:
    """How far similarities exceed some numbers.

    Args:
        x: R rows.
        least: What those of each row must exceed, shape (R,).
        others: C rows.
        out: Room for at least R rows of C numbers, of `x.dtype`.

    Returns:
        In float32, or the bits of bfloat16, shape (R, C).
    """
    scores = out[: len(least)]
    if x.half is None or others.half is None:
        across = torch.from_numpy(others.full).T
        torch.addmm(-torch.from_numpy(least)[:, None], torch.from_numpy(x.full), across, out=scores)
        return scores.numpy()
    wide = x.half.numbers.clone()
    subtract(least, wide)
    return as_bits(torch.mm(wide, others.half.numbers.T, out=scores))


def one_number(value: float, dtype: torch.dtype) -> Any:
    """A number as `excess` gives it: in float32, or as the bits of a bfloat16."""
    number = torch.tensor([value], dtype=dtype)
    return (number.numpy() if dtype == torch.float32 else as_bits(number))[0]


def as_bits(half: Tensor) -> NDArray[np.int16]:
    """The memory of numbers in bfloat16: positive where they are, and larger where they are."""
    return half.view(torch.int16).numpy()


@functools.cache
def half_is_quicker() -> bool:
    """Whether this processor has instructions that multiply bfloat16, and torch can use them.

    Asked, not timed: the two precisions differ in last digits, and what else the machine does must
    not change the clusters. Asked of the compiler that numba brings along: torch's own answers have
    changed their names from version to version. Only x86 says yes.
    """
    return torch.backends.mkldnn.is_available() and get_host_cpu_features().get("avx512bf16", False)


def slack(error: Float32, others: Float32) -> Float32:
    """How far products of unit rows with any of some others may be off in half precision.

    By Cauchy and Schwarz, whatever the rows are: errors of many dimensions often cancel out, but
    not where rows lie in a few, or hold one number many times.

    Args:
        error: As in `Half.error`, shape (R,).
        others: That of the others, shape (C,).
    """
    return error + (others.max() + _SMALL_ERRORS)


def scores_buffer() -> Tensor:
    """Room for the scores of one call after the other of `join_list_in_half`."""
    return torch.empty(_BLOCK_SCORES, dtype=torch.bfloat16)


def join_list_in_half(
    x: Float32,
    half: Half,
    ids: Int32,
    best: Float32,
    columns: Int32,
    queries: Int32,
    run: RunBlocks,
    buffer: Tensor,
) -> None:
    """Offers the rows of one list to the rows that probe it, and those to the rows of the list.

    Args:
        x: Unit rows, shape (N, D).
        half: The same, rounded.
        ids: Ids in the heap of each row, shape (N, k); changed in place.
        best: Their similarity, shape (N, k); changed in place.
        columns: Rows of the list, shape (C,).
        queries: Rows that probe it, each once, shape (Q,).
        run: Threads, from `parallel.row_workers`.
        buffer: Result of `scores_buffer`.
    """
    numbers = half.numbers
    for piece in row_slices(len(columns), _MOST_COLUMNS):
        some = columns[piece]
        # Each new shape of a product costs the library a program of its own: few shapes are used.
        width = _rounded_up(len(some), _COLUMNS)
        # Copied by numpy: torch would wake threads of its own, which then wait beside ours.
        gathered = np.zeros((width, numbers.shape[1]), np.int16)
        as_bits(numbers).take(some, 0, gathered[: len(some)], "clip")
        inside = torch.from_numpy(gathered).view(numbers.dtype)
        most = buffer.numel() // len(inside) // _ROWS * _ROWS
        for block in row_slices(len(queries), most):
            rows = queries[block]
            num_blocks = _rounded_up(len(rows), _ROWS) // _ROWS
            scores = buffer[: num_blocks * _ROWS * len(inside)].view(-1, len(inside))
            floor = best[rows, 0]
            least = floor - slack(half.error[rows], half.error[some])
            run(_score_rows, num_blocks, scores, rows, some, inside.T, least, x, numbers, ids, best)
            # What the columns must exceed is allowed the same slack: it stays added.
            run(recheck_columns, len(some), as_bits(scores), rows, some, floor, x, ids, best)


def _rounded_up(count: int, step: int) -> int:
    return -(-count // step) * step


def _score_rows(
    start: int,
    stop: int,
    scores: Tensor,
    rows: Int32,
    columns: Int32,
    inside: Tensor,
    least: Float32,
    x: Float32,
    half: Tensor,
    ids: Int32,
    best: Float32,
) -> None:
    """Scores some blocks of rows; the last one is filled up with rows that nobody looks at."""
    bits, numbers = as_bits(scores), torch.from_numpy(rows)
    outside = torch.empty((_ROWS, half.shape[1]), dtype=half.dtype)
    for first in range(start * _ROWS, stop * _ROWS, _ROWS):
        last = min(first + _ROWS, len(rows))
        wide = outside[: last - first]
        torch.index_select(half, 0, numbers[first:last], out=wide)
        subtract(least[first:last], wide)
        torch.mm(outside, inside, out=scores[first : first + _ROWS])
        recheck_rows(first, last, bits, rows, columns, x, ids, best)
