"""Training graphs drawn from one labeled set."""

import numpy as np
import pytest

from gcn.graph.knn_graph import unit_rows
from gcn.training.variants import draw_variant, labeled_graph, whole_classes

from ..conftest import MakeBlobs


def test_labeled_graph_takes_fewer_neighbors_where_there_are_fewer(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(10, 10))
    graph = labeled_graph(blobs.embeddings, blobs.labels, 80)
    assert graph.relations.graph.neighbors.shape == (20, 19)


@pytest.mark.parametrize("seed", range(25))
def test_variants_are_valid_graphs_of_known_classes(seed: int, make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(60, 50, 40, 30, 20, 10, 3, 1), dim=64)
    labels = np.where(np.arange(len(blobs.labels)) % 10 == 0, -1, blobs.labels)
    variant = draw_variant(blobs.embeddings, labels, 20, 120, np.random.default_rng(seed))
    assert 2 <= len(variant.x) <= 120
    assert len(variant.x) == len(variant.labels) == len(variant.relations.graph.neighbors)
    np.testing.assert_allclose(np.linalg.norm(variant.x, axis=1), 1.0, atol=1e-5)
    assert 1 <= variant.relations.graph.neighbors.shape[1] <= 20
    assert set(variant.labels[variant.labels <= labels.max()]) <= set(labels)


@pytest.mark.parametrize("seed", range(25))
def test_strangers_are_each_of_a_class_of_their_own(seed: int, make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(60, 50, 40, 30), dim=24)
    drawn = draw_variant(blobs.embeddings, blobs.labels, 20, 150, np.random.default_rng(seed))
    strangers = drawn.labels[drawn.labels > blobs.labels.max()]
    assert len(np.unique(strangers)) == len(strangers) <= 112


def test_some_variants_have_strangers_and_some_have_none(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(60, 50, 40, 30), dim=24)
    counts = [
        int((draw_variant(blobs.embeddings, blobs.labels, 20, 150, rng).labels > 3).sum())
        for rng in map(np.random.default_rng, range(25))
    ]
    assert 4 <= np.count_nonzero(counts) <= 14


def test_the_same_seed_draws_the_same_variant(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs()
    one, other = (
        draw_variant(blobs.embeddings, blobs.labels, 15, 80, np.random.default_rng(5))
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_drawing_leaves_the_set_alone(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs()
    before = blobs.embeddings.copy()
    for seed in range(10):
        draw_variant(blobs.embeddings, blobs.labels, 15, 80, np.random.default_rng(seed))
    np.testing.assert_array_equal(blobs.embeddings, before)


def test_one_neighbor_keeps_features_finite() -> None:
    x = unit_rows(np.random.default_rng(0).normal(size=(300, 8)))
    assert np.isfinite(labeled_graph(x, np.zeros(300, np.int64), 1).edges).all()


def drawn_sizes(labels: np.ndarray, rows: np.ndarray) -> dict[int, int]:
    names, counts = np.unique(labels[rows], return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("max_rows", [25, 60, 100, 154])
def test_whole_classes_are_whole_and_fit(seed: int, max_rows: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([0, 3, 4, 7, 9, 20], [25, 20, 4, 1, 14, 18]))
    labels = np.append(labels, np.full(72, -1))
    rows = whole_classes(labels, max_rows, rng)
    assert (np.diff(rows) > 0).all()
    assert 0 < len(rows) <= max_rows
    found = drawn_sizes(labels, rows)
    unknown = found.pop(-1, 0)
    assert found
    assert all(count == (labels == name).sum() for name, count in found.items())
    # Rows without a class fill exactly what is left.
    assert unknown == min(72, max_rows - sum(found.values()))


def test_all_rows_are_taken_where_they_fit(make_blobs: MakeBlobs) -> None:
    labels = np.where(np.arange(100) % 3 == 0, -1, make_blobs().labels)
    rows = whole_classes(labels, 100, np.random.default_rng(0))
    np.testing.assert_array_equal(rows, np.arange(100))


def test_rows_of_unknown_class_are_left_out_where_classes_fill_the_graph() -> None:
    labels = np.append(np.repeat(np.arange(5), 10), np.full(30, -1))
    rows = whole_classes(labels, 50, np.random.default_rng(1))
    np.testing.assert_array_equal(rows, np.arange(50))


def test_a_class_larger_than_the_graph_is_still_taken_whole() -> None:
    labels = np.repeat([2, 5], [40, 40])
    rows = whole_classes(labels, 10, np.random.default_rng(2))
    assert drawn_sizes(labels, rows) in ({2: 40}, {5: 40})
    labels = np.append(np.full(40, 2), np.full(9, -1))
    assert drawn_sizes(labels, whole_classes(labels, 10, np.random.default_rng(2))) == {2: 40}


def test_every_class_is_drawn_now_and_then_and_the_same_seed_draws_the_same() -> None:
    labels = np.repeat(np.arange(8), 10)
    drawn = [whole_classes(labels, 30, np.random.default_rng(seed)) for seed in range(40)]
    assert {name for rows in drawn for name in labels[rows].tolist()} == set(range(8))
    np.testing.assert_array_equal(drawn[7], whole_classes(labels, 30, np.random.default_rng(7)))
