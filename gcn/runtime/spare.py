"""Buffers that workers take turns with: new memory costs more than what is computed in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Buffer = TypeVar("Buffer")


class Spare(Generic[Buffer]):
    """Gives each worker a buffer of its own, made only where none is free.

    Args:
        make: Makes one more.
    """

    def __init__(self, make: Callable[[], Buffer]) -> None:
        self._make = make
        self._free: deque[Buffer] = deque()

    @contextmanager
    def lent(self) -> Iterator[Buffer]:
        """Lends one, which is free again at the end."""
        try:
            buffer = self._free.pop()
        except IndexError:
            buffer = self._make()
        try:
            yield buffer
        finally:
            self._free.append(buffer)
