"""The matrix that sums over members."""

import numpy as np

from gcn.membership import member_matrix


def test_a_product_sums_the_rows_of_each_cluster() -> None:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(5), [1, 2, 7, 3, 4]))
    x = rng.normal(size=(17, 3)).astype(np.float32)
    expected = [x[labels == cluster].sum(0) for cluster in range(5)]
    found = member_matrix(labels) @ x
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.dtype == np.float32
