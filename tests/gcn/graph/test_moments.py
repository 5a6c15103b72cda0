"""Random-pair statistics against all pairs."""

import numpy as np
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.graph.moments import column_sums, random_pair_moments, scatter_matrix, squared_lengths
from gcn.runtime import parallel
from gcn.runtime.fixed_point import fixed, floats


@pytest.mark.parametrize(("n", "dim"), [(60, 5), (12, 40), (2, 3)])
def test_moments_equal_those_of_all_pairs(n: int, dim: int) -> None:
    x = unit_rows(np.random.default_rng(n).normal(size=(n, dim)) + 0.3)
    cosines = (x.astype(np.float64) @ x.T)[~np.eye(n, dtype=bool)]
    moments = random_pair_moments(x)
    assert moments.mean == pytest.approx(cosines.mean(), abs=1e-6)
    assert moments.std == pytest.approx(max(cosines.std(), 1e-3), abs=1e-4)


def test_rows_in_fixed_point_have_the_same_moments() -> None:
    x = unit_rows(np.random.default_rng(4).normal(size=(40_000, 12)) + 0.3)
    exact, rounded = random_pair_moments(x), random_pair_moments(fixed(x))
    assert rounded.mean == pytest.approx(exact.mean, abs=1e-5)
    assert rounded.std == pytest.approx(exact.std, abs=1e-5)


def test_rows_of_zeros_have_moments() -> None:
    # What the neighbors of two opposite rows cancel to.
    moments = random_pair_moments(np.zeros((2, 3), np.float32))
    assert (moments.mean, moments.std) == (0.0, 1e-3)


def test_z_grows_with_similarity_and_is_zero_at_the_mean() -> None:
    moments = random_pair_moments(unit_rows(np.random.default_rng(1).normal(size=(50, 4))))
    z = moments.z(np.array([-1.0, moments.mean, 0.5, 1.0], np.float32))
    assert (np.diff(z) > 0).all()
    assert z[1] == pytest.approx(0.0, abs=1e-5)


def test_one_row_has_neutral_moments() -> None:
    moments = random_pair_moments(np.ones((1, 1), np.float32))
    assert (moments.mean, moments.std) == (0.0, 1.0)


@pytest.mark.parametrize("dim", [5, 300])
def test_sums_are_those_of_all_rows_on_any_number_of_cores(
    dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = fixed(unit_rows(np.random.default_rng(dim).normal(size=(50_000, dim)) + 0.1))
    exact = floats(x).astype(np.float64)
    found: list[tuple[np.ndarray, ...]] = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(parallel, "num_threads", lambda cores=cores: cores)
        found.append((column_sums(x), squared_lengths(x), scatter_matrix(x)))
    np.testing.assert_allclose(found[0][0], exact.sum(0), rtol=1e-9)
    np.testing.assert_allclose(found[0][1], np.square(exact).sum(1), rtol=1e-9)
    np.testing.assert_allclose(found[0][2], exact.T @ exact, atol=1e-2)
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(one, other)
