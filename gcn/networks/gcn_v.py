"""GCN-V: the network that predicts the affinity between nodes of the kNN graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..graph.relation_features import NUM_EDGE_FEATURES, NUM_NODE_FEATURES
from .graph_conv import GraphConv
from .standardize import Standardize


class GCNV(nn.Module):
    """One graph convolution over the neighbor list and a head that scores every edge.

    For node i with neighbors j, weights P_ij, node features x and edge features e:

        h_i  = ReLU(W_s x_i + W_n Σ_j P_ij x_j + mean_j ReLU(W_e e_ij))
        p_ij = σ(MLP(W_h h_i + W_x x_j + U e_ij))

    The convolution is torch-geometric's `GraphConv`. Only the rows asked for are evaluated; their
    neighbors are sources of messages. `gcn_v_inference` evaluates many of them, faster.

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
        self.float()  # whatever torch's default is

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
        # Only what is gathered is scaled and multiplied: N may be far above R.
        source = self.standardize_nodes(x[neighbors.reshape(-1)])  # (R * k, F)
        target = self.standardize_nodes(x[rows])
        e = self.standardize_edges(e)
        sources = torch.arange(num_rows * k, device=x.device)
        edge_index = torch.stack([sources, sources // k])  # (2, R * k)
        h = self.conv((source, target), edge_index, weights.reshape(-1))  # (R, H)
        h = torch.relu(h + torch.relu(self.encode_edges(e)).mean(1))
        mixed = self.head_edges(e) + self.head_row(h)[:, None]  # (R, k, H)
        mixed = mixed + self.head_neighbor(source).view(num_rows, k, -1)
        return self.head(mixed).squeeze(-1)
