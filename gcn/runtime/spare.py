"""Room that workers take turns with: new memory costs more than what is computed in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Room = TypeVar("Room")


class Spare(Generic[Room]):
    """Gives each worker room of its own, made only where none is free.

    Args:
        make: Makes one more.
    """

    def __init__(self, make: Callable[[], Room]) -> None:
        self._make = make
        self._free: deque[Room] = deque()

    @contextmanager
    def lent(self) -> Iterator[Room]:
        """Lends one, which is free again at the end."""
        try:
            room = self._free.pop()
        except IndexError:
            room = self._make()
        try:
            yield room
        finally:
            self._free.append(room)
