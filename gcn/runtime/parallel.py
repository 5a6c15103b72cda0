"""Runs compiled row kernels, and numpy on blocks of rows, on all cores.

Both release the GIL. Threads of our own are used rather than those of a compiler: two clusterings
may then run at once in one process, as they do in the App's server, and none are left behind that
a fork would lose.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from threading import Lock
from typing import Any, TypeVar

import torch

from .workers import Workers

_CACHED_NUMBERS = 100_000
_SECONDS_BETWEEN_REPORTS = 0.1
_SETTING = Lock()

Result = TypeVar("Result")

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


def cached_slices(num_rows: int, width: int) -> Iterator[slice]:
    """Consecutive slices of rows that fit into a core's cache with what is worked out of them.

    Args:
        num_rows: N.
        width: Numbers per row.
    """
    return row_slices(num_rows, max(1, _CACHED_NUMBERS // max(1, width)))


def for_slices(
    work: Callable[[slice], object],
    slices: Iterable[slice],
    report: Callable[[float], None] | None = None,
    max_workers: int | None = None,
    uses_torch: bool = False,
) -> None:
    """Calls `work` for each of some slices, on all cores.

    Threads take the next slice whenever they are through with one, so which of them does which is
    open: `work` must write nothing that another slice's does.

    Args:
        work: Spends its time in calls that release the GIL, on numpy arrays of a cache's size or
            in compiled kernels.
        slices: In the order in which they are begun; a few milliseconds of work each.
        report: Called by the calling thread with the share that was begun, at the start and ten
            times a second. Where it raises, or `work` does, no other slice is begun.
        max_workers: Most threads, where each needs much memory.
        uses_torch: Whether `work` multiplies with torch; each thread then does so on one core, and
            the calling one does not.
    """
    left = deque(slices)
    workers = min(num_threads(), len(left), max_workers or len(left))
    if report is not None:
        report(0.0)
    if len(left) <= 1 and not uses_torch:
        for piece in left:
            work(piece)
        return
    if not left:
        return
    with _torch_pool(workers) if uses_torch else Workers(workers) as pool:
        _share_out(pool, workers, work, left, report)


def results_in_order(
    work: Callable[[slice], Result], slices: Iterable[slice], max_workers: int | None = None
) -> Iterator[Result]:
    """What `work` returns for each of some slices, in their order, worked out on all cores.

    Sums of what they yield do not depend on the number of cores.

    Args:
        work: As in `for_slices`.
        slices: Likewise.
        max_workers: Most threads, where each needs much memory.

    Yields:
        One result after another; one more than there are threads waits at most.
    """
    workers = min(num_threads(), max_workers or num_threads())
    with Workers(workers) as pool:
        jobs = deque[Future[Result]]()
        for piece in slices:
            jobs.append(pool.submit(work, piece))
            if len(jobs) > workers:
                yield jobs.popleft().result()
        while jobs:
            yield jobs.popleft().result()


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
    # A few blocks per core even out rows of unequal cost.
    for_slices(_on_slices(kernel, args), _blocks(num_rows, 4 * workers))


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
    with _torch_pool(workers) as pool:

        def run(kernel: Callable[..., Any], num_rows: int, *args: Any) -> None:
            blocks = _blocks(num_rows, workers * blocks_per_worker)
            _share_out(pool, workers, _on_slices(kernel, args), deque(blocks))

        yield run


def on_a_core(work: Callable[..., Result], *args: Any) -> Result:
    """Calls `work`, which uses torch, in a thread of its own that has one core.

    What it returns is then the same for any number of cores and whatever modes of torch the caller
    is in; and the calling thread gets no helpers, which a fork would lose and the child wait for.

    Args:
        work: What to do.
        *args: Passed to it.

    Returns:
        What it returns.
    """
    with _torch_pool(1) as pool:
        return pool.submit(work, *args).result()


def set_own_torch_threads(count: int) -> None:
    """As `torch.set_num_threads`, for the thread that calls it and no other.

    Each thread has a setting of its own, but torch gives the last one that any of them asked for
    to those that are new, and they keep it for good.

    Args:
        count: Threads that torch may use for this one.
    """
    with _SETTING, Workers(1) as new:
        usual = new.submit(torch.get_num_threads).result()
        torch.get_num_threads()  # only after this does torch keep to what follows
        torch.set_num_threads(count)
        new.submit(torch.set_num_threads, usual).result()


def _torch_pool(workers: int) -> Workers:
    return Workers(workers, initializer=set_own_torch_threads, initargs=(1,))


def _blocks(num_rows: int, count: int) -> Iterator[slice]:
    return row_slices(num_rows, max(1, -(-num_rows // count)))


def _on_slices(kernel: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[slice], object]:
    return lambda block: kernel(block.start, block.stop, *args)


def _share_out(
    pool: Workers,
    workers: int,
    work: Callable[[slice], object],
    left: deque[slice],
    report: Callable[[float], None] | None = None,
) -> None:
    """Has workers take slices until none is left, and waits for them."""
    total = len(left)
    try:
        # One job for each worker, not for each slice: handing over takes longer than small slices.
        jobs = [pool.submit(_take, work, left) for _ in range(min(workers, total))]
        while report is not None and wait(jobs, _SECONDS_BETWEEN_REPORTS).not_done:
            report(1.0 - len(left) / total)
        for job in jobs:
            job.result()
    finally:
        left.clear()


def _take(work: Callable[[slice], object], left: deque[slice]) -> None:
    try:
        while (piece := _next(left)) is not None:
            work(piece)
    except BaseException:
        left.clear()
        raise


def _next(left: deque[slice]) -> slice | None:
    try:
        return left.popleft()
    except IndexError:
        return None
