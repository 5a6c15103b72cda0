"""Heaps of the best so far against sorting."""

import numpy as np
import pytest

from gcn.knn_join import empty_heaps
from gcn.knn_kernels import sort_heaps, update_columns, update_rows


@pytest.mark.parametrize(("rows", "columns", "k"), [(5, 3, 3), (40, 100, 7), (33, 65, 64)])
def test_heaps_keep_the_best_of_rows_and_of_columns(rows: int, columns: int, k: int) -> None:
    scores = np.random.default_rng(k).uniform(-1, 1, (rows, columns)).astype(np.float32)
    of_rows, of_columns = empty_heaps(rows, k), empty_heaps(columns, k)
    update_rows(0, rows, scores, np.arange(rows), np.arange(columns), *of_rows)
    for half in ((0, columns // 2), (columns // 2, columns)):
        update_columns(*half, scores, np.arange(rows), np.arange(columns), *of_columns)
    for heaps, table in ((of_rows, scores), (of_columns, scores.T)):
        sort_heaps(0, len(table), *heaps)
        count = min(k, table.shape[1])
        np.testing.assert_array_equal(heaps.best[:, :count], -np.sort(-table, axis=1)[:, :count])
        np.testing.assert_array_equal(heaps.ids[:, :count], np.argsort(-table, axis=1)[:, :count])
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
