"""Embeddings end in one matrix, and next to nothing else is in memory."""

import re
import tracemalloc
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

Part = Callable[[str], ModuleType]


@pytest.fixture
def table(plugin_part: Part) -> ModuleType:
    return plugin_part("operators.embedding.embedding_table")


@pytest.fixture
def items(plugin_part: Part) -> Callable[[int], Any]:
    def make(number: int) -> Any:
        ids = tuple(f"{i:024x}" for i in range(number))
        return plugin_part("operators.data.items").Items(ids, ids)

    return make


@pytest.fixture
def build(table: ModuleType, items: Callable[[int], Any]) -> Callable[..., Any]:
    """Builds a table of vectors that come a few at a time."""

    def run(vectors: list[Any], step: int = 3) -> Any:
        place = table.Place("embeddings_field", "'vectors'")
        builder = table.TableBuilder(items(len(vectors)), place)
        for start in range(0, len(vectors), step):
            builder.add(vectors[start : start + step])
        return builder.build({"kind": "test"})

    return run


@pytest.mark.parametrize("step", [1, 3, 100])
def test_rows_stay_with_their_items(build: Callable[..., Any], step: int) -> None:
    vectors: list[Any] = [[i + 1.0, 2.0] for i in range(10)]
    vectors[0] = vectors[4] = vectors[9] = None
    found = build(vectors, step)
    there = [1, 2, 3, 5, 6, 7, 8]
    assert found.items.ids == tuple(f"{i:024x}" for i in there)
    assert found.missing == tuple(f"{i:024x}" for i in (0, 4, 9))
    np.testing.assert_array_equal(found.embeddings, [[i + 1, 2] for i in there])
    assert found.embeddings.dtype == np.float32
    assert found.source == {"kind": "test", "dimension": 2}


def test_the_odd_length_is_named_even_if_it_comes_first(build: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=f"1 is not 2 long, for example that of '{0:024x}' with 3"):
        build([[1, 2, 3], [1, 2], None, [3, 4]])


def test_bad_rows_are_found_in_whatever_block_they_are(build: Callable[..., Any]) -> None:
    vectors: list[Any] = [np.ones(2)] * 20_000
    vectors[0], vectors[19_999] = None, np.array([np.inf, 1])
    with pytest.raises(ValueError, match=rf"1 vector with NaN.*that of '{19_999:024x}'"):
        build(vectors)
    vectors[19_999] = np.zeros(2)
    with pytest.raises(ValueError, match=rf"1 vector of nothing but zeros.*'{19_999:024x}'"):
        build(vectors)


def test_no_second_copy_is_made(table: ModuleType, items: Callable[[int], Any]) -> None:
    number, width = 20_000, 512
    builder = table.TableBuilder(items(number), table.Place("x", "x"))

    def vectors(count: int) -> Iterator[np.ndarray]:
        return (np.ones(width, np.float32) for _ in range(count))

    tracemalloc.start()
    try:
        for _ in range(10):
            builder.add(vectors(number // 10))
        embeddings = builder.build({}).embeddings
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.15 * embeddings.nbytes


@pytest.mark.parametrize(
    ("vector", "problem"),
    [
        (np.array(["1.5", "x"]), f"not of real numbers, for example that of '{1:024x}' (<U3)"),
        (np.array([1.5, 2j]), f"not of real numbers, for example that of '{1:024x}' (complex128)"),
        (["a", "b"], f"not of real numbers, for example that of '{1:024x}' (<U1)"),
    ],
)
def test_what_is_no_number_is_named(build: Callable[..., Any], vector: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        build([[1, 2], vector, None])


def test_vectors_of_no_numbers_at_all_are_refused(build: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="'vectors' holds vectors without a single number"):
        build([[], None, []])


def test_numbers_too_large_for_an_embedding_are_refused(build: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="holds 1 vector with NaN or infinite numbers"):
        build([[1, 2], [1e200, 2]])
