"""Compiled loops of the search against sorting, and against torch's rounding."""

import numpy as np
import pytest
import torch

from gcn.knn.join import empty_heaps
from gcn.knn.kernels import sort_heaps, subtract_rows
from gcn.knn.offers import Offers, empty_offers, offer_full, take_offers


def offered(scores: np.ndarray, columns: np.ndarray) -> Offers:
    """What rows 0.. and columns offer each other by their scores, to empty heaps."""
    offers, floors = empty_offers(1, 2 * scores.size + 1), np.full(1000, -2, np.float32)
    rows = np.arange(len(scores), dtype=np.int32)
    offer_full(0, scores, rows, columns.astype(np.int32), floors, offers)
    return offers


@pytest.mark.parametrize(("rows", "columns", "k"), [(5, 3, 3), (40, 100, 7), (33, 65, 64)])
def test_heaps_keep_the_best_of_rows_and_of_columns(rows: int, columns: int, k: int) -> None:
    scores = np.random.default_rng(k).uniform(-1, 1, (rows, columns)).astype(np.float32)
    heaps = empty_heaps(1000, k)
    offers = offered(scores, 500 + np.arange(columns))
    take_offers(0, 4, 4, offers, *heaps, heaps.best[:, 0].copy())
    sort_heaps(0, 1000, *heaps)
    for first, shift, table in ((0, 500, scores), (500, 0, scores.T)):
        count, own = min(k, table.shape[1]), slice(first, first + len(table))
        best, ids = heaps.best[own], heaps.ids[own]
        np.testing.assert_array_equal(best[:, :count], -np.sort(-table, axis=1)[:, :count])
        np.testing.assert_array_equal(ids[:, :count], shift + np.argsort(-table, axis=1)[:, :count])
        assert (ids[:, count:] == -1).all()


def test_a_pair_that_is_offered_twice_is_kept_once() -> None:
    heaps = empty_heaps(1000, 4)
    offers = offered(np.array([[0.5, 0.7]], np.float32), np.array([8, 9]))
    for _ in range(2):
        take_offers(0, 1, 1, offers, *heaps, heaps.best[:, 0].copy())
    assert sorted(heaps.ids[0].tolist()) == [-1, -1, 8, 9]


def test_equal_scores_are_sorted_by_id() -> None:
    heaps = empty_heaps(1000, 5)
    offers = offered(np.full((1, 5), 0.25, np.float32), np.array([4, 2, 9, 30, 7]))
    take_offers(0, 1, 1, offers, *heaps, heaps.best[:, 0].copy())
    sort_heaps(0, 1, *heaps)
    assert heaps.ids[0].tolist() == [2, 4, 7, 9, 30]


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
