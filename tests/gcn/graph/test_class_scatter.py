"""Scatter inside known classes: against its definition, and what it must not depend on."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn.graph.class_scatter import ClassScatter, class_scatter
from gcn.graph.knn_graph import unit_rows
from gcn.runtime.fixed_point import fixed

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


def known_set(seed: int = 0, per_class: int = 5, dim: int = 16) -> tuple[Float32, Int64]:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(20), per_class))
    x = rng.normal(size=(20, dim))[labels] + rng.normal(size=(len(labels), dim)) * np.arange(dim)
    return unit_rows(x), labels


def by_definition(x: Float32, labels: Int64) -> npt.NDArray[np.float64]:
    """Mean of the covariances of the classes, by the number of their images."""
    centered = unit_rows(x - x.mean(0)).astype(np.float64)
    classes = [centered[labels == c] for c in np.unique(labels[labels >= 0])]
    classes = [rows for rows in classes if len(rows) > 1]
    total = sum(len(rows) * np.cov(rows, rowvar=False) for rows in classes)
    return np.asarray(total / sum(len(rows) for rows in classes))


def test_it_is_the_mean_covariance_of_small_classes() -> None:
    x, labels = known_set()
    found = class_scatter(x, labels)
    assert found is not None
    assert found.num_classes == 20
    assert found.dimensions == 16
    np.testing.assert_allclose(found.matrix, by_definition(x, labels), atol=1e-6)


def test_images_without_a_class_and_classes_of_one_image_count_as_surroundings_only() -> None:
    x, labels = known_set()
    labels[labels == 3] = -1
    labels[np.flatnonzero(labels == 4)[1:]] = -1
    found = class_scatter(x, labels)
    assert found is not None
    assert found.num_classes == 18
    np.testing.assert_allclose(found.matrix, by_definition(x, labels), atol=1e-6)


@pytest.mark.parametrize(("per_class", "dim"), [(5, 16), (1000, 1024)])  # all, and some of each
def test_the_order_of_rows_does_not_matter(per_class: int, dim: int) -> None:
    x, labels = known_set(per_class=per_class, dim=dim)
    order = np.random.default_rng(1).permutation(len(x))
    one, other = class_scatter(x, labels), class_scatter(x[order], labels[order])
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.matrix, other.matrix, atol=1e-6)


def test_a_large_class_counts_as_six_images_and_keeps_its_own_directions() -> None:
    rng = np.random.default_rng(2)
    large, small = rng.normal(size=(2, 600, 2))
    zero = np.zeros((600, 2))
    # The large class varies along the third and fourth axis, pairs along the last two.
    rows = np.hstack([np.ones((600, 2)), 0.1 * large, zero])
    pairs = np.hstack([-np.ones((600, 2)), zero, 0.1 * small])
    labels = np.concatenate([np.zeros(600, int), 1 + np.arange(600) // 2])
    found = class_scatter(unit_rows(np.vstack([rows, pairs])), labels)
    assert found is not None
    variance = np.diag(found.matrix)
    assert variance[4:].sum() / variance[2:4].sum() == pytest.approx(600 / 6, rel=0.6)


def test_rows_in_fixed_point_give_the_same() -> None:
    x, labels = known_set()
    one, other = class_scatter(x, labels), class_scatter(fixed(x), labels)
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.matrix, other.matrix, atol=1e-4)


@pytest.mark.parametrize("labels", [[-1] * 6, [0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, -1]])
def test_fewer_than_three_classes_of_two_images_give_nothing(labels: list[int]) -> None:
    x = np.eye(6, dtype=np.float32)
    assert class_scatter(x, np.array(labels)) is None
    assert class_scatter(x, np.array([0, 0, 1, 1, 2, 2])) is not None


def test_very_many_dimensions_give_nothing() -> None:
    rng = np.random.default_rng(4)
    for dim, is_found in ((4096, True), (4097, False)):
        x = unit_rows(rng.normal(size=(6, dim)))
        assert (class_scatter(x, np.arange(6) // 2) is not None) == is_found


def test_classes_of_copies_give_nothing() -> None:
    assert class_scatter(np.eye(3, dtype=np.float32).repeat(3, 0), np.arange(9) // 3) is None


def test_more_classes_count_for_more_and_never_for_more_than_a_third() -> None:
    shares = [ClassScatter(np.eye(2, dtype=np.float32), count).share for count in (1, 5, 50, 5000)]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.1
    assert 0.33 < shares[-1] < 1 / 3


def test_two_scatters_count_by_their_classes() -> None:
    one, other = (ClassScatter(np.full((2, 2), v, np.float32), n) for v, n in ((1, 30), (4, 10)))
    both = one.beside(other)
    assert both.num_classes == 40
    np.testing.assert_allclose(both.matrix, 1.75)
    assert both.sha256 != one.sha256


def test_it_can_be_seen_along_other_axes() -> None:
    x, labels = known_set()
    found = class_scatter(x, labels)
    assert found is not None
    axes = np.linalg.qr(np.random.default_rng(3).normal(size=(16, 16)))[0].astype(np.float32)
    turned = class_scatter(x @ axes, labels)
    assert turned is not None
    np.testing.assert_allclose(found.along(axes), turned.along(None), atol=1e-5)
