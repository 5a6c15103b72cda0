"""Evening out embeddings: only those without negative numbers, and the same in fixed point."""

from __future__ import annotations

import numpy as np
import pytest

import gcn
from gcn.graph.knn_graph import fixed_unit_rows, unit_rows
from gcn.graph.power import POWER, power_normalized
from gcn.runtime.fixed_point import floats


@pytest.fixture
def counts() -> np.ndarray:
    """Rows such as a histogram has: most numbers are small or 0, some large."""
    rng = np.random.default_rng(0)
    return unit_rows(np.maximum(rng.gamma(0.4, size=(500, 64)) - 0.1, 0.0) + 1e-6)


def test_powers_are_those_of_numpy_at_unit_length(counts: np.ndarray) -> None:
    wanted = counts.astype(np.float64) ** POWER
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(power_normalized(counts), wanted, atol=1e-6)


def test_rows_in_fixed_point_are_the_same_up_to_rounding(counts: np.ndarray) -> None:
    fixed = fixed_unit_rows(counts)
    found = power_normalized(fixed, out=fixed)
    assert found is fixed
    cosines = np.einsum("ij,ij->i", floats(found), power_normalized(counts))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-4)


def test_what_was_given_is_left_alone_unless_it_is_to_be_written_over(counts: np.ndarray) -> None:
    before = counts.copy()
    power_normalized(counts)
    np.testing.assert_array_equal(counts, before)


@pytest.mark.parametrize("row", [0, 499])
def test_one_negative_number_keeps_all_rows_as_they_are(counts: np.ndarray, row: int) -> None:
    counts[row, 7] = -1e-3
    assert power_normalized(counts) is counts
    fixed = fixed_unit_rows(counts)
    before = fixed.copy()
    np.testing.assert_array_equal(power_normalized(fixed, out=fixed), before)


def test_minus_zero_is_not_negative(counts: np.ndarray) -> None:
    counts[0, 0] = -0.0
    assert power_normalized(counts) is not counts


def test_zeros_stay_zeros(counts: np.ndarray) -> None:
    counts[3, :-1] = 0.0
    counts[3, -1] = 1.0
    np.testing.assert_array_equal(power_normalized(counts)[3], counts[3])


def test_clusters_do_not_depend_on_how_long_the_rows_are(counts: np.ndarray) -> None:
    lengths = np.random.default_rng(1).uniform(0.01, 100, (len(counts), 1))
    one, other = gcn.cluster(counts).labels, gcn.cluster(counts * lengths).labels
    assert gcn.evaluate(one, other).bcubed_f > 0.99


def test_clustering_sees_the_powers() -> None:
    """Turned, rows have negative numbers and are taken as they are: powers before that remain."""
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(40), 15)
    centers = rng.gamma(0.3, size=(40, 32))
    x = unit_rows(centers[labels] * rng.lognormal(0.0, 1.2, (600, 32)) + 1e-6)
    turn = np.linalg.qr(rng.standard_normal((32, 32)))[0]
    found = gcn.cluster(x).labels
    of_powers = gcn.cluster(unit_rows(x.astype(np.float64) ** POWER) @ turn).labels
    as_they_came = gcn.cluster(x @ turn).labels
    assert gcn.evaluate(of_powers, found).mean_f > 0.95
    assert gcn.evaluate(as_they_came, found).mean_f < 0.9
    assert gcn.evaluate(labels, found).mean_f > gcn.evaluate(labels, as_they_came).mean_f
