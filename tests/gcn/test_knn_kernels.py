"""Heaps of the best so far against sorting."""

import numpy as np
import pytest
import torch

from gcn.knn_join import empty_heaps
from gcn.knn_kernels import sort_heaps, subtract_rows, update_rows


@pytest.mark.parametrize(("rows", "columns", "k"), [(5, 3, 3), (40, 100, 7), (33, 65, 64)])
def test_heaps_keep_the_best(rows: int, columns: int, k: int) -> None:
    scores = np.random.default_rng(k).uniform(-1, 1, (rows, columns)).astype(np.float32)
    heaps = empty_heaps(rows, k)
    update_rows(0, rows, scores, np.arange(rows), np.arange(columns), *heaps)
    sort_heaps(0, rows, *heaps)
    count = min(k, columns)
    np.testing.assert_array_equal(heaps.best[:, :count], -np.sort(-scores, axis=1)[:, :count])
    np.testing.assert_array_equal(heaps.ids[:, :count], np.argsort(-scores, axis=1)[:, :count])
    assert (heaps.ids[:, count:] == -1).all()


def test_a_pair_that_is_offered_twice_is_kept_once() -> None:
    heaps = empty_heaps(1, 4)
    for _ in range(2):
        update_rows(
            0, 1, np.array([[0.5, 0.7]], np.float32), np.array([0]), np.array([8, 9]), *heaps
        )
    assert sorted(heaps.ids[0].tolist()) == [-1, -1, 8, 9]


def test_equal_scores_are_sorted_by_id() -> None:
    heaps = empty_heaps(1, 5)
    ids = np.array([4, 2, 9, 0, 7])
    update_rows(0, 1, np.full((1, 5), 0.25, np.float32), np.array([0]), ids, *heaps)
    sort_heaps(0, 1, *heaps)
    assert heaps.ids[0].tolist() == [0, 2, 4, 7, 9]


def test_two_columns_hold_what_is_subtracted_as_torch_would_round_it() -> None:
    least = np.random.default_rng(0).uniform(-2, 1, 2000).astype(np.float32)
    # Halfway between two numbers in half precision, where the even one is taken.
    least[:4] = 1 + np.arange(4, dtype=np.float32) * 2.0**-8
    wide = np.zeros((2000, 5), np.int16)
    subtract_rows(least, wide)
    found = torch.from_numpy(wide).view(torch.bfloat16)
    high = -torch.from_numpy(least).bfloat16()
    assert torch.equal(found[:, 3], high)
    assert torch.equal(found[:, 4], (-torch.from_numpy(least) - high.float()).bfloat16())
    assert not wide[:, :3].any()
