"""Fixed point: how far it is off, and that it passes over what is in it already."""

import numpy as np

from gcn.runtime.fixed_point import ONE, all_floats, fixed, floats, store, unit_of


def test_numbers_are_off_by_half_a_unit_at_most() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (700, 300)).astype(np.float32)
    rounded = fixed(x)
    assert rounded.dtype == np.int16
    assert np.abs(floats(rounded) - x).max() <= 0.5 / ONE + 1e-7
    np.testing.assert_allclose(rounded * unit_of(rounded), floats(rounded), atol=1e-7)


def test_one_is_exact_and_a_rounding_error_above_it_does_not_turn_round() -> None:
    x = np.array([[1.0, -1.0, 1.0 + 1e-6, -1.0 - 1e-6, 0.0]], np.float32)
    assert floats(fixed(x)).tolist() == [[1.0, -1.0, 1.0, -1.0, 0.0]]


def test_what_is_in_the_form_wanted_comes_back_itself() -> None:
    x = np.array([[0.25, 0.5]], np.float32)
    rounded = fixed(x)
    assert fixed(rounded) is rounded
    assert floats(x) is x
    assert all_floats(x) is x
    assert unit_of(x) == 1.0


def test_a_large_matrix_turns_to_the_same_numbers() -> None:
    x = fixed(np.random.default_rng(1).uniform(-1, 1, (3000, 150)).astype(np.float32))
    np.testing.assert_array_equal(all_floats(x), floats(x))


def test_numbers_are_stored_in_the_form_of_the_array() -> None:
    x = np.array([[0.25, -0.5]], np.float32)
    as_floats, as_fixed = np.empty_like(x), np.empty(x.shape, np.int16)
    store(x, as_floats)
    store(x, as_fixed)
    np.testing.assert_array_equal(as_floats, x)
    np.testing.assert_array_equal(as_fixed, fixed(x))


def test_a_set_without_rows_or_columns_is_rounded_too() -> None:
    assert fixed(np.empty((0, 4), np.float32)).shape == (0, 4)
    assert fixed(np.empty((3, 0), np.float32)).shape == (3, 0)
