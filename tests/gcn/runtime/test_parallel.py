"""Row blocks cover every row once, whatever the number of rows."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Barrier, Event

import numpy as np
import pytest
import torch

from gcn.runtime import parallel
from gcn.runtime.parallel import (
    cached_slices,
    for_row_blocks,
    for_slices,
    num_threads,
    results_in_order,
    row_slices,
    row_workers,
)
from gcn.training.train import reproducible


@pytest.mark.parametrize("num_rows", [0, 1, 255, 256, 1000, 4097])
def test_blocks_cover_every_row_once(num_rows: int) -> None:
    visits = np.zeros(num_rows, np.int64)
    lock = threading.Lock()

    def visit(start: int, stop: int, step: int) -> None:
        with lock:
            visits[start:stop] += step

    for_row_blocks(visit, num_rows, 1)
    assert (visits == 1).all()


def test_an_error_in_one_block_reaches_the_caller() -> None:
    def fail(start: int, stop: int) -> None:
        if start > 0:
            raise ArithmeticError(f"rows {start} to {stop}")

    if num_threads() == 1:
        pytest.skip("one core works in one block")
    with pytest.raises(ArithmeticError, match="rows"):
        for_row_blocks(fail, 1000)


@pytest.mark.parametrize("num_rows", [0, 1, 7, 1000])
def test_workers_cover_every_row_once_and_are_kept_from_call_to_call(num_rows: int) -> None:
    visits = np.zeros(num_rows, np.int64)
    threads: set[int] = set()

    def visit(start: int, stop: int) -> None:
        visits[start:stop] += 1
        threads.add(threading.get_ident())

    with row_workers(blocks_per_worker=3) as run:
        for _ in range(20):
            run(visit, num_rows)
    assert (visits == 20).all()
    assert len(threads) <= num_threads()


@pytest.fixture
def three_threads() -> Iterator[None]:
    """Lets torch use three threads, also on a machine of one core."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def threads_of_a_new_one() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


@contextmanager
def workers_that_have_begun(seen: list[int] | None = None) -> Iterator[None]:
    """All workers are there: each waits for the others, so none does the work of two."""
    all_are_there = Barrier(num_threads())

    def work(start: int, stop: int) -> None:
        all_are_there.wait(30)
        if seen is not None:
            seen.append(torch.get_num_threads())

    with row_workers() as run:
        run(work, 100)
        yield


@pytest.mark.usefixtures("three_threads")
def test_workers_multiply_on_one_core_each_and_all_others_keep_theirs() -> None:
    seen: list[int] = []
    with workers_that_have_begun(seen):
        assert (torch.get_num_threads(), threads_of_a_new_one()) == (3, 3)
    assert seen == [1] * num_threads()
    assert (torch.get_num_threads(), threads_of_a_new_one()) == (3, 3)


@pytest.mark.usefixtures("three_threads")
def test_slices_that_use_torch_multiply_on_one_core_each_and_others_do_not() -> None:
    for uses_torch, expected in ((True, {1}), (False, {3})):
        seen: set[int] = set()
        for_slices(
            lambda _, seen=seen: seen.add(torch.get_num_threads()),
            row_slices(20, 1),
            uses_torch=uses_torch,
        )
        assert seen == expected
    assert (torch.get_num_threads(), threads_of_a_new_one()) == (3, 3)


@pytest.mark.usefixtures("three_threads")
def test_training_keeps_to_one_core_and_all_others_keep_theirs() -> None:
    with reproducible():
        assert (torch.get_num_threads(), threads_of_a_new_one()) == (1, 3)
    assert (torch.get_num_threads(), threads_of_a_new_one()) == (3, 3)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("block", [workers_that_have_begun, reproducible])
def test_two_that_overlap_leave_every_thread_what_it_had(
    block: Callable[[], AbstractContextManager[object]],
) -> None:
    first_is_in, second_is_in, first_is_out = Event(), Event(), Event()

    def first() -> int:
        with block():
            first_is_in.set()
            assert second_is_in.wait(10)
        first_is_out.set()
        return torch.get_num_threads()

    def second() -> int:
        assert first_is_in.wait(10)
        with block():
            second_is_in.set()
            assert first_is_out.wait(10)
        return torch.get_num_threads()

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(first), pool.submit(second)]
        assert [job.result() for job in jobs] == [3, 3]
    assert (torch.get_num_threads(), threads_of_a_new_one()) == (3, 3)


def test_an_error_in_a_worker_reaches_the_caller_and_ends_the_threads() -> None:
    def fail(start: int, stop: int) -> None:
        raise ArithmeticError("no")

    before = threading.active_count()
    with pytest.raises(ArithmeticError, match="no"), row_workers() as run:
        run(fail, 10)
    assert threading.active_count() == before


@pytest.mark.parametrize(("num_rows", "k"), [(0, 5), (1, 5), (100_000, 80), (10, 3_000_000)])
def test_slices_of_edges_cover_all_rows_and_are_bounded(num_rows: int, k: int) -> None:
    slices = list(cached_slices(num_rows, k))
    rows = [row for piece in slices for row in range(piece.start, piece.stop)]
    assert rows == list(range(num_rows))
    assert all((piece.stop - piece.start) * k <= 100_000 or k > 100_000 for piece in slices)


@pytest.fixture(params=[1, 2, 5])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many cores the process seems to have."""
    monkeypatch.setattr(parallel, "num_threads", lambda: request.param)
    return request.param


@pytest.mark.parametrize("num_rows", [0, 1, 10, 11, 1000])
def test_each_slice_is_worked_on_once_by_no_more_threads_than_cores(
    num_rows: int, cores: int
) -> None:
    visits = np.zeros(num_rows, np.int64)
    threads: set[int] = set()

    def visit(piece: slice) -> None:
        visits[piece] += 1
        threads.add(threading.get_ident())

    for_slices(visit, row_slices(num_rows, 10))
    assert (visits == 1).all()
    assert len(threads) <= cores


def test_slices_that_need_much_memory_share_few_threads(cores: int) -> None:
    threads: set[int] = set()

    def work(_: slice) -> None:
        threads.add(threading.get_ident())
        time.sleep(0.001)

    for_slices(work, row_slices(40, 1), max_workers=1)
    assert len(threads) == 1
    assert list(results_in_order(lambda piece: piece.start, row_slices(4, 1), 1)) == [0, 1, 2, 3]


@pytest.mark.parametrize("num_rows", [0, 1, 1000])
@pytest.mark.usefixtures("cores")
def test_results_come_in_the_order_of_their_slices(num_rows: int) -> None:
    def sum_late(piece: slice) -> int:
        time.sleep(0.002 if piece.start % 3 else 0)
        return sum(range(piece.start, piece.stop))

    found = list(results_in_order(sum_late, row_slices(num_rows, 20)))
    assert found == [sum_late(piece) for piece in row_slices(num_rows, 20)]


def fail_at_50(piece: slice) -> None:
    if piece.start == 50:
        raise ArithmeticError("no")
    time.sleep(0.001)


@pytest.mark.usefixtures("cores")
def test_an_error_in_a_slice_is_raised_and_no_other_is_begun() -> None:
    begun: list[int] = []

    def work(piece: slice) -> None:
        begun.append(piece.start)
        fail_at_50(piece)

    before = threading.active_count()
    with pytest.raises(ArithmeticError, match="no"):
        for_slices(work, row_slices(1000, 1))
    assert len(begun) < 100
    with pytest.raises(ArithmeticError, match="no"):
        list(results_in_order(fail_at_50, row_slices(1000, 1)))
    assert threading.active_count() == before


@pytest.mark.usefixtures("cores")
def test_what_is_told_of_slices_rises_and_comes_from_the_calling_thread() -> None:
    told: list[float] = []
    callers: set[int] = set()

    def report(done: float) -> None:
        told.append(done)
        callers.add(threading.get_ident())

    for_slices(lambda _: time.sleep(0.05), row_slices(10, 1), report)
    assert told[0] == 0.0
    assert told == sorted(told)
    assert told[-1] <= 1.0
    assert callers == {threading.get_ident()}


@pytest.mark.usefixtures("cores")
def test_a_report_that_raises_ends_the_work_soon() -> None:
    begun: list[int] = []

    def work(piece: slice) -> None:
        begun.append(piece.start)
        time.sleep(0.01)

    def cancel(done: float) -> None:
        if done > 0.0:
            raise KeyboardInterrupt

    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        for_slices(work, row_slices(1000, 1), cancel)
    assert time.perf_counter() - start < 1.0
    assert len(begun) < 500


@pytest.mark.usefixtures("cores")
def test_an_interrupt_ends_the_work_soon() -> None:
    begun: list[int] = []

    def work(piece: slice) -> None:
        begun.append(piece.start)
        time.sleep(0.01)
        if piece.start == 20:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        for_slices(work, row_slices(1000, 1))
    assert len(begun) < 200
