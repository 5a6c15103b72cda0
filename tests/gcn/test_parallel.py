"""Row blocks cover every row once, whatever the number of rows."""

import threading

import numpy as np
import pytest

from gcn.parallel import for_row_blocks, num_threads


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
