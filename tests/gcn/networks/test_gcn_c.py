"""GCN-C against its formula with dense matrices, and its symmetries."""

import numpy as np
import pytest
import torch

from gcn.cluster_graph.cluster_graph import NUM_CLUSTER_FEATURES, ClusterGraph
from gcn.cluster_graph.pair_features import NUM_PAIR_FEATURES
from gcn.networks.gcn_c import GCNC, message_matrix, predict_connection
from gcn.runtime import parallel


def random_graph(seed: int, num: int = 30, num_pairs: int = 80) -> ClusterGraph:
    rng = np.random.default_rng(seed)
    every = np.stack(np.triu_indices(num, 1), 1)
    pairs = every[np.sort(rng.choice(len(every), num_pairs, replace=False))]
    return ClusterGraph(
        sizes=rng.integers(1, 50, num),
        pairs=pairs,
        cluster_features=rng.normal(size=(num, NUM_CLUSTER_FEATURES)).astype(np.float32),
        pair_features=rng.normal(size=(num_pairs, NUM_PAIR_FEATURES)).astype(np.float32),
        weights=rng.random(num_pairs).astype(np.float32),
    )


@pytest.fixture(scope="module")
def network() -> GCNC:
    torch.manual_seed(0)
    return GCNC(hidden_channels=16).eval()


@torch.inference_mode()
def test_predictions_follow_the_formula_with_dense_matrices(network: GCNC) -> None:
    graph = random_graph(0)
    adjacency = torch.zeros(30, 30)
    for (p, q), weight in zip(graph.pairs, graph.weights, strict=True):
        adjacency[p, q] = adjacency[q, p] = float(weight) + 1e-4
    total = adjacency.sum(1, keepdim=True)
    adjacency = torch.where(total > 0, adjacency / total, torch.zeros(()))
    features = network.standardize_clusters(torch.from_numpy(graph.cluster_features))
    pair_features = network.standardize_pairs(torch.from_numpy(graph.pair_features))
    p, q = graph.pairs.T
    logits: list[torch.Tensor] = []
    for member in network.each_member():
        x = features
        for conv in (member.conv1, member.conv2):
            message = (adjacency @ x) @ conv.lin_rel.weight.T + conv.lin_rel.bias
            x = (message + x @ conv.lin_root.weight.T).clamp_min(0)
        mixed = (x[p] + x[q]) @ member.head_sum.weight.T + member.head_sum.bias
        mixed = mixed + (x[p] - x[q]).abs() @ member.head_difference.weight.T
        mixed = mixed + pair_features @ member.head_pairs.weight.T
        logits.append(member.head(mixed).squeeze(-1))
    assert not torch.allclose(logits[0], logits[1], atol=1e-3)
    expected = (logits[0] + logits[1]) / 2
    np.testing.assert_allclose(predict_connection(network, graph), expected, atol=1e-4)


def test_messages_go_both_ways_along_every_pair_and_weigh_one_for_each_receiver() -> None:
    graph = random_graph(1)
    messages = message_matrix(graph).to_dense().numpy()
    raw = np.zeros((30, 30))
    for (p, q), weight in zip(graph.pairs, graph.weights, strict=True):
        raw[p, q] = raw[q, p] = weight + 1e-4
    sums = raw.sum(1, keepdims=True)
    expected = np.divide(raw, sums, out=np.zeros_like(raw), where=sums > 0)
    np.testing.assert_allclose(messages, expected, atol=1e-6)


@torch.inference_mode()
def test_blocks_of_pairs_score_the_same_on_any_number_of_cores(
    network: GCNC, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = random_graph(4, num=150, num_pairs=7001)
    monkeypatch.setattr("gcn.networks.gcn_c._CPU_BLOCK_PAIRS", 7001)
    whole = predict_connection(network, graph)
    monkeypatch.setattr("gcn.networks.gcn_c._CPU_BLOCK_PAIRS", 512)
    monkeypatch.setattr(parallel, "num_threads", lambda: 1)
    on_one = predict_connection(network, graph)
    np.testing.assert_allclose(on_one, whole, atol=1e-5)
    monkeypatch.setattr(parallel, "num_threads", lambda: 5)
    np.testing.assert_array_equal(predict_connection(network, graph), on_one)


def test_the_order_of_a_pair_does_not_matter(network: GCNC) -> None:
    generator = torch.Generator().manual_seed(1)
    z = [torch.randn(30, 16, generator=generator) for _ in network.each_member()]
    graph = random_graph(2)
    pairs, e = torch.from_numpy(graph.pairs), torch.from_numpy(graph.pair_features)
    forth, back = network.score(z, pairs, e), network.score(z, pairs.flip(1), e)
    torch.testing.assert_close(forth, back)


def test_renaming_clusters_changes_no_strength(network: GCNC) -> None:
    graph = random_graph(3)
    names = np.random.default_rng(0).permutation(30)
    renamed = graph._replace(
        pairs=np.sort(names[graph.pairs], 1),
        sizes=graph.sizes[np.argsort(names)],
        cluster_features=graph.cluster_features[np.argsort(names)],
    )
    np.testing.assert_allclose(
        predict_connection(network, renamed), predict_connection(network, graph), atol=1e-4
    )


def test_a_graph_without_pairs_has_no_strengths(network: GCNC) -> None:
    graph = random_graph(4)._replace(
        pairs=np.empty((0, 2), np.int64),
        pair_features=np.empty((0, NUM_PAIR_FEATURES), np.float32),
        weights=np.empty(0, np.float32),
    )
    strengths = predict_connection(network, graph)
    assert (strengths.shape, strengths.dtype) == ((0,), np.float32)
