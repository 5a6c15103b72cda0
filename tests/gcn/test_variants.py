"""Training graphs drawn from one labelled set."""

import numpy as np
import pytest

from gcn.graph import unit_rows
from gcn.variants import draw_variant, labeled_graph

from .conftest import MakeBlobs


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
    assert set(variant.labels) <= set(labels)


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
