"""Numbers of clusters, and the matrix that sums over members."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from gcn.cluster_graph.membership import (
    by_falling_size,
    member_lists,
    member_matrix,
    sums_of_members,
)
from gcn.runtime.fixed_point import Rows, fixed, unit_of


def test_lists_hold_the_rows_of_each_cluster() -> None:
    members = member_lists(np.array([1, 0, 1, 2, 0, 1]))
    assert [members.of(cluster).tolist() for cluster in range(3)] == [[1, 4], [0, 2, 5], [3]]


def test_a_product_sums_the_rows_of_each_cluster() -> None:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(5), [1, 2, 7, 3, 4]))
    x = rng.normal(size=(17, 3)).astype(np.float32)
    expected = [x[labels == cluster].sum(0) for cluster in range(5)]
    found = member_matrix(labels) @ x
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.dtype == np.float32


def test_rows_in_fixed_point_are_summed_as_the_numbers_that_they_stand_for() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 300, 2000)
    labels[:300] = np.arange(300)
    x = rng.uniform(-1, 1, size=(2000, 5)).astype(np.float32)
    members = member_matrix(labels)
    np.testing.assert_allclose(sums_of_members(members, x), members @ x, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(sums_of_members(members, fixed(x)), members @ x, atol=2e-3)


@pytest.mark.parametrize("convert", [np.asarray, fixed])
def test_the_sum_of_millions_of_rows_is_exact_to_the_last_digits(
    convert: Callable[[NDArray[np.float32]], Rows],
) -> None:
    # One after another in single precision, they come to two percent more.
    x = convert(np.full((2_000_000, 3), 0.77, np.float32))
    members = member_matrix(np.zeros(len(x), np.int64))
    expected = len(x) * np.float64(x[0]) * unit_of(x)
    np.testing.assert_allclose(sums_of_members(members, x)[0], expected, rtol=2e-7)


def test_by_falling_size_orders_equal_sizes_by_first_row() -> None:
    assert by_falling_size(np.array([7, 3, 3, 9, 7, 3, 1])).tolist() == [1, 0, 0, 2, 1, 0, 3]
