"""GCN-V learns on small graphs: its loss by hand, its seed, and new classes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from gcn.graph.knn_graph import unit_rows
from gcn.graph.relation_features import (
    COMPRESSED_EDGE_COLUMNS,
    COMPRESSED_NODE_COLUMNS,
    RAW_EDGE_COLUMNS,
    RAW_NODE_COLUMNS,
)
from gcn.networks.gcn_v import GCNV
from gcn.networks.settings import Settings
from gcn.pruning.affinity import node_affinity
from gcn.training.jitter import NO_SHIFT, draw_shift, shifted
from gcn.training.targets import same_class
from gcn.training.train_gcn_v import affinity_logits, affinity_loss, judge_affinity, train_gcn_v
from gcn.training.variants import LabeledGraph, labeled_graph


def ambiguous_graph(seed: int, known: float = 1.0) -> LabeledGraph:
    """Classes of two sizes and spreads, so that cosine alone does not tell them apart."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(4, 30, 16)
    labels = np.repeat(np.arange(16), sizes)
    spread = rng.uniform(0.5, 1.6, 16)[labels, None]
    centers = rng.normal(size=(16, 24)) / 24**0.5
    x = unit_rows(centers[labels] + spread * rng.normal(size=(len(labels), 24)) / 24**0.5)
    labels[rng.random(len(labels)) > known] = -1
    return labeled_graph(x, labels, 12)


@pytest.fixture(scope="module")
def graphs() -> list[LabeledGraph]:
    return [ambiguous_graph(seed) for seed in range(4)]


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_training_does_not_depend_on_modes_of_torch(
    mode: Callable[[], AbstractContextManager[object]], graphs: list[LabeledGraph]
) -> None:
    usual, _ = train_gcn_v(graphs, Settings(), 2, validation=graphs[:1])
    with mode():
        network, _ = train_gcn_v(graphs, Settings(), 2, validation=graphs[:1])
    for own, other in zip(network.parameters(), usual.parameters(), strict=True):
        torch.testing.assert_close(own, other)
        assert not own.is_inference()


def test_loss_is_cross_entropy_of_known_edges_and_error_of_node_affinity() -> None:
    graph = ambiguous_graph(9, known=0.7)
    torch.manual_seed(0)
    network = GCNV(hidden_channels=8).eval()
    rows = np.arange(0, len(graph.x), 2)
    neighbors = graph.relations.graph.neighbors[rows]
    with torch.inference_mode():
        torch.manual_seed(7)
        shift = draw_shift()
        loss = float(affinity_loss(network, graph, rows, shift))
        x = torch.from_numpy(graph.relations.node_features)
        e = torch.from_numpy(graph.edges[rows]).float()
        logits = network(
            shifted(x, COMPRESSED_NODE_COLUMNS, RAW_NODE_COLUMNS, shift),
            torch.from_numpy(rows),
            torch.from_numpy(neighbors.astype(np.int64)),
            torch.from_numpy(graph.relations.transition[rows]),
            shifted(e, COMPRESSED_EDGE_COLUMNS, RAW_EDGE_COLUMNS, shift),
        )
    p = torch.sigmoid(logits).numpy()
    similarity = graph.relations.graph.similarity[rows]
    same, known = (part[rows] for part in same_class(graph.relations.graph.neighbors, graph.labels))
    entropy = -np.where(same, np.log(p), np.log(1 - p))
    depth = node_affinity(np.where(known, p, 0.5), similarity)
    target = node_affinity(np.where(known, same, 0.5), similarity)
    expected = entropy[known].mean() + ((depth - target) ** 2).mean()
    assert loss == pytest.approx(expected, rel=1e-4)


def test_training_ranks_edges_of_new_classes_better_than_cosine(
    graphs: list[LabeledGraph],
) -> None:
    network, _ = train_gcn_v(graphs, Settings(), epochs=60)
    assert not network.training
    new = ambiguous_graph(77)
    logits, targets = affinity_logits(network, new)
    learned = average_precision_score(targets, logits)
    cosine = average_precision_score(targets, new.relations.graph.similarity.ravel())
    assert learned > cosine + 0.02


def test_the_same_seed_gives_the_same_network(graphs: list[LabeledGraph]) -> None:
    one, other, third = (
        train_gcn_v(graphs[:2], Settings(), epochs=3, seed=seed)[0] for seed in (4, 4, 5)
    )
    for name, weight in one.state_dict().items():
        torch.testing.assert_close(weight, other.state_dict()[name], msg=name)
    assert not torch.equal(one.head_row.weight, third.head_row.weight)


def test_training_goes_on_from_a_base_and_leaves_it_alone(graphs: list[LabeledGraph]) -> None:
    base, _ = train_gcn_v(graphs[:2], Settings(), epochs=2)
    before = {name: weight.clone() for name, weight in base.state_dict().items()}
    tuned, _ = train_gcn_v(graphs[2:], Settings(), epochs=1, base=base, learning_rate=1e-5)
    for name, weight in base.state_dict().items():
        assert torch.equal(weight, before[name]), name
    torch.testing.assert_close(tuned.head_row.weight, base.head_row.weight, atol=1e-2, rtol=1e-2)
    assert torch.equal(tuned.standardize_edges.mean, base.standardize_edges.mean)


def test_the_weights_that_do_best_on_validation_graphs_are_kept(
    graphs: list[LabeledGraph],
) -> None:
    others = [ambiguous_graph(50)]
    network, history = train_gcn_v(graphs, Settings(), epochs=12, validation=others)
    assert not network.training
    losses = [each.validation_loss for each in history if each.validation_loss is not None]
    assert len(losses) == len(history) == 12
    assert judge_affinity(network, others).loss == pytest.approx(min(losses), rel=1e-6)
    assert losses[-1] < losses[0]
    assert {each.network for each in history} == {"GCN-V"}
    shares = [each.done for each in history]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_training_ends_when_validation_no_longer_improves(graphs: list[LabeledGraph]) -> None:
    other = ambiguous_graph(50)
    # Classes without any truth in them: what is learned elsewhere makes it worse and worse.
    mixed = np.random.default_rng(0).permutation(other.labels)
    start, _ = train_gcn_v(graphs, Settings(), epochs=1)
    _, history = train_gcn_v(
        graphs, Settings(), 24, base=start, validation=[replace(other, labels=mixed)]
    )
    assert history[-1].done < 1.0


def test_the_judged_loss_is_the_mean_over_graphs_without_any_shift() -> None:
    torch.manual_seed(0)
    network = GCNV(hidden_channels=8).eval()
    graphs = [ambiguous_graph(3), ambiguous_graph(4)]
    expected = [
        float(affinity_loss(network, g, np.arange(len(g.x)), NO_SHIFT).detach()) for g in graphs
    ]
    assert judge_affinity(network, graphs).loss == pytest.approx(np.mean(expected), rel=1e-6)
    assert judge_affinity(network, graphs) == judge_affinity(network, graphs)


def test_the_judged_score_is_the_mean_average_precision_of_known_edges() -> None:
    torch.manual_seed(0)
    network = GCNV(hidden_channels=8).eval()
    graphs = [ambiguous_graph(3), ambiguous_graph(4)]
    scores = []
    for graph in graphs:
        logits, same = affinity_logits(network, graph)
        scores.append(average_precision_score(same, logits))
    one_class = replace(graphs[0], labels=np.zeros_like(graphs[0].labels))
    judged = judge_affinity(network, [*graphs, one_class])
    # Training reads edge features in half precision.
    assert judged.score == pytest.approx(np.mean(scores), rel=1e-3)


def test_progress_rises_and_may_cancel(graphs: list[LabeledGraph]) -> None:
    shares: list[float] = []

    def watch(share: float) -> None:
        shares.append(share)
        if len(shares) == 3:
            raise InterruptedError("enough")

    with pytest.raises(InterruptedError, match="enough"):
        train_gcn_v(graphs, Settings(), epochs=100, progress=watch)
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] <= shares[-1] <= 1.0
