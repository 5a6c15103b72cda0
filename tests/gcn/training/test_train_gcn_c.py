"""GCN-C learns on small cluster graphs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import combinations

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from gcn.cluster_graph.cluster_graph import cluster_graph
from gcn.cluster_graph.pair_features import PairFeature
from gcn.graph.knn_graph import knn_graph, unit_rows
from gcn.graph.moments import random_pair_moments
from gcn.graph.node_state import NodeState
from gcn.networks.gcn_c import GCNC, predict_connection
from gcn.pruning.affinity import node_affinity
from gcn.training.targets import connection_targets
from gcn.training.train import reproducible
from gcn.training.train_gcn_c import LabeledClusterGraph, strength_weights, train_gcn_c


def split_classes(seed: int) -> LabeledClusterGraph:
    """Classes cut at random into parts, with an affinity that is right most of the time."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(20), rng.integers(5, 30, 20))
    centers = rng.normal(size=(20, 16)) / 4
    x = unit_rows(centers[labels] + 1.2 * rng.normal(size=(len(labels), 16)) / 4)
    parts = np.unique(labels * 3 + rng.integers(0, 3, len(labels)), return_inverse=True)[1]
    graph = knn_graph(x, 12)
    same = labels[graph.neighbors] == labels[:, None]
    affinity = np.clip(0.3 + 0.4 * same + rng.normal(0, 0.25, same.shape), 0.01, 0.99)
    affinity = affinity.astype(np.float32)
    depth = node_affinity(affinity, graph.similarity)
    low, identical = np.ones(len(x), bool), affinity > 1.0
    state = NodeState(x, graph, random_pair_moments(x), affinity, depth, low, low, identical)
    clusters = cluster_graph(state, parts, 0.1)
    return LabeledClusterGraph(clusters, *connection_targets(clusters.pairs, parts, labels))


@pytest.fixture(scope="module")
def graphs() -> list[LabeledClusterGraph]:
    return [split_classes(seed) for seed in range(4)]


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_training_does_not_depend_on_modes_of_torch(
    mode: Callable[[], AbstractContextManager[object]], graphs: list[LabeledClusterGraph]
) -> None:
    usual, _ = train_gcn_c(graphs, 2, validation=graphs[:1])
    with mode():
        network, _ = train_gcn_c(graphs, 2, validation=graphs[:1])
    for own, other in zip(network.parameters(), usual.parameters(), strict=True):
        torch.testing.assert_close(own, other)
        assert not own.is_inference()


def test_training_ranks_pairs_of_new_clusters_better_than_their_similarity(
    graphs: list[LabeledClusterGraph],
) -> None:
    network, _ = train_gcn_c(graphs, epochs=30)
    assert not network.training
    new = split_classes(50)
    learned = average_precision_score(new.target > 0.5, predict_connection(network, new.graph))
    average = average_precision_score(
        new.target > 0.5, new.graph.pair_features[:, PairFeature.SIMILARITY]
    )
    assert learned > average
    assert learned > 0.85


def test_weights_grow_with_the_images_that_a_pair_stands_for(
    graphs: list[LabeledClusterGraph],
) -> None:
    graph = graphs[0].graph
    sizes = graph.sizes[graph.pairs]
    expected = np.log(1 + sizes[:, 0] * sizes[:, 1])
    assert strength_weights(graph) == pytest.approx(expected, rel=1e-5)


def test_unknown_pairs_do_not_teach(graphs: list[LabeledClusterGraph]) -> None:
    known = np.arange(len(graphs[0].target)) % 2 == 0
    wrong = np.where(known, graphs[0].target, 1 - graphs[0].target)
    one, _ = train_gcn_c([graphs[0]._replace(known=known)], epochs=2)
    other, _ = train_gcn_c([graphs[0]._replace(known=known, target=wrong)], epochs=2)
    for name, weight in one.state_dict().items():
        torch.testing.assert_close(weight, other.state_dict()[name], msg=name)


def test_the_same_seed_gives_the_same_network(graphs: list[LabeledClusterGraph]) -> None:
    one, other, third = (train_gcn_c(graphs[:2], epochs=3, seed=seed)[0] for seed in (4, 4, 5))
    for name, weight in one.state_dict().items():
        torch.testing.assert_close(weight, other.state_dict()[name], msg=name)
    pairs = [member.head_sum.weight for each in (one, third) for member in each.each_member()]
    for a, b in combinations(pairs, 2):
        assert not torch.equal(a, b)


def test_a_member_learns_as_if_it_were_alone(graphs: list[LabeledClusterGraph]) -> None:
    base, _ = train_gcn_c(graphs[:2], epochs=1)
    beside_another = GCNC()
    beside_another.load_state_dict(base.state_dict())
    for weight in beside_another.each_member()[0].parameters():
        torch.nn.init.normal_(weight)
    one, other = (train_gcn_c(graphs[2:], 2, base=start)[0] for start in (base, beside_another))
    expected = one.each_member()[1].state_dict()
    for name, weight in other.each_member()[1].state_dict().items():
        torch.testing.assert_close(weight, expected[name], msg=name)


def test_training_goes_on_from_a_base_and_leaves_it_alone(
    graphs: list[LabeledClusterGraph],
) -> None:
    base, _ = train_gcn_c(graphs[:2], epochs=2)
    before = {name: weight.clone() for name, weight in base.state_dict().items()}
    train_gcn_c(graphs[2:], epochs=2, base=base)
    for name, weight in base.state_dict().items():
        assert torch.equal(weight, before[name]), name


def test_the_weights_that_do_best_on_validation_graphs_are_kept(
    graphs: list[LabeledClusterGraph],
) -> None:
    network, history = train_gcn_c(graphs, epochs=9, validation=[split_classes(51)])
    assert not network.training
    losses = [each.validation_loss for each in history if each.validation_loss is not None]
    assert len(losses) == len(history)
    assert losses[-1] < losses[0]
    assert {each.network for each in history} == {"GCN-C"}
    # Training once more from what was kept, without a step worth the name, begins at its loss.
    _, again = train_gcn_c(
        graphs[:1], 1, base=network, learning_rate=1e-12, validation=[split_classes(51)]
    )
    assert again[0].validation_loss == pytest.approx(min(losses), rel=1e-4)


def test_training_ends_when_validation_no_longer_improves(
    graphs: list[LabeledClusterGraph],
) -> None:
    other = split_classes(51)
    upside_down = other._replace(target=1.0 - other.target)
    start, _ = train_gcn_c(graphs, epochs=2)
    _, history = train_gcn_c(graphs, 24, base=start, validation=[upside_down])
    assert history[-1].done < 1.0


def test_graphs_without_a_known_pair_are_passed_over(graphs: list[LabeledClusterGraph]) -> None:
    blank = graphs[0]._replace(known=np.zeros(len(graphs[0].known), bool))
    with reproducible():
        one, history = train_gcn_c(graphs[1:2], epochs=2, validation=[blank])
        other, _ = train_gcn_c([blank, *graphs[1:2]], epochs=2)
    for name, weight in one.state_dict().items():
        assert torch.equal(weight, other.state_dict()[name]), name
    assert {each.validation_loss for each in history} == {None}
