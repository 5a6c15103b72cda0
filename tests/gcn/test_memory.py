"""The estimate of memory, and that too much is refused before the work."""

import tracemalloc

import numpy as np
import pytest

from gcn import cluster
from gcn.memory import needed_bytes, refuse_too_large


def test_half_a_million_rows_need_less_than_4_gb_and_growth_is_linear() -> None:
    assert needed_bytes(584_013, 256, 80) < 4e9
    assert needed_bytes(5_840_130, 256, 80) < 10 * needed_bytes(584_013, 256, 80)


@pytest.mark.parametrize(
    ("num_rows", "dimensions", "k"), [(8000, 256, 80), (4000, 32, 400), (2500, 2048, 20)]
)
def test_arrays_take_what_was_estimated(num_rows: int, dimensions: int, k: int) -> None:
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((40, dimensions), np.float32)
    rows = centers[np.arange(num_rows) % 40] + rng.standard_normal(
        (num_rows, dimensions), np.float32
    )
    cluster(rows[:500], k=20)  # compiles
    tracemalloc.start()
    try:
        cluster(rows, k=k)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    expected = needed_bytes(num_rows, dimensions, k)
    assert 0.5 * (expected - 4e8) < peak < expected


def test_what_does_not_fit_is_refused_with_what_to_change() -> None:
    with pytest.raises(MemoryError, match=r"need about [\d.]+ GB of memory, and .* smaller k"):
        refuse_too_large(10**9, 1024, 80)


def test_a_map_far_larger_than_memory_is_refused_before_it_is_read() -> None:
    row = np.ones((1, 4), np.float16)
    with pytest.raises(MemoryError, match=r"20,000,000,000 embeddings of 4 dimensions"):
        cluster(np.broadcast_to(row, (20_000_000_000, 4)))
