"""Evening out embeddings: only those without negative numbers, and the same in fixed point."""

from __future__ import annotations

import numpy as np
import pytest

import gcn
from gcn.clustering.seeded_kmeans import seeded_kmeans
from gcn.graph.knn_graph import fixed_unit_rows, unit_rows
from gcn.graph.power import POWER, power_normalized
from gcn.graph.relevant_components import relevant_components
from gcn.runtime.fixed_point import floats
from gcn.training.config import TrainConfig
from gcn.training.splits import LabeledSet, Split
from gcn.training.training_graphs import training_graphs


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
    counts[3] = 0.0
    counts[3, :2] = 0.6, 0.8
    found = power_normalized(counts)[3]
    assert not found[2:].any()
    np.testing.assert_allclose(found[0] / found[1], (0.6 / 0.8) ** POWER, rtol=1e-5)


def test_rounding_below_zero_is_no_sign(counts: np.ndarray) -> None:
    """As float or in fixed point: both must decide alike."""
    counts[5, 5] = -1e-6
    found = power_normalized(counts)
    assert found is not counts
    assert found[5, 5] == 0.0
    fixed = fixed_unit_rows(counts)
    before = fixed.copy()
    assert (power_normalized(fixed, out=fixed) != before).any()


def test_some_rows_may_decide_for_all(counts: np.ndarray) -> None:
    counts[450:, 9] = -0.2
    found = power_normalized(counts, like=counts[:400])
    np.testing.assert_array_equal(found[:400], power_normalized(counts[:400]))
    assert not found[450:, 9].any()
    assert power_normalized(counts, like=counts[440:]) is counts


@pytest.fixture
def classes() -> tuple[np.ndarray, np.ndarray]:
    """Forty classes of rows with few strong numbers, none negative, and their numbers."""
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(40), 15)
    centers = rng.gamma(0.3, size=(40, 32))
    return unit_rows(centers[labels] * rng.lognormal(0.0, 1.2, (600, 32)) + 1e-6), labels


def test_clustering_sees_the_powers(classes: tuple[np.ndarray, np.ndarray]) -> None:
    """Turned, rows have negative numbers and are taken as they are: powers before that remain."""
    x, labels = classes
    turn = rotation(32)
    found = gcn.cluster(x).labels
    of_powers = gcn.cluster(powers(x) @ turn).labels
    as_they_came = gcn.cluster(x @ turn).labels
    assert gcn.evaluate(of_powers, found).mean_f > 0.95
    assert gcn.evaluate(as_they_came, found).mean_f < 0.9
    assert gcn.evaluate(labels, found).mean_f > gcn.evaluate(labels, as_they_came).mean_f


def test_placing_sees_the_powers(classes: tuple[np.ndarray, np.ndarray]) -> None:
    x, labels = classes
    old, turn = np.arange(600) % 3 > 0, rotation(32)
    placed = [
        gcn.assign(rows[old], labels[old], rows[~old]).labels
        for rows in (x, powers(x) @ turn, x @ turn)
    ]
    assert (placed[0] == placed[1]).mean() > 0.95
    assert (placed[0] == placed[2]).mean() < 0.95


def test_seeds_see_the_powers(classes: tuple[np.ndarray, np.ndarray]) -> None:
    x, seeds = classes[0], np.arange(0, 600, 15)
    of_powers = seeded_kmeans(powers(x) @ rotation(32), seeds)
    assert (seeded_kmeans(x, seeds) == of_powers).mean() > 0.99
    assert (seeded_kmeans(x @ rotation(32), seeds) == of_powers).mean() < 0.95


def test_training_sees_the_powers(classes: tuple[np.ndarray, np.ndarray]) -> None:
    x, labels = classes
    split = Split(LabeledSet(x, labels), LabeledSet(x[:300], labels[:300]))
    graphs = training_graphs([split], (), TrainConfig(variants=1), np.random.default_rng(0))
    wanted = relevant_components(power_normalized(x))
    np.testing.assert_allclose(graphs.whole[0].x, wanted, atol=1e-5)
    of_half = relevant_components(power_normalized(x[:300]))
    np.testing.assert_allclose(graphs.validation[0].x, of_half, atol=1e-5)


def powers(x: np.ndarray) -> np.ndarray:
    """By numpy."""
    return unit_rows(x.astype(np.float64) ** POWER)


def rotation(dimensions: int) -> np.ndarray:
    """A fixed one, at random."""
    return np.linalg.qr(np.random.default_rng(3).standard_normal((dimensions, dimensions)))[0]
