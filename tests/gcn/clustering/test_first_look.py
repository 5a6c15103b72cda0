"""What a first look finds out about a set, and what it must leave alone."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn.clustering import first_look as module
from gcn.clustering.advice import neighborhood_agreement
from gcn.clustering.first_look import (
    FirstLook,
    first_look,
    learned_from_clusters,
    pairs_inside,
    some_neighborhoods,
)
from gcn.graph.knn_graph import knn_graph_of_unit_rows, unit_rows
from gcn.graph.relations import relations_of
from gcn.graph.relevant_components import (
    RelevantComponents,
    find_relevant_components,
    relevant_components,
)
from gcn.knn.exact import exact_neighbors
from gcn.networks.checkpoint import Model, load_model

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def long_classes(
    seed: int, num_classes: int = 40, directions: int = 3, length: float = 1.0
) -> tuple[Float32, Int64]:
    """Classes of 40 images that vary along some directions, in which nearest ones hardly do."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(num_classes), 40))
    centers = rng.normal(size=(num_classes, 32)) / np.sqrt(32)
    along = np.linalg.qr(rng.normal(size=(32, directions)))[0].T
    x = centers[labels] + length * rng.uniform(-1, 1, (len(labels), directions)) @ along
    x += 0.7 * rng.normal(size=x.shape) / np.sqrt(32)
    return unit_rows(x), labels


def components_of(x: Float32) -> RelevantComponents:
    found = find_relevant_components(x)
    assert found is not None
    return found


def looked_at(x: Float32, model: Model, k: int = 40) -> FirstLook:
    return first_look(components_of(x), x, k, model)


def share_of_class(x: Float32, labels: Int64) -> float:
    neighbors = knn_graph_of_unit_rows(x, 30).neighbors
    return float((labels[neighbors] == labels[:, None]).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_of_the_same_class_are_near_than_by_nearest_neighbors(seed: int, model: Model) -> None:
    x, labels = long_classes(seed)
    before = share_of_class(relevant_components(x), labels)
    look = looked_at(x, model)
    assert share_of_class(look.refined, labels) > before + 0.04
    assert look.looked_at == len(x)
    assert 20 <= look.clusters <= len(x)


def test_neighbors_are_asked_whether_they_agree_before_anything_was_learned(model: Model) -> None:
    x, _ = long_classes(0)
    refined = relevant_components(x)
    graph = knn_graph_of_unit_rows(refined, 40)
    agreement = neighborhood_agreement(relations_of(refined, graph, original=x))
    assert looked_at(x, model).agreement == pytest.approx(agreement, abs=0.01)


def test_of_a_large_set_some_neighborhoods_are_enough(
    monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    x, labels = long_classes(3, num_classes=120)
    before = share_of_class(relevant_components(x), labels)
    whole = share_of_class(looked_at(x, model).refined, labels)
    monkeypatch.setattr(module, "MAX_ROWS", 1000)
    look = looked_at(x, model)
    assert 500 < look.looked_at <= 1000
    assert share_of_class(look.refined, labels) > before + 0.5 * (whole - before)


def test_rows_stay_of_unit_length_and_finite(model: Model) -> None:
    x = unit_rows(np.random.default_rng(4).normal(size=(400, 700)))
    refined = looked_at(x, model).refined
    assert refined.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(refined, axis=1), 1.0, atol=1e-5)


def test_the_order_of_the_images_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    x, _ = long_classes(5)
    order = np.random.default_rng(0).permutation(len(x))
    for most in (10_000, 700):
        monkeypatch.setattr(module, "MAX_ROWS", most)
        still = looked_at(x, model).refined[order]
        moved = looked_at(x[order], model).refined
        np.testing.assert_allclose(moved @ moved[:50].T, still @ still[:50].T, atol=5e-3)


def test_nothing_changes_where_no_two_images_are_together(model: Model) -> None:
    x = unit_rows(np.random.default_rng(6).normal(size=(600, 64)))
    look = looked_at(x, model)
    np.testing.assert_array_equal(look.refined, relevant_components(x))
    assert look.clusters == len(x)


def test_neighborhoods_hold_rows_with_all_their_neighbors() -> None:
    x, _ = long_classes(7)
    rows = some_neighborhoods(x, 20, 420)
    assert 100 < len(rows) <= 420
    assert (np.diff(rows) > 0).all()
    near = exact_neighbors(x, rows, 20)[0]
    whole = np.isin(near, rows).all(1)
    assert whole.sum() >= 420 // 21


def test_one_neighborhood_is_taken_however_wide() -> None:
    x, _ = long_classes(12)
    assert len(some_neighborhoods(x, 99, 50)) == 100


def test_all_rows_of_a_small_set_are_taken() -> None:
    x, _ = long_classes(8, num_classes=3)
    np.testing.assert_array_equal(some_neighborhoods(x, 20, len(x)), np.arange(len(x)))


def test_pairs_inside_are_weighted_by_affinity_and_no_row_has_more_than_five() -> None:
    rng = np.random.default_rng(9)
    neighbors = np.stack([rng.permutation(60)[:12] for _ in range(60)]).astype(np.int32)
    labels = rng.integers(0, 3, 60)
    affinity = rng.random((60, 12)).astype(np.float32)
    for given in (None, affinity):
        expected = np.zeros((60, 60))
        for row in range(60):
            for at in range(12):
                other = neighbors[row, at]
                if labels[row] == labels[other]:
                    expected[row, other] = 1.0 if given is None else given[row, at]
            expected[row] *= min(1.0, 5.0 / max(expected[row].sum(), 1e-9))
        found = pairs_inside(neighbors, labels, given)
        np.testing.assert_allclose(found.toarray(), expected, atol=1e-6)
        assert found.nnz == np.count_nonzero(expected)


@pytest.mark.parametrize("known", [1.0, 0.5])
def test_known_clusters_teach_as_much_as_found_ones(known: float, model: Model) -> None:
    x, labels = long_classes(10)
    before = share_of_class(relevant_components(x), labels)
    some = labels[: round(known * len(x))]
    after = share_of_class(learned_from_clusters(components_of(x), some, 40), labels)
    assert after > before + 0.04


@pytest.mark.parametrize("num_known", [1, 2, 30])
def test_clusters_of_one_image_teach_nothing(num_known: int) -> None:
    x, _ = long_classes(11, num_classes=4)
    labels = np.arange(num_known)
    refined = learned_from_clusters(components_of(x), labels, 40)
    np.testing.assert_array_equal(refined, relevant_components(x))
