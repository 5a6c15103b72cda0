"""Gathers embeddings into one matrix as they are read, and checks that they can be clustered."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..base.params import ParameterError
from ..base.wording import count_text
from ..data.items import Items

# Kinds of NumPy's types: truth values, whole numbers and fractions.
_NUMBERS = "biuf"
# Rows that are checked at a time: what a check needs besides stays small.
_BLOCK = 8_192


@dataclasses.dataclass(frozen=True)
class EmbeddingTable:
    """Embeddings with the items that they belong to.

    Attributes:
        items: The items that have an embedding; N of them.
        embeddings: Their embeddings, shape (N, D), float32, finite, no row of zeros.
        missing: Ids of the items of the target that have none.
        source: Where they came from, in plain values.
    """

    items: Items
    embeddings: np.ndarray
    missing: tuple[str, ...]
    source: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Place:
    """Where embeddings are kept, for messages.

    Attributes:
        parameter: The parameter that chose the place.
        text: The place, at the beginning of a sentence.
    """

    parameter: str
    text: str


class TableBuilder:
    """Takes embeddings bit by bit; holds each once."""

    def __init__(self, items: Items, place: Place) -> None:
        self._items = items
        self._place = place
        self._lengths: list[int | None] = []
        self._count = 0
        self._matrix = np.empty((0, 0), np.float32)

    def add(self, vectors: Iterable[Any]) -> None:
        """Takes the next embeddings.

        Args:
            vectors: Arrays or lists of numbers, in the order of the items; None where there is
                none.
        """
        for vector in vectors:
            if vector is None:
                self._lengths.append(None)
                continue
            row = self._row(vector)
            if not self._count:
                self._matrix = np.empty((len(self._items), len(row)), np.float32)
            if len(row) == self._matrix.shape[1]:
                self._matrix[self._count] = row
            self._lengths.append(len(row))
            self._count += 1

    def _row(self, vector: Any) -> np.ndarray:
        row = np.asarray(vector)
        if row.dtype.kind not in _NUMBERS:
            item = self._items.ids[len(self._lengths)]
            raise self._error(
                f"holds vectors that are not of real numbers, for example that of '{item}' "
                f"({row.dtype}); compute them again"
            )
        with np.errstate(over="ignore"):  # to infinity, which is refused with the others
            return row.astype(np.float32, copy=False).ravel()

    def build(self, source: dict[str, Any]) -> EmbeddingTable:
        """Checks what was taken.

        Args:
            source: Where it came from, in plain values.

        Returns:
            The embeddings; items without one are left out and listed.

        Raises:
            ParameterError: There is none, the vectors differ in length, or some cannot be
                clustered.
        """
        ids = self._items.ids
        missing = tuple(i for i, length in zip(ids, self._lengths, strict=True) if length is None)
        if not self._count:
            raise self._error("has no embeddings for any of your target; compute them first")
        kept = self._items
        if missing:
            kept = kept.keep([i for i, length in enumerate(self._lengths) if length is not None])
        self._check_lengths()
        if not self._matrix.shape[1]:
            raise self._error("holds vectors without a single number; compute them again")
        embeddings = self._matrix[: self._count]
        finite = _rows_where(embeddings, lambda rows: np.isfinite(rows).all(axis=1))
        self._check_rows(kept, ~finite, "with NaN or infinite numbers")
        filled = _rows_where(embeddings, lambda rows: rows.any(axis=1))
        self._check_rows(kept, ~filled, "of nothing but zeros")
        return EmbeddingTable(kept, embeddings, missing, source | {"dimension": len(embeddings[0])})

    def _check_lengths(self) -> None:
        counts = Counter(length for length in self._lengths if length is not None)
        usual, number = counts.most_common(1)[0]
        if number == self._count:
            return
        item, length = next(
            (item, length)
            for item, length in zip(self._items.ids, self._lengths, strict=True)
            if length not in (None, usual)
        )
        others = self._count - number
        raise self._error(
            f"holds vectors of different lengths: {others} {'is' if others == 1 else 'are'} not "
            f"{usual} long, for example that of '{item}' with {length}; "
            "compute them again with one network"
        )

    def _check_rows(self, items: Items, is_bad: np.ndarray, what: str) -> None:
        bad = np.flatnonzero(is_bad)
        if len(bad):
            raise self._error(
                f"holds {count_text(len(bad), 'vectors')} {what}, for example that of "
                f"'{items.ids[bad[0]]}'; compute again or set to None what is wrong"
            )

    def _error(self, text: str) -> ParameterError:
        return ParameterError(self._place.parameter, f"{self._place.text} {text}")


def _rows_where(embeddings: np.ndarray, holds: Callable[[np.ndarray], Any]) -> np.ndarray:
    starts = range(0, len(embeddings), _BLOCK)
    return np.concatenate([holds(embeddings[start : start + _BLOCK]) for start in starts])
