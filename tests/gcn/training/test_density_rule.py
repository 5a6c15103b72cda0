"""The learned empirical value: dense nodes must be safe to leave to their similarity."""

import numpy as np
import pytest

from gcn.networks.settings import Settings
from gcn.pruning.density import density, low_density_nodes
from gcn.training.density_rule import fit_density_rule
from gcn.training.targets import same_class
from gcn.training.variants import LabeledGraph, labeled_graph

from ..conftest import MakeBlobs


def mixed_graph(make_blobs: MakeBlobs, seed: int, noise: float) -> LabeledGraph:
    """Compact classes beside loose ones that run into each other."""
    compact = make_blobs(sizes=(40,) * 5, dim=24, noise=0.4, seed=seed)
    loose = make_blobs(sizes=(30,) * 6, dim=24, noise=noise, seed=seed + 10)
    x = np.concatenate([compact.embeddings, loose.embeddings])
    return labeled_graph(x, np.concatenate([compact.labels, loose.labels + 5]), 10)


@pytest.fixture(scope="module")
def graphs(make_blobs: MakeBlobs) -> list[LabeledGraph]:
    return [mixed_graph(make_blobs, seed, noise=1.8) for seed in range(2)]


def edge_precision(graphs: list[LabeledGraph], settings: Settings) -> float:
    shares: list[float] = []
    for graph in graphs:
        z, neighbors = graph.relations.z, graph.relations.graph.neighbors
        values = density(z, settings.min_similarity)
        dense = ~low_density_nodes(values, settings.density_quantile)
        chosen = dense[:, None] & dense[neighbors] & (z >= settings.min_similarity)
        shares.append(float(same_class(neighbors, graph.labels)[0][chosen].mean()))
    return float(np.mean(shares))


def test_edges_between_dense_nodes_are_of_one_class(graphs: list[LabeledGraph]) -> None:
    settings = fit_density_rule(graphs, Settings())
    assert settings.density_quantile < 1.0
    assert edge_precision(graphs, settings) >= 0.995
    for graph in graphs:
        values = density(graph.relations.z, settings.min_similarity)
        low = low_density_nodes(values, settings.density_quantile)
        assert 0.1 < low[graph.labels >= 5].mean()  # of the loose classes
        assert low[graph.labels < 5].mean() < 0.5  # of the compact ones


def test_similar_dense_nodes_get_a_high_affinity(graphs: list[LabeledGraph]) -> None:
    settings = fit_density_rule(graphs, Settings())
    z = graphs[0].relations.z
    probability = settings.dense_affinity.probability(z)
    same = same_class(graphs[0].relations.graph.neighbors, graphs[0].labels)[0]
    dense = ~low_density_nodes(density(z, settings.min_similarity), settings.density_quantile)
    assert probability[dense].mean() > 0.9
    assert same[dense].mean() > 0.9


def test_where_classes_are_mixed_every_node_is_of_low_density(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(40, 40), noise=0.2)
    labels = np.random.default_rng(0).integers(0, 2, 80)
    settings = fit_density_rule([labeled_graph(blobs.embeddings, labels, 8)], Settings(k=8))
    assert settings.density_quantile == 1.0
    assert settings.k == 8


def test_nodes_without_similar_neighbors_are_never_dense(make_blobs: MakeBlobs) -> None:
    graphs = [mixed_graph(make_blobs, seed, noise=3.0) for seed in range(2)]
    settings = fit_density_rule(graphs, Settings())
    for graph in graphs:
        z = graph.relations.z
        low = low_density_nodes(density(z, settings.min_similarity), settings.density_quantile)
        assert low[(z < settings.min_similarity).all(1)].all()
