"""Runs compiled row kernels on all cores.

Threads that release the GIL are used rather than a compiler's own thread pool: two clusterings
may then run at once in one process, as they do in the App's server.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import torch

_BLOCK_EDGES = 1_000_000
_SETTING = Lock()

RunBlocks = Callable[..., None]
"""Called as `run(kernel, num_rows, *args)`; see `for_row_blocks`."""


def num_threads() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def row_slices(num_rows: int, rows: int) -> Iterator[slice]:
    """Consecutive slices of at most `rows` rows that cover `num_rows`."""
    for start in range(0, num_rows, rows):
        yield slice(start, min(start + rows, num_rows))


def edge_slices(num_rows: int, k: int) -> Iterator[slice]:
    """Consecutive slices of rows of a kNN graph whose temporaries fit in a few megabytes.

    Args:
        num_rows: N.
        k: Neighbors per row.
    """
    return row_slices(num_rows, rows_per_block(k))


def rows_per_block(k: int) -> int:
    """Rows of a kNN graph that `edge_slices` takes at once."""
    return max(1, _BLOCK_EDGES // k)


def for_row_blocks(kernel: Callable[..., Any], num_rows: int, *args: Any) -> None:
    """Calls `kernel(start, stop, *args)` for consecutive blocks that cover `num_rows` rows.

    Args:
        kernel: Writes its results for rows start..stop-1 in place; must release the GIL.
        num_rows: Rows in all.
        *args: Passed to every call.
    """
    workers = num_threads()
    if workers == 1 or num_rows < 256:
        kernel(0, num_rows, *args)
        return
    with ThreadPoolExecutor(workers) as pool:
        # A few blocks per core even out rows of unequal cost.
        _run(pool, 4 * workers, kernel, num_rows, args)


@contextlib.contextmanager
def row_workers(blocks_per_worker: int = 1) -> Iterator[RunBlocks]:
    """Threads for many short calls of kernels that multiply matrices with torch.

    Each worker multiplies on its own core: threads of the matrix library that wait for work
    beside our own cost more than small products take.

    Args:
        blocks_per_worker: Into how many blocks each call divides its rows, per worker.

    Yields:
        A function like `for_row_blocks` that keeps its threads from call to call.
    """
    workers = num_threads()
    with ThreadPoolExecutor(workers, initializer=set_own_torch_threads, initargs=(1,)) as pool:

        def run(kernel: Callable[..., Any], num_rows: int, *args: Any) -> None:
            _run(pool, workers * blocks_per_worker, kernel, num_rows, args)

        yield run


def set_own_torch_threads(count: int) -> None:
    """As `torch.set_num_threads`, for the thread that calls it and no other.

    Each thread has a setting of its own, but torch gives the last one that any of them asked for
    to those that are new, and they keep it for good.

    Args:
        count: Threads that torch may use for this one.
    """
    with _SETTING, ThreadPoolExecutor(1) as new:
        usual = new.submit(torch.get_num_threads).result()
        torch.get_num_threads()  # only after this does torch keep to what follows
        torch.set_num_threads(count)
        new.submit(torch.set_num_threads, usual).result()


def _run(
    pool: ThreadPoolExecutor,
    blocks: int,
    kernel: Callable[..., Any],
    num_rows: int,
    args: tuple[Any, ...],
) -> None:
    step = max(1, -(-num_rows // blocks))
    starts = range(0, num_rows, step)
    jobs = [pool.submit(kernel, start, min(start + step, num_rows), *args) for start in starts]
    for job in jobs:
        job.result()
