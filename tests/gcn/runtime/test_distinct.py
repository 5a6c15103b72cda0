"""Distinct numbers, against NumPy's own."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn.runtime.distinct import distinct


@pytest.mark.parametrize(
    "values",
    [
        np.empty(0, np.int64),
        np.array([3]),
        np.array([2, 2, 2], np.int32),
        np.random.default_rng(0).integers(-50, 50, 1000),
        np.random.default_rng(1).integers(0, 10**12, (40, 25)),
        np.array([0.5, -0.5, 0.5], np.float32),
    ],
    ids=["none", "one", "all the same", "many twice", "a matrix", "fractions"],
)
def test_each_number_comes_once_and_they_rise(values: npt.NDArray[np.int64]) -> None:
    found, before = distinct(values), values.copy()
    np.testing.assert_array_equal(found, np.unique(values))
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(values, before)
