"""GCN-V: the network that predicts the affinity between nodes of the kNN graph."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .graph_conv import GraphConv
from .relations import (
    NUM_EDGE_FEATURES,
    NUM_NODE_FEATURES,
    Relations,
    edge_features,
)
from .standardize import Standardize

_BLOCK_EDGES = 160_000


class GCNV(nn.Module):
    """One graph convolution over the neighbor list and a head that scores every edge.

    For node i with neighbors j, weights P_ij, node features x and edge features e:

        h_i  = ReLU(W_s x_i + W_n Σ_j P_ij x_j + mean_j ReLU(W_e e_ij))
        p_ij = σ(MLP(W_h h_i + W_x x_j + U e_ij))

    The convolution is torch-geometric's `GraphConv`. Only the rows asked for are evaluated; their
    neighbors are sources of messages.

    Source: this project, after GCN-V of Yang et al., "Learning to Cluster Faces via Confidence
    and Connectivity Estimation", CVPR 2020, with relations in place of raw embeddings, and patent
    application CN115331039A, claims 1, 2 and 6.

    Args:
        hidden_channels: Width of all layers.
    """

    def __init__(self, hidden_channels: int = 64) -> None:
        super().__init__()
        self.hidden_channels = hidden_channels
        self.standardize_nodes = Standardize(NUM_NODE_FEATURES)
        self.standardize_edges = Standardize(NUM_EDGE_FEATURES)
        node_channels = (NUM_NODE_FEATURES, NUM_NODE_FEATURES)
        self.conv = GraphConv(node_channels, hidden_channels, aggr="add")
        self.encode_edges = nn.Linear(NUM_EDGE_FEATURES, hidden_channels)
        self.head_edges = nn.Linear(NUM_EDGE_FEATURES, hidden_channels)
        self.head_row = nn.Linear(hidden_channels, hidden_channels, bias=False)
        self.head_neighbor = nn.Linear(NUM_NODE_FEATURES, hidden_channels, bias=False)
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Linear(hidden_channels, hidden_channels),
            nn.ReLU(),
            nn.Linear(hidden_channels, 1),
        )

    def forward(
        self, x: Tensor, rows: Tensor, neighbors: Tensor, weights: Tensor, e: Tensor
    ) -> Tensor:
        """Scores the edges that leave `rows`.

        Args:
            x: Node features of all nodes, shape (N, NUM_NODE_FEATURES), float32.
            rows: Node ids to evaluate, shape (R,), int64.
            neighbors: Their neighbors, shape (R, k), int64.
            weights: Transition weights, shape (R, k), float32, rows sum to 1.
            e: Edge features, shape (R, k, NUM_EDGE_FEATURES), float32.

        Returns:
            Logits that both ends are of one class, shape (R, k).
        """
        num_rows, k = neighbors.shape
        x = self.standardize_nodes(x)
        e = self.standardize_edges(e)
        targets = torch.arange(num_rows, device=x.device).repeat_interleave(k)
        edge_index = torch.stack([neighbors.reshape(-1), targets])  # (2, R * k)
        h = self.conv((x, x[rows]), edge_index, weights.reshape(-1))  # (R, H)
        h = torch.relu(h + torch.relu(self.encode_edges(e)).mean(1))
        mixed = self.head_edges(e) + self.head_row(h)[:, None]  # (R, k, H)
        mixed = mixed + self.head_neighbor(x)[neighbors]
        return self.head(mixed).squeeze(-1)


@torch.inference_mode()
def predict_affinity(
    network: GCNV, relations: Relations, rows: NDArray[np.int64], affinity: NDArray[np.float32]
) -> None:
    """Runs GCN-V over `rows` in blocks and writes their rows of `affinity` in place.

    Args:
        network: In evaluation mode.
        relations: Of the whole set, N nodes.
        rows: The low-density nodes, shape (R,).
        affinity: Logits, shape (N, k), float32; other rows are left as they are.
    """
    device = next(network.parameters()).device
    x = torch.from_numpy(relations.node_features).to(device)
    step = max(1, _BLOCK_EDGES // relations.graph.neighbors.shape[1])
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        logits = network(
            x,
            torch.from_numpy(block).to(device),
            torch.from_numpy(relations.graph.neighbors[block].astype(np.int64)).to(device),
            torch.from_numpy(relations.transition[block]).to(device),
            torch.from_numpy(edge_features(relations, block)).to(device),
        )
        affinity[block] = logits.cpu().numpy()
