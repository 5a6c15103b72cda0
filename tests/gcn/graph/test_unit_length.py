import numpy as np

from gcn.graph.unit_length import at_unit_length


def test_rows_have_unit_length_and_what_is_rounding_becomes_zero() -> None:
    rows = np.array([[3, 4], [0, 0], [-1e-6, 0], [0, 2e-5]], np.float32)
    found = at_unit_length(rows)
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0], [0, 0], [0, 1]], atol=1e-6)
    assert found.dtype == np.float32
    assert rows[0, 0] == 3  # as it was
