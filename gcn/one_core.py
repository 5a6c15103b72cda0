"""Matrix decompositions on one core.

OpenBLAS divides a decomposition into thousands of short steps, after each of which its threads
wait for the slowest. Where another program holds a core, they wait most of the time: 512 principal
directions of 7,000 rows then took 2 to 19 s on two cores, and 0.8 s on one of them.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

# The setting belongs to the process: of two that overlap, the one that ends last would restore
# what the other had set.
_ONE_AT_A_TIME = Lock()


@contextlib.contextmanager
def on_one_core() -> Iterator[None]:
    """Keeps the matrix library to one core, for what is in the `with` block; not to be nested.

    Yields:
        Nothing; in the end it has as many as before.
    """
    with _ONE_AT_A_TIME, _controller().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _controller() -> Any:
    """Of the libraries that are loaded; to look for them each time takes longer than small sums."""
    return ThreadpoolController()
