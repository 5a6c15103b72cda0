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

from ..runtime.parallel import for_slices, row_slices
from .kernels import SMALL_ERRORS, subtract_rows

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

MORE = 2
"""Columns that hold what is subtracted."""
_ROUNDED_NUMBERS = 500_000


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
    blocks = row_slices(len(x), max(1, _ROUNDED_NUMBERS // x.shape[1]))
    for_slices(lambda block: half.write(block, x[block]), blocks, uses_torch=True)
    return Vectors(x, half)


def empty_half(num_rows: int, dimensions: int) -> Half:
    """Room for rows in half precision."""
    shape = num_rows, dimensions + MORE
    with torch.inference_mode(False):  # other threads, which write into it, are not in that mode
        numbers = torch.empty(shape, dtype=torch.bfloat16, device="cpu")
    return Half(numbers, np.empty(num_rows, np.float32))


def subtract(least: Float32, half: Tensor) -> None:
    """Lets products of rows with others in half precision come out less by some numbers.

    Args:
        least: To be subtracted, shape (R,).
        half: Rows as in `Half.numbers`, shape (R, D + 2); changed in place.
    """
    subtract_rows(least, as_bits(half))


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
    return error + (others.max() + SMALL_ERRORS)
