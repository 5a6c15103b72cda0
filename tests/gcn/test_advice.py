from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from gcn.advice import advice, neighborhood_agreement
from gcn.graph import knn_graph_of_unit_rows, unit_rows
from gcn.relations import Relations, relations_of


def relations(rows: npt.NDArray[np.float64], k: int = 40) -> Relations:
    x = unit_rows(rows)
    return relations_of(x, knn_graph_of_unit_rows(x, min(k, len(x) - 1)))


def agreement(rows: npt.NDArray[np.float64]) -> float:
    return neighborhood_agreement(relations(rows))


def grouped(num_groups: int, size: int) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(3)
    centers = rng.normal(size=(num_groups, 64))
    return np.repeat(centers, size, 0) + 0.3 * rng.normal(size=(num_groups * size, 64))


def noise(num: int, dim: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(4).normal(size=(num, dim))


@pytest.mark.parametrize(("num", "dim"), [(200, 16), (600, 64), (1500, 256)])
def test_noise_is_reported_as_not_separated(num: int, dim: int) -> None:
    found = advice(agreement(noise(num, dim)), np.arange(num))
    assert len(found) == 1
    assert "hardly separate" in found[0]


def test_groups_are_not_reported() -> None:
    labels = np.repeat(np.arange(20), 15)
    assert advice(agreement(grouped(20, 15)), labels) == ()


def test_a_giant_cluster_is_reported_with_its_size() -> None:
    labels = np.r_[np.zeros(200, np.int64), np.arange(1, 101)]
    assert "holds 200 of 300 images" in advice(agreement(grouped(20, 15)), labels)[-1]


def test_few_images_get_no_advice() -> None:
    assert advice(agreement(noise(99, 16)), np.zeros(99, np.int64)) == ()


def test_agreement_does_not_depend_on_the_order_of_rows() -> None:
    rows = grouped(12, 10)
    shuffled = rows[np.random.default_rng(5).permutation(len(rows))]
    agreement = neighborhood_agreement(relations(rows))
    assert 0.0 <= agreement <= 1.0
    assert neighborhood_agreement(relations(shuffled)) == pytest.approx(agreement, abs=1e-6)
