"""The estimate of memory, and that too much is refused before the work."""

import numpy as np
import pytest

from gcn import cluster
from gcn.memory import needed_bytes, refuse_too_large


def test_half_a_million_rows_need_less_than_4_gb_and_growth_is_linear() -> None:
    assert needed_bytes(584_013, 256, 80) < 4e9
    assert needed_bytes(5_840_130, 256, 80) < 10 * needed_bytes(584_013, 256, 80)


def test_what_does_not_fit_is_refused_with_what_to_change() -> None:
    with pytest.raises(MemoryError, match=r"need about [\d.]+ GB of memory, and .* smaller k"):
        refuse_too_large(10**9, 1024, 80)


def test_a_map_far_larger_than_memory_is_refused_before_it_is_read() -> None:
    row = np.ones((1, 4), np.float16)
    with pytest.raises(MemoryError, match=r"20,000,000,000 embeddings of 4 dimensions"):
        cluster(np.broadcast_to(row, (20_000_000_000, 4)))
