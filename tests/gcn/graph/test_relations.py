"""Relational features against plain Python, and what they must not depend on."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from gcn.graph.knn_graph import knn_graph, unit_rows
from gcn.graph.moments import random_pair_moments
from gcn.graph.relation_features import NUM_EDGE_FEATURES, NUM_NODE_FEATURES, SHARED_AT, EdgeFeature
from gcn.graph.relations import Relations, edge_features, relations_of, shared_neighbors
from gcn.runtime.fixed_point import floats

from ..conftest import MakeBlobs

Float32 = npt.NDArray[np.float32]

ROUNDING = 8e-5
"""Of a cosine of rows in fixed point."""


def relations_for(embeddings: npt.ArrayLike, k: int) -> Relations:
    return relations_of(unit_rows(embeddings), knn_graph(embeddings, k))


@pytest.mark.parametrize("k", [1, 3, 12, 45])
def test_shared_neighbor_counts_match_python_sets(k: int) -> None:
    relations = relations_for(np.random.default_rng(k).normal(size=(60, 5)), k)
    neighbors = relations.graph.neighbors.tolist()
    closed = [[i, *row] for i, row in enumerate(neighbors)]  # a node is at rank 0 of its own list
    counts = shared_neighbors(relations, np.arange(60))
    for i, row in enumerate(neighbors):
        for r, j in enumerate(row):
            for level, m in enumerate(SHARED_AT):
                shared = set(closed[i][: m + 1]) & set(closed[j][: m + 1])
                expected = len(shared) / (min(m, k) + 1)
                assert counts[i, r, level] == pytest.approx(expected), (i, j, m)


def test_overlaps_match_a_plain_loop() -> None:
    relations = relations_for(np.random.default_rng(0).normal(size=(40, 4)), 8)
    neighbors = relations.graph.neighbors.tolist()
    counts = shared_neighbors(relations, np.arange(40))
    in_degree = [sum(i in row for row in neighbors) for i in range(40)]
    root = floats(relations.broad_root)
    assert relations.in_degree.tolist() == in_degree
    for i, row in enumerate(neighbors):
        for r, j in enumerate(row):
            common = set(row) & set(neighbors[j])
            rare = sum(1 / math.log(2 + in_degree[c]) for c in common) / 8
            broad = sum(root[i, row.index(c)] * root[j, neighbors[j].index(c)] for c in common)
            assert counts[i, r, -2] == pytest.approx(rare, rel=1e-5)
            assert counts[i, r, -4] == pytest.approx(broad, rel=1e-4, abs=1e-6)
            expected = neighbors[j].index(i) if i in neighbors[j] else 8
            assert counts[i, r, -1] == expected


def test_rows_may_be_asked_for_in_any_order() -> None:
    relations = relations_for(np.random.default_rng(1).normal(size=(400, 6)), 10)
    rows = np.random.default_rng(2).permutation(400)[:300]
    whole = edge_features(relations, np.arange(400))
    np.testing.assert_array_equal(edge_features(relations, rows)[:, :, :15], whole[rows][:, :, :15])


def test_original_similarity_is_the_cosine_of_the_embeddings_as_they_came() -> None:
    rng = np.random.default_rng(5)
    x, original = unit_rows(rng.normal(size=(80, 6))), unit_rows(rng.normal(size=(80, 9)) + 0.5)
    relations = relations_of(x, knn_graph(x, 9), original=original)
    neighbors = relations.graph.neighbors.astype(np.int64)
    expected = np.take_along_axis(original @ original.T, neighbors, axis=1)
    np.testing.assert_allclose(floats(relations.original), expected, atol=ROUNDING)
    features = edge_features(relations, np.arange(80))
    np.testing.assert_allclose(features[..., EdgeFeature.ORIGINAL], expected, atol=ROUNDING)
    in_units = random_pair_moments(original).z(floats(relations.original))
    np.testing.assert_allclose(features[..., EdgeFeature.ORIGINAL_Z], in_units, atol=3e-4)


def test_original_similarity_is_that_of_the_graph_where_nothing_was_refined() -> None:
    relations = relations_for(np.random.default_rng(6).normal(size=(50, 5)), 7)
    found = floats(relations.original)
    np.testing.assert_allclose(found, relations.graph.similarity, atol=ROUNDING)


def test_shapes_are_those_that_the_networks_expect(make_blobs: MakeBlobs) -> None:
    relations = relations_for(make_blobs().embeddings, 15)
    assert edge_features(relations, np.arange(7)).shape == (7, 15, NUM_EDGE_FEATURES)
    assert relations.node_features.shape == (100, NUM_NODE_FEATURES)
    np.testing.assert_allclose(relations.transition.sum(1), 1.0, atol=2e-4)


def assert_same_relations(
    one: Relations, other: Relations, order: npt.NDArray[np.int64], atol: float = 2e-3
) -> None:
    rows = np.arange(len(order))
    np.testing.assert_allclose(
        edge_features(one, order), edge_features(other, rows), atol=atol, rtol=1e-3
    )
    np.testing.assert_allclose(one.node_features[order], other.node_features, atol=atol, rtol=1e-3)


def test_permuting_rows_permutes_features(make_blobs: MakeBlobs) -> None:
    embeddings = make_blobs(sizes=(60, 50, 40, 30)).embeddings
    order = np.random.default_rng(7).permutation(len(embeddings))
    assert_same_relations(
        relations_for(embeddings, 12), relations_for(embeddings[order], 12), order
    )


def test_features_do_not_depend_on_the_dimension(make_blobs: MakeBlobs) -> None:
    embeddings = make_blobs(sizes=(60, 50, 40, 30), dim=24).embeddings
    turn = np.linalg.qr(np.random.default_rng(8).normal(size=(100, 100)))[0]
    padded = np.pad(embeddings, ((0, 0), (0, 76))) @ turn  # the same cosines in 100 dimensions
    same_order = np.arange(len(embeddings))
    one, other = relations_for(embeddings, 12), relations_for(padded, 12)
    # Turned rows are rounded otherwise, and these similarities differ by a hundredth in a row.
    assert_same_relations(one, other, same_order, atol=2 * ROUNDING / one.scale)


@pytest.mark.parametrize(
    ("embeddings", "k"),
    [
        (np.ones((30, 4)), 5),
        (np.eye(2), 1),
        (np.repeat(np.eye(3), 20, axis=0), 10),
        (np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), 3),
    ],
    ids=["identical", "two", "duplicates", "opposite"],
)
def test_features_of_degenerate_sets_are_finite(embeddings: Float32, k: int) -> None:
    relations = relations_for(embeddings, k)
    assert np.isfinite(edge_features(relations, np.arange(len(embeddings)))).all()
    assert np.isfinite(relations.node_features).all()
