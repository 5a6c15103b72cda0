"""Rescaling by the scatter of nearest neighbors: what it gains and what it must leave alone."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csr_array

from gcn.graph.class_scatter import ClassScatter, class_scatter
from gcn.graph.edge_cosines import IDENTICAL
from gcn.graph.knn_graph import knn_graph_of_unit_rows, unit_rows
from gcn.graph.relevant_components import (
    RelevantComponents,
    find_relevant_components,
    relevant_components,
)
from gcn.runtime import parallel
from gcn.runtime.fixed_point import floats

from ..conftest import set_with_modes

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


def set_with_nuisance(
    seed: int = 0, dim: int = 32, num_classes: int = 60, noise: float = 0.2
) -> tuple[Float32, Int64]:
    """Classes of 12 images; what varies inside each lies mostly along four directions."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(num_classes), 12))
    centers = rng.normal(size=(num_classes, dim)) / np.sqrt(dim)
    nuisance = np.linalg.qr(rng.normal(size=(dim, 4)))[0].T
    x = centers[labels] + 0.7 * rng.normal(size=(len(labels), 4)) @ nuisance
    x += noise * rng.normal(size=x.shape) / np.sqrt(dim)
    return unit_rows(x), labels


def known_of(x: Float32, labels: Int64, num_classes: int = 20) -> ClassScatter:
    found = class_scatter(x, np.where(labels < num_classes, labels, -1))
    assert found is not None
    return found


def share_of_class(x: Float32, labels: Int64) -> float:
    neighbors = knn_graph_of_unit_rows(x, 10).neighbors
    return float((labels[neighbors] == labels[:, None]).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_of_the_same_class_are_near_where_few_directions_vary_inside_classes(
    seed: int,
) -> None:
    x, labels = set_with_nuisance(seed)
    before, after = share_of_class(x, labels), share_of_class(relevant_components(x), labels)
    assert after > before + 0.15


def test_labels_of_tight_classes_stay_as_near_as_they_are() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(20), 15)
    x = unit_rows(rng.normal(size=(20, 64))[labels] + 0.1 * rng.normal(size=(300, 64)))
    assert share_of_class(relevant_components(x), labels) == 1.0


def test_rows_have_unit_length_and_at_most_512_dimensions() -> None:
    x = unit_rows(np.random.default_rng(4).normal(size=(600, 700)))
    refined = relevant_components(x)
    assert refined.shape == (600, 512)
    assert refined.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(refined, axis=1), 1.0, atol=1e-5)


def test_fewer_images_than_dimensions_are_no_obstacle() -> None:
    x = unit_rows(np.random.default_rng(5).normal(size=(20, 900)))
    refined = relevant_components(x)
    assert len(refined) == 20
    assert np.isfinite(refined).all()


@pytest.mark.parametrize("num_images", [720, 9000])  # with and without sampling of queries
def test_the_order_of_the_images_does_not_matter(num_images: int) -> None:
    rng = np.random.default_rng(6)
    x = unit_rows(rng.normal(size=(num_images // 12, 16)).repeat(12, 0))
    x = unit_rows(x + 0.2 * rng.normal(size=x.shape))
    order = rng.permutation(len(x))
    # The axes may come out mirrored; what counts is the cosines between images.
    moved, still = relevant_components(x[order]), relevant_components(x)[order]
    np.testing.assert_allclose(moved @ moved[:50].T, still @ still[:50].T, atol=5e-3)


def test_a_part_of_the_sample_is_enough_for_the_first_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, labels = set_with_nuisance(8, num_classes=750, noise=0.6)
    shares: list[float] = []
    for step in (1, 4):
        monkeypatch.setattr("gcn.graph.relevant_components._EARLY_STEP", step)
        shares.append(share_of_class(relevant_components(x), labels))
    assert shares[1] == pytest.approx(shares[0], abs=0.005)
    assert shares[1] > share_of_class(x, labels) + 0.05


def test_the_number_of_cores_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x = unit_rows(np.random.default_rng(9).normal(size=(3000, 30)) ** 3)
    monkeypatch.setattr(parallel, "num_threads", lambda: 1)
    expected = relevant_components(x)
    monkeypatch.setattr(parallel, "num_threads", lambda: 5)
    np.testing.assert_array_equal(relevant_components(x), expected)


def test_copies_stay_the_same_image() -> None:
    x, _ = set_with_nuisance()
    x[100:140] = x[7]
    refined = relevant_components(x)
    assert (refined[100:140] @ refined[7]).min() >= IDENTICAL


def test_nothing_but_copies_gives_finite_rows() -> None:
    x = unit_rows(np.ones((50, 8)))
    assert np.isfinite(relevant_components(x)).all()


@pytest.mark.parametrize("num_images", [1, 2, 7])
def test_a_handful_of_images_is_left_alone(num_images: int) -> None:
    x = unit_rows(np.random.default_rng(7).normal(size=(num_images, 5)))
    assert relevant_components(x) is x


def test_the_scatter_of_given_pairs_is_the_sum_of_their_outer_products() -> None:
    x, _ = set_with_nuisance(9)
    found = find_relevant_components(x)
    assert found is not None
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(len(x))[:200])
    weights = np.where(rng.random((200, 200)) < 0.03, rng.random((200, 200)), 0.0)
    total, centered = np.zeros_like(found.scatter), floats(found.centered)
    for i, j in zip(*np.nonzero(weights), strict=True):
        difference = (centered[rows[i]] - centered[rows[j]]).astype(float)
        total += weights[i, j] * np.outer(difference, difference)
    half = 0.5 * (total / (2.0 * weights.sum()) + found.scatter)
    expected = found._replace(scatter=half, num_pairs=max(found.num_pairs, round(weights.sum())))
    learned = found.learned_from(rows, csr_array(weights.astype(np.float32))).copy()
    again = _refined_by(expected)
    np.testing.assert_allclose(learned @ learned[:40].T, again @ again[:40].T, atol=2e-3)


def _refined_by(components: RelevantComponents) -> Float32:
    """The rows as one round gives them, written out."""
    pairs, scatter = components.num_pairs, components.scatter
    size = len(scatter)
    scarcity = size / (size + 0.5 * pairs)
    shrinkage = 0.25 + 0.75 * scarcity
    variance, axes = np.linalg.eigh(scatter)
    whitening = axes / np.sqrt((1 - shrinkage) * variance + shrinkage * variance.mean())
    white = components.centered @ whitening
    total, axes = np.linalg.eigh(whitening.T @ components.covariance @ whitening)
    within = np.diag(axes.T @ whitening.T @ scatter @ whitening @ axes)
    return unit_rows(white @ axes * np.clip(1 - within / total, 0.02, 1) ** 0.25)


def test_fewer_rows_than_dimensions_give_what_all_dimensions_give(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(10)
    x = unit_rows(rng.normal(size=(13, 200)).repeat(8, 0) + 0.5 * rng.normal(size=(104, 200)))
    few = relevant_components(x)
    monkeypatch.setattr(
        "gcn.graph.relevant_components._span", lambda x: np.eye(x.shape[1], dtype="f4")
    )
    every = relevant_components(x)
    assert (few.shape, every.shape) == ((104, 104), (104, 200))
    np.testing.assert_allclose(few @ few.T, every @ every.T, atol=2e-4)


@pytest.mark.parametrize("seed", [0, 1])
def test_known_classes_show_what_varies_inside_the_others(seed: int) -> None:
    x, labels = set_with_modes(seed)
    others = labels >= 20
    found = find_relevant_components(x, known=[known_of(x, labels)])
    assert found is not None
    assert found.fits == (True,)
    alone, beside = relevant_components(x)[others], found.refined[others]
    assert share_of_class(alone, labels[others]) < 0.3
    assert share_of_class(beside, labels[others]) > 0.95


def test_known_classes_of_a_set_with_more_axes_than_rows_count_too() -> None:
    x, labels = set_with_modes()
    wide = np.hstack([x, np.zeros((len(x), 900), np.float32)])
    few = labels < 10
    found = find_relevant_components(wide[few], known=[known_of(wide, labels)])
    assert found is not None
    assert found.fits == (True,)
    assert share_of_class(found.refined, labels[few]) > 0.95


def test_classes_of_another_network_count_for_nothing() -> None:
    x, labels = set_with_modes()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(32, 32)))[0].astype(np.float32)
    foreign, narrower = known_of(x @ turn, labels), known_of(unit_rows(x[:, :20]), labels)
    found = find_relevant_components(x, known=[foreign, narrower])
    assert found is not None
    assert found.fits == (False, False)
    np.testing.assert_array_equal(found.refined, relevant_components(x))


def test_known_classes_from_two_places_count_together() -> None:
    x, labels = set_with_modes()
    one = known_of(x, labels)
    other = class_scatter(x, np.where((labels >= 20) & (labels < 40), labels, -1))
    assert other is not None
    both = find_relevant_components(x, known=[one, other])
    pooled = find_relevant_components(x, known=[one.beside(other)])
    assert both is not None
    assert pooled is not None
    assert both.fits == (True, True)
    np.testing.assert_array_equal(both.refined, pooled.refined)
