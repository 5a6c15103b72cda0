"""Writes that do not depend on each other, over two connections: MongoDB gives each one core."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

CONNECTIONS = 2
"""More of them wait for each other: the same documents then cost MongoDB a quarter more."""


def side_by_side(write: Callable[[T], R], parts: Iterable[T]) -> list[R]:
    """Carries out writes.

    None of them goes on once it returns or raises, so nothing is written after the caller has
    given up the right to write.

    Args:
        write: Carries out a part; called by several threads.
        parts: What to write, in parts of some hundred documents or more.

    Returns:
        What `write` gave for each part.
    """
    listed = list(parts)
    if len(listed) < 2:
        return [write(part) for part in listed]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(write, listed))
