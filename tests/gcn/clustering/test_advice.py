from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from gcn.clustering.advice import (
    advice,
    likeness_inside,
    neighborhood_agreement,
    number_advice,
)
from gcn.graph.knn_graph import knn_graph_of_unit_rows, unit_rows
from gcn.graph.moments import random_pair_moments
from gcn.graph.relations import Relations, relations_of


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


def test_clusters_that_the_model_is_not_sure_of_are_reported() -> None:
    labels = np.repeat(np.arange(20), 15)
    (found,) = advice(agreement(grouped(20, 15)), labels, confidence=0.5)
    assert "mean confidence is 0.50" in found
    assert advice(agreement(grouped(20, 15)), labels, confidence=0.75) == ()


def test_a_number_is_asked_for_only_where_none_was_given() -> None:
    labels, agreed = np.repeat(np.arange(20), 15), agreement(grouped(20, 15))
    (asks,) = advice(agreed, labels, confidence=0.5)
    (asks_not,) = advice(agreed, labels, confidence=0.5, knows_number=True)
    assert "If you know about how many clusters there are" in asks
    assert asks.startswith(asks_not)
    assert asks != asks_not


def test_a_number_that_was_not_reached_is_told() -> None:
    assert number_advice({"clusters": 3}) == ()
    assert number_advice({"wanted_clusters": 3, "made_clusters": 3}) == ()
    (few,) = number_advice({"wanted_clusters": 1200, "made_clusters": 3})
    assert "only 3 clusters, not 1,200: " in few
    (many,) = number_advice({"wanted_clusters": 3, "made_clusters": 5})
    assert "5 clusters, not 3: " in many
    assert number_advice({"wanted_clusters": 3, "made_clusters": 5}, 3) == ()
    (more,) = number_advice({"wanted_clusters": 3, "made_clusters": 3}, 4)
    assert "4 clusters, not 3: " in more


def test_a_figure_just_below_its_bound_is_not_shown_as_that_bound() -> None:
    labels = np.repeat(np.arange(20), 15)
    (unsure,) = advice(0.9, labels, confidence=0.698)
    assert "confidence is 0.69, where good ones have 0.7 or more" in unsure
    (unlike,) = advice(0.9, labels, likeness=0.899)
    assert "likeness 0.89, where groups give 0.9 or more" in unlike
    (mixed,) = advice(0.699, labels)
    assert "agreement 0.69, where groups give 0.7 or more" in mixed


def test_crowds_that_stand_apart_are_not_reported() -> None:
    labels = np.repeat(np.arange(10), 60)
    assert advice(0.45, labels, modularity=0.9) == ()
    assert "hardly separate" in advice(0.45, labels, modularity=0.2)[0]


def test_one_sentence_says_that_other_embeddings_are_needed() -> None:
    found = advice(agreement(noise(600, 64)), np.arange(600), confidence=0.3)
    assert len(found) == 1
    assert "hardly separate" in found[0]


def test_few_images_get_no_advice() -> None:
    assert advice(agreement(noise(99, 16)), np.zeros(99, np.int64)) == ()


def test_agreement_does_not_depend_on_the_order_of_rows() -> None:
    rows = grouped(12, 10)
    shuffled = rows[np.random.default_rng(5).permutation(len(rows))]
    agreement = neighborhood_agreement(relations(rows))
    assert 0.0 <= agreement <= 1.0
    assert neighborhood_agreement(relations(shuffled)) == pytest.approx(agreement, abs=1e-6)


def likeness(rows: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    x = unit_rows(rows)
    return likeness_inside(x, labels, random_pair_moments(x))


def chain(num: int) -> npt.NDArray[np.float64]:
    """Each image is close to the next, and far from most."""
    steps = np.random.default_rng(6).normal(size=(num, 64))
    kernel = np.exp(-0.5 * np.square(np.arange(-30, 31) / 10.0))
    return np.apply_along_axis(np.convolve, 0, steps, kernel, mode="same")


def test_likeness_is_the_mean_over_all_pairs_inside() -> None:
    x = unit_rows(grouped(4, 6))
    labels = np.repeat([0, 1, 2], [12, 11, 1])
    moments = random_pair_moments(x)
    inside = [
        x[i] @ x[j] for i in range(24) for j in range(24) if i != j and labels[i] == labels[j]
    ]
    expected = float(moments.z(np.array([np.mean(inside)], np.float32))[0])
    assert likeness_inside(x, labels, moments) == pytest.approx(expected, abs=1e-5)


def test_chains_are_reported() -> None:
    labels = np.repeat(np.arange(4), 250)
    found = advice(1.0, labels, likeness(chain(1000), labels))
    assert len(found) == 1
    assert "chains" in found[0]


@pytest.mark.parametrize("sizes", [(800, 200), (500, 500), (300, 300, 300), (50,) * 12])
def test_few_large_classes_are_not_chains(sizes: tuple[int, ...]) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(len(sizes), 64))[labels] + 0.7 * rng.normal(size=(len(labels), 64))
    assert not any("chains" in each for each in advice(1.0, labels, likeness(rows, labels)))


def test_clusters_of_one_have_no_likeness() -> None:
    assert likeness(noise(200, 16), np.arange(200)) == float("inf")
    assert advice(1.0, np.arange(200), float("inf")) == ()
