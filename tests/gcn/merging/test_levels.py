"""What is merged level upon level, and what stays apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.sparse import coo_array

from gcn import load_model
from gcn.evaluation.metrics import evaluate
from gcn.graph.knn_graph import unit_rows
from gcn.graph.node_state import NodeState
from gcn.merging.levels import merge_further, merge_levels, merge_once
from gcn.merging.linkage import average_linkage
from gcn.merging.strengths import score_pairs
from gcn.networks.checkpoint import Model
from gcn.networks.gcn_c import GCNC
from gcn.networks.settings import Calibration, Settings
from gcn.pruning.affinities import node_state
from gcn.pruning.node_clusters import node_clusters
from gcn.training.variants import labeled_graph

from ..conftest import MakeBlobs

Int64 = NDArray[np.int64]

NEW = np.ones(12, bool)
"""All fragments are new to GCN-C."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def labels(make_blobs: MakeBlobs) -> Int64:
    return make_blobs(sizes=(240, 180, 60), dim=24, noise=0.8).labels


@pytest.fixture(scope="module")
def state(make_blobs: MakeBlobs, model: Model) -> NodeState:
    """Classes much larger than the lists of neighbors that they are seen by."""
    blobs = make_blobs(sizes=(240, 180, 60), dim=24, noise=0.8)
    graph = labeled_graph(unit_rows(blobs.embeddings), blobs.labels, 10)
    return node_state(graph.x, graph.relations, model.gcn_v, model.settings)


@pytest.fixture(scope="module")
def fragments(labels: Int64) -> Int64:
    """Four random fragments of each class."""
    rng = np.random.default_rng(0)
    return 4 * labels + rng.integers(0, 4, len(labels))


def test_fragments_of_a_class_become_one_cluster(
    state: NodeState, labels: Int64, fragments: Int64, model: Model
) -> None:
    found = merge_further(state, fragments, NEW, model.gcn_c, model.settings)
    assert evaluate(labels, found).mean_f > evaluate(labels, fragments).mean_f + 0.3
    assert evaluate(labels, found).pairwise_precision > 0.99


def test_begins_with_average_linkage_of_the_strengths(
    state: NodeState, fragments: Int64, model: Model
) -> None:
    pairs, strength = score_pairs(state, fragments, model.gcn_c, model.settings)
    group = average_linkage(np.bincount(fragments), pairs, strength, 0.5)
    assert group.max() < fragments.max()
    found = merge_further(state, fragments, NEW, model.gcn_c, model.settings)
    joined, new = group[fragments], np.bincount(group) > 1
    expected = merge_further(state, joined, new, model.gcn_c, model.settings)
    assert (found == expected).all()


def test_ends_where_no_two_clusters_are_likely_one(
    state: NodeState, fragments: Int64, model: Model
) -> None:
    found = merge_further(state, fragments, NEW, model.gcn_c, model.settings)
    strength = score_pairs(state, found, model.gcn_c, model.settings)[1]
    assert not (strength >= 0.5).any()
    new = np.ones(int(found.max()) + 1, bool)
    again = merge_further(state, found, new, model.gcn_c, model.settings)
    assert (again == found).all()


def test_pairs_that_stay_apart_do_at_every_level(
    state: NodeState, fragments: Int64, model: Model
) -> None:
    rows = np.flatnonzero(fragments < 2)
    one, other = rows[fragments[rows] == 0][0], rows[fragments[rows] == 1][0]
    apart = np.array([[one, other]])
    found = merge_further(state, fragments, NEW, model.gcn_c, model.settings, apart)
    assert found[one] != found[other]
    free = merge_further(state, fragments, NEW, model.gcn_c, model.settings)
    assert free[one] == free[other]


def test_clusters_that_were_judged_before_are_not_asked_of_again(
    state: NodeState, fragments: Int64, model: Model
) -> None:
    judged = np.zeros(12, bool)
    found = merge_further(state, fragments, judged, model.gcn_c, model.settings)
    assert (found == fragments).all()
    first_class_new = np.arange(12) < 4
    found = merge_further(state, fragments, first_class_new, model.gcn_c, model.settings)
    assert np.bincount(found)[found[fragments < 4]].min() > np.bincount(fragments)[:4].max()
    for old in range(4, 12):
        assert (found[fragments == old] == found[fragments == old][0]).all()
        assert np.bincount(found)[found[fragments == old][0]] == (fragments == old).sum()


def test_crowds_that_share_no_edge_stay_apart_whatever_the_network_says(
    state: NodeState, labels: Int64, model: Model
) -> None:
    joins_all = replace(model.settings, strength=Calibration(0.0, 5.0))
    found = merge_further(state, labels, np.ones(3, bool), model.gcn_c, joins_all)
    assert (found == labels).all()


def test_begins_with_the_flow_between_pure_clusters(state: NodeState, model: Model) -> None:
    parts = node_clusters(state, model.settings)
    first = merge_once(state, parts, model.gcn_c, model.settings)
    of_parts = coo_array((np.ones(len(parts)), (first, parts))).tocsr()
    new = np.diff(of_parts.indptr) > 1
    expected = merge_further(state, first, new, model.gcn_c, model.settings)
    found = merge_levels(state, parts, model.gcn_c, model.settings)
    assert (found == expected).all()


def test_tells_how_far_it_is(state: NodeState, model: Model) -> None:
    told: list[float] = []
    parts = node_clusters(state, model.settings)
    merge_levels(
        state, parts, model.gcn_c, model.settings, progress=lambda done, _: told.append(done)
    )
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= 1.0


def test_a_single_cluster_stays_as_it_is(state: NodeState) -> None:
    torch.manual_seed(0)
    whole = np.zeros(len(state.affinity), np.int64)
    assert not merge_further(state, whole, np.ones(1, bool), GCNC(8).eval(), Settings()).any()


def test_clusters_that_are_held_keep_their_numbers_and_join_nothing(
    state: NodeState, labels: Int64, model: Model
) -> None:
    fragments = 4 * labels + np.arange(len(labels)) % 4  # four of each class, the first class first
    free = merge_further(state, fragments, NEW, model.gcn_c, model.settings)
    held = merge_further(state, fragments, NEW, model.gcn_c, model.settings, num_held=4)
    assert int(free.max()) < 11
    assert np.array_equal(held[fragments < 4], fragments[fragments < 4])
    assert held[fragments >= 4].min() == 4
    assert np.array_equal(np.unique(held), np.arange(int(held.max()) + 1))
