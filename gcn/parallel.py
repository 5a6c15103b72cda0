"""Runs compiled row kernels on all cores.

Threads that release the GIL are used rather than a compiler's own thread pool: two clusterings
may then run at once in one process, as they do in the App's server.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def num_threads() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def for_row_blocks(kernel: Callable[..., Any], num_rows: int, *args: Any) -> None:
    """Calls `kernel(start, stop, *args)` for consecutive blocks that cover `num_rows` rows.

    Args:
        kernel: Writes its results for rows start..stop-1 in place; must release the GIL.
        num_rows: Rows in all.
        *args: Passed to every call.
    """
    workers = num_threads()
    # A few blocks per core even out rows of unequal cost.
    step = max(1, -(-num_rows // (4 * workers)))
    if workers == 1 or num_rows < 256:
        kernel(0, num_rows, *args)
        return
    with ThreadPoolExecutor(workers) as pool:
        starts = range(0, num_rows, step)
        jobs = [pool.submit(kernel, start, min(start + step, num_rows), *args) for start in starts]
        for job in jobs:
            job.result()
