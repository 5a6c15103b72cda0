"""What stays together where some of all images are looked at."""

import numpy as np

from gcn.clustering.must_links import kept_together, pairs_within

NO_PAIRS = np.empty((0, 2), np.int64)


def test_pairs_within_rows_are_counted_there() -> None:
    pairs = np.array([[5, 2], [2, 9], [0, 5]])
    assert pairs_within(pairs, np.array([2, 5, 7])).tolist() == [[1, 0]]
    assert pairs_within(np.empty((0, 2), np.int64), np.array([2, 5])).shape == (0, 2)


def test_parts_that_hold_what_stays_together_are_one() -> None:
    parts, rows = np.array([0, 1, 2, 2, 3]), np.array([4, 6, 8, 10, 12])
    links = np.array([[4, 10], [6, 3], [12, 12]])
    assert kept_together(parts, rows, links).tolist() == [0, 1, 0, 0, 2]
    assert kept_together(parts, rows, NO_PAIRS).tolist() == parts.tolist()
