"""Products of some rows with the rows of a list, in either precision, on one core each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .half import Half, as_bits
from .offers import Offers, gather_half, offer_full, offer_half, subtract_heap_floors

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

MAX_COLUMNS = 512
_SCORES = 512 * 1024
_ROWS, _COLUMNS = 256, 64
_HALF_ROWS, _FULL_ROWS = 4096, 1024


class Unit(NamedTuple):
    """Rows to be compared with each other.

    Attributes:
        rows: No row twice, shape (R,).
        columns: Others, shape (C,), at most `MAX_COLUMNS`.
    """

    rows: Int32
    columns: Int32


class FullProducts:
    """Room for products in float32, reused from one to the next.

    Args:
        x: Unit rows, shape (N, D), float32.
        floors: Smallest similarity in each row's heap, shape (N,).
    """

    def __init__(self, x: Float32, floors: Float32) -> None:
        self._x, self._floors = torch.from_numpy(x), floors
        self._rows = torch.empty((_FULL_ROWS, x.shape[1]), dtype=torch.float32)
        self._columns = torch.empty((MAX_COLUMNS, x.shape[1]), dtype=torch.float32)
        self._scores = torch.empty(_SCORES, dtype=torch.float32)

    @staticmethod
    def most_rows(num_columns: int) -> int:
        """Rows that are multiplied with so many at once."""
        return min(_FULL_ROWS, _SCORES // num_columns)

    def compare(self, at: int, unit: Unit, offers: Offers) -> None:
        """Collects what the pairs of a unit offer to each other's heaps, as product `at`."""
        rows, columns = self._rows[: len(unit.rows)], self._columns[: len(unit.columns)]
        torch.index_select(self._x, 0, torch.from_numpy(unit.rows), out=rows)
        torch.index_select(self._x, 0, torch.from_numpy(unit.columns), out=columns)
        scores = self._scores[: len(rows) * len(columns)].view(len(rows), -1)
        torch.mm(rows, columns.T, out=scores)
        offer_full(at, scores.numpy(), *unit, self._floors, offers)


class HalfProducts:
    """Room for products in half precision, reused from one to the next.

    Args:
        x: Unit rows, shape (N, D), float32.
        half: The same, rounded.
        floors: Smallest similarity in each row's heap, shape (N,).
    """

    def __init__(self, x: Float32, half: Half, floors: Float32) -> None:
        self._x, self._half, self._floors = x, half, floors
        width = half.numbers.shape[1]
        self._rows = torch.zeros((_HALF_ROWS, width), dtype=half.numbers.dtype)
        self._columns = torch.zeros((MAX_COLUMNS, width), dtype=half.numbers.dtype)
        self._scores = torch.empty(_SCORES, dtype=half.numbers.dtype)
        self._floor = np.empty(_HALF_ROWS, np.float32)

    @staticmethod
    def most_rows(num_columns: int) -> int:
        """Rows that are multiplied with so many at once."""
        return min(_HALF_ROWS, _SCORES // _rounded_up(num_columns, _COLUMNS) // _ROWS * _ROWS)

    def compare(self, at: int, unit: Unit, offers: Offers) -> None:
        """Collects what the pairs of a unit offer to each other's heaps, as product `at`."""
        numbers, error = as_bits(self._half.numbers), self._half.error
        rows, columns = self._padded(unit)
        gather_half(unit.columns, numbers, as_bits(columns))
        gather_half(unit.rows, numbers, as_bits(rows))
        subtract_heap_floors(*unit, error, self._floors, as_bits(rows), self._floor)
        scores = self._scores[: len(rows) * len(columns)].view(len(rows), -1)
        torch.mm(rows, columns.T, out=scores)
        offer_half(at, as_bits(scores), *unit, self._floor, self._x, self._floors, offers)

    def _padded(self, unit: Unit) -> tuple[Tensor, Tensor]:
        """Room for a unit in one of few shapes: each costs the library a program of its own."""
        num_rows = _rounded_up(len(unit.rows), _ROWS)
        return self._rows[:num_rows], self._columns[: _rounded_up(len(unit.columns), _COLUMNS)]


def _rounded_up(count: int, step: int) -> int:
    return -(-count // step) * step
