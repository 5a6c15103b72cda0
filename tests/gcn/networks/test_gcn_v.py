"""GCN-V against its formula and torch-geometric's own layer."""

import numpy as np
import pytest
import torch
from torch_geometric.nn import GraphConv

from gcn.graph.knn_graph import knn_graph
from gcn.graph.relations import Relations, edge_features, relations_of
from gcn.networks.gcn_v import GCNV

from ..conftest import MakeBlobs, forward


@pytest.fixture(scope="module")
def relations(make_blobs: MakeBlobs) -> Relations:
    embeddings = make_blobs(sizes=(50, 40, 30)).embeddings
    return relations_of(embeddings, knn_graph(embeddings, 12))


@pytest.fixture(scope="module")
def network(relations: Relations) -> GCNV:
    torch.manual_seed(0)
    network = GCNV(hidden_channels=16)
    network.standardize_nodes.fit(torch.from_numpy(relations.node_features))
    network.standardize_edges.fit(torch.from_numpy(edge_features(relations, np.arange(120))))
    return network.eval()


def inputs_of_the_convolution(network: GCNV, relations: Relations) -> torch.Tensor:
    return network.standardize_nodes(torch.from_numpy(relations.node_features))


@torch.inference_mode()
def test_forward_follows_its_formula_with_dense_matrices(
    network: GCNV, relations: Relations
) -> None:
    x = inputs_of_the_convolution(network, relations)
    e = network.standardize_edges(torch.from_numpy(edge_features(relations, np.arange(120))))
    neighbors = torch.from_numpy(relations.graph.neighbors.astype(np.int64))
    dense = torch.zeros(120, 120).scatter_(1, neighbors, torch.from_numpy(relations.transition))
    message = (dense @ x) @ network.conv.lin_rel.weight.T + network.conv.lin_rel.bias
    own = x @ network.conv.lin_root.weight.T
    from_edges = network.encode_edges(e).clamp_min(0).mean(1)
    h = (own + message + from_edges).clamp_min(0)
    mixed = h @ network.head_row.weight.T
    logits = network.head(
        mixed[:, None] + (x @ network.head_neighbor.weight.T)[neighbors] + network.head_edges(e)
    )
    expected = logits.squeeze(-1)
    actual = forward(network, relations, np.arange(120))
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_aggregation_over_a_block_of_rows_is_torch_geometrics_over_the_graph(
    network: GCNV, relations: Relations
) -> None:
    x = inputs_of_the_convolution(network, relations)
    whole = GraphConv(x.shape[1], network.hidden_channels, aggr="add")
    whole.load_state_dict(network.conv.state_dict())
    neighbors = torch.from_numpy(relations.graph.neighbors.astype(np.int64))
    targets = torch.arange(120).repeat_interleave(12)
    weights = torch.from_numpy(relations.transition)
    expected = whole(x, torch.stack([neighbors.ravel(), targets]), weights.ravel())
    rows = torch.tensor([5, 99, 0, 64])
    block = torch.stack([neighbors[rows].ravel(), torch.arange(4).repeat_interleave(12)])
    actual = network.conv((x, x[rows]), block, weights[rows].ravel())
    torch.testing.assert_close(actual, expected[rows], atol=1e-5, rtol=1e-5)


def test_scores_of_a_row_do_not_depend_on_the_other_rows_asked_for(
    network: GCNV, relations: Relations
) -> None:
    rows = np.array([17, 3, 80])
    some, every = forward(network, relations, rows), forward(network, relations, np.arange(120))
    torch.testing.assert_close(some, every[rows], atol=1e-4, rtol=1e-4)


def test_permuting_nodes_permutes_scores(network: GCNV, make_blobs: MakeBlobs) -> None:
    embeddings = make_blobs(sizes=(50, 40, 30)).embeddings
    order = np.random.default_rng(0).permutation(120)
    scores = []
    for x in (embeddings, embeddings[order]):
        relations = relations_of(x, knn_graph(x, 12))
        scores.append(forward(network, relations, np.arange(120)))
    torch.testing.assert_close(scores[0][order], scores[1], atol=5e-3, rtol=5e-3)
