"""The matrix library on one core: what the block changes, and that it leaves nothing behind."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from gcn.graph.knn_graph import unit_rows
from gcn.graph.relevant_components import relevant_components
from gcn.runtime.one_core import on_one_core


def cores() -> list[int]:
    """Of the libraries that numpy and scipy bring along."""
    return [
        library["num_threads"]
        for library in threadpool_info()
        if library.get("threading_layer") == "pthreads"
    ]


def all_settings() -> list[int]:
    return [library["num_threads"] for library in threadpool_info()]


def test_the_matrix_library_has_one_core_inside_and_all_again_after() -> None:
    before = cores()
    with on_one_core():
        assert set(cores()) == {1}
    assert cores() == before


def test_an_error_leaves_nothing_behind() -> None:
    before = cores()
    with pytest.raises(np.linalg.LinAlgError), on_one_core():
        np.linalg.inv(np.zeros((2, 2)))
    assert cores() == before


def test_two_at_once_leave_nothing_behind() -> None:
    before, start = cores(), Barrier(2)

    def decompose(rounds: int) -> None:
        start.wait()
        for _ in range(rounds):
            with on_one_core():
                np.linalg.eigh(np.eye(8))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(decompose, (20, 30)))
    assert cores() == before


def test_rescaling_leaves_the_matrix_library_as_it_was() -> None:
    before = cores()
    relevant_components(unit_rows(np.random.default_rng(0).normal(size=(600, 700))))
    assert cores() == before


def test_blocks_may_lie_in_each_other() -> None:
    before = cores()
    with on_one_core():
        with on_one_core():
            assert set(cores()) == {1}
        assert set(cores()) == {1}
    assert cores() == before


def test_the_last_of_two_that_overlap_restores_what_there_was() -> None:
    before = cores()
    first, second = on_one_core(), on_one_core()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(cores()) == {1}
    second.__exit__(None, None, None)
    assert cores() == before


def test_every_thread_may_have_one_core_whichever_had_it_before() -> None:
    def inside() -> set[int]:
        with on_one_core():
            return set(cores())

    before = cores()
    assert inside() == {1}
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(inside).result() == {1}
        assert inside() == {1}
    assert cores() == before


def test_any_thread_may_be_the_last_to_leave() -> None:
    before, first = all_settings(), on_one_core()
    first.__enter__()
    with ThreadPoolExecutor(1) as pool:
        second = on_one_core()
        pool.submit(second.__enter__).result()
        first.__exit__(None, None, None)
        pool.submit(second.__exit__, None, None, None).result()
        assert all_settings() == before
