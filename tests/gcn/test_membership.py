"""The matrix that sums over members."""

import numpy as np

from gcn.fixed_point import fixed
from gcn.membership import member_matrix, sums_of_members


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
