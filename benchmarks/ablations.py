"""The method without one of its parts at a time.

Each function clusters a set with a trained model; what `ablations` names, the benchmark measures.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import igraph
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

import gcn
from gcn.clustering.cohesion import divide_loose
from gcn.clustering.first_stage import first_stage
from gcn.clustering.stage_timer import StageTimer
from gcn.clustering.task import Task
from gcn.clustering.usual_size import divide_doubles
from gcn.graph.knn_graph import knn_graph_of_unit_rows, suitable_k
from gcn.graph.moments import random_pair_moments
from gcn.graph.node_state import NodeState
from gcn.graph.power import power_normalized
from gcn.graph.relations import relations_of
from gcn.graph.relevant_components import relevant_components
from gcn.merging.levels import merge_by_flow, merge_levels, merge_once
from gcn.merging.strengths import ScoredClusters, scored_clusters
from gcn.networks.calibration import fit_calibration
from gcn.networks.settings import Calibration
from gcn.pruning.affinities import node_state
from gcn.pruning.affinity import node_affinity, symmetric_affinity
from gcn.pruning.node_clusters import NO_PAIRS, node_clusters
from gcn.pruning.pruning import prune_edges
from gcn.runtime.fixed_point import fixed

from .baselines import centroid_linkage_tree
from .peer_trees import TreePeer
from .sets import BenchmarkSet

Int64 = NDArray[np.int64]
Method = Callable[[gcn.Model, BenchmarkSet], Int64]

_POTTS_STRENGTH = 0.3
"""Least mean strength inside a cluster, chosen on the sets that the thresholds are of."""


def whole_method(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """Nothing left out: the model with its own settings."""
    return gcn.cluster(data.embeddings, model).labels


def ablations(cosine: Calibration) -> dict[str, Method]:
    """The ablations that choose nothing.

    Only "no low-density selection" divides clusters in all ways once they are merged; the others,
    but for those two that leave out one way, are to be compared with "no divisions".

    Args:
        cosine: Turns the similarity of two images into the probability that they are of one
            class; see `calibrate_cosine`.

    Returns:
        Method by name.
    """
    return {
        "no low-density selection": with_settings(density_quantile=1.0),
        "no relevant components": without_relevant_components,
        "no powers": without_powers,
        "no first look": without_first_look,
        "affinity = calibrated cosine": with_cosine_affinity(cosine),
        "no GCN-C": without_gcn_c,
        "Potts for the map equation": with_potts,
        "components for the forest": without_forest,
        "one level": with_one_level,
        "no second look": without_second_look,
        "no usual size, no second look": without_usual_size,
        "no divisions": without_divisions,
    }


def linkage_for_gcn_c(model: gcn.Model) -> TreePeer:
    """Average linkage of the centroids of the pure clusters instead of GCN-C, cut by a cosine."""
    return TreePeer(
        "centroid linkage for GCN-C",
        lambda data: centroid_linkage_tree(
            data.embeddings, gcn.cluster(data.embeddings, model).parts
        ),
    )


def calibrate_cosine(sets: Sequence[BenchmarkSet]) -> Calibration:
    """Fits the probability of one class from the similarity of neighbors, every set alike."""
    logits, targets, weights = ([np.empty(0, np.float32)] for _ in range(3))
    for data in sets:
        refined = relevant_components(power_normalized(data.embeddings))
        graph = knn_graph_of_unit_rows(refined, data.graph.neighbors.shape[1])
        z = random_pair_moments(refined).z(graph.similarity)
        same = data.labels[graph.neighbors] == data.labels[:, None]
        logits.append(z.ravel())
        targets.append(same.ravel().astype(np.float32))
        weights.append(np.full(z.size, 1.0 / z.size, np.float32))
    return fit_calibration(*(np.concatenate(column) for column in (logits, targets, weights)))


def with_settings(**changes: float) -> Method:
    """The whole method with other settings."""

    def run(model: gcn.Model, data: BenchmarkSet) -> Int64:
        return whole_method(replace(model, settings=replace(model.settings, **changes)), data)

    return run


def with_cosine_affinity(cosine: Calibration) -> Method:
    """A probability from the similarity of two images alone instead of GCN-V's affinity."""

    def run(model: gcn.Model, data: BenchmarkSet) -> Int64:
        state = _state(model, data)
        similarity = state.graph.similarity
        probability = cosine.probability(state.moments.z(similarity))
        affinity = symmetric_affinity(probability, state.graph.neighbors)
        depth = node_affinity(affinity, similarity)
        return _clustered(model, state._replace(affinity=affinity, depth=depth))

    return run


def without_gcn_c(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """Merges along GCN-V's affinities alone, as if GCN-C were sure of every pair."""
    state = _state(model, data)
    scored = _scored(model, state)
    sure = scored._replace(strength=np.ones_like(scored.strength))
    return merge_by_flow(state, sure, model.settings)


def with_potts(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """Merges by the constant Potts objective of GCN-C's strengths, whatever GCN-V says."""
    clusters, pairs, strength = _scored(model, _state(model, data))
    sizes = np.bincount(clusters)
    graph = igraph.Graph(len(sizes), pairs)
    igraph.set_random_number_generator(random.Random(0))
    found = graph.community_leiden(
        "CPM",
        weights=(strength * sizes[pairs[:, 0]] * sizes[pairs[:, 1]]).tolist(),
        node_weights=sizes.tolist(),
        resolution=_POTTS_STRENGTH,
        n_iterations=4,
    )
    return np.array(found.membership, np.int64)[clusters]


def without_forest(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """All edges above the first threshold join their ends, then GCN-C."""
    state = _state(model, data)
    parts = _components(state, model.settings.min_affinity)
    return merge_levels(state, parts, model.gcn_c, model.settings)


def with_one_level(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """GCN-C is not asked again of the clusters that came of its first answers."""
    state = _state(model, data)
    parts = node_clusters(state, model.settings)
    return merge_once(state, parts, model.gcn_c, model.settings)


def without_second_look(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """Large clusters stay as they were merged, unless they are loose or of twice a usual size."""
    state = _state(model, data)
    labels = _not_loose(data, _clustered(model, state))
    return divide_doubles(state.x, labels, NO_PAIRS).labels


def without_usual_size(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """All clusters stay as they were merged, unless they are loose."""
    return _not_loose(data, without_divisions(model, data))


def without_divisions(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """All clusters stay as they were merged."""
    return _clustered(model, _state(model, data))


def without_powers(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """Embeddings without negative numbers are not evened out, and no divisions either."""
    return _clustered(model, _state(model, data, powers=False))


def without_first_look(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """Relevant components by nearest neighbors alone, and no divisions either."""
    return _clustered(model, _state(model, data, looks_first=False))


def without_relevant_components(model: gcn.Model, data: BenchmarkSet) -> Int64:
    """The kNN graph of rows that nothing rescaled; the networks were trained on rescaled ones."""
    x = power_normalized(data.embeddings)
    relations = relations_of(x, knn_graph_of_unit_rows(x, _k(model, data)))
    return _clustered(model, node_state(x, relations, model.gcn_v, model.settings))


def _scored(model: gcn.Model, state: NodeState) -> ScoredClusters:
    parts = node_clusters(state, model.settings)
    return scored_clusters(state, parts, model.gcn_c, model.settings)


def _clustered(model: gcn.Model, state: NodeState) -> Int64:
    parts = node_clusters(state, model.settings)
    return merge_levels(state, parts, model.gcn_c, model.settings)


def _state(
    model: gcn.Model, data: BenchmarkSet, looks_first: bool = True, powers: bool = True
) -> NodeState:
    x = power_normalized(data.embeddings) if powers else data.embeddings
    task = Task(fixed(x), model, _k(model, data))
    return first_stage(task, StageTimer(None), None, looks_first)[0]


def _not_loose(data: BenchmarkSet, labels: Int64) -> Int64:
    return divide_loose(power_normalized(data.embeddings), labels, NO_PAIRS).labels


def _k(model: gcn.Model, data: BenchmarkSet) -> int:
    return suitable_k(len(data.labels), model.settings.k)


def _components(state: NodeState, min_affinity: float) -> Int64:
    source, column = np.nonzero(prune_edges(state.affinity, min_affinity))
    edges = (np.ones(len(source)), (source, state.graph.neighbors[source, column]))
    joined = coo_matrix(edges, shape=(len(state.affinity),) * 2)
    return connected_components(joined, directed=False)[1].astype(np.int64)
