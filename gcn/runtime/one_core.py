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

from threadpoolctl import OpenBLASController, ThreadpoolController

_CHANGING = Lock()


class _Holders:
    """How many blocks want one core now, and what ends that when the last of them is left."""

    count = 0
    limit: Any = None


@contextlib.contextmanager
def on_one_core() -> Iterator[None]:
    """Keeps the matrix library to one core, for what is in the `with` block.

    The setting belongs to the process. Blocks may lie in each other and overlap in several
    threads: the first sets it, the last restores what there was.

    Yields:
        Nothing; in the end it has as many as before.
    """
    with _CHANGING:
        if not _Holders.count:
            with _in_control():
                _Holders.limit = _controller().limit(limits=1)
        _Holders.count += 1
    try:
        yield
    finally:
        with _CHANGING:
            _Holders.count -= 1
            if not _Holders.count:
                with _in_control():
                    _Holders.limit.restore_original_limits()


@contextlib.contextmanager
def _in_control() -> Iterator[None]:
    """Lets this thread set the cores of OpenBLAS, whichever set them before.

    From version 3.8 on threadpoolctl obeys the first thread that sets them, as long as that lives,
    and does nothing for all others, without a word.
    """
    release = getattr(OpenBLASController, "clear_controlling_thread", None)
    if release is not None:
        release(force=True)
    try:
        yield
    finally:
        if release is not None:
            release(force=True)


@functools.cache
def _controller() -> Any:
    """Of the libraries that are loaded; to look for them each time takes longer than small sums.

    Those of OpenMP have a setting for each thread, which no other thread can restore. The only one
    here is that of faiss, which decomposes nothing.
    """
    return ThreadpoolController().select(threading_layer="pthreads")
