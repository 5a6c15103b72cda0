"""GCN-V: the network that predicts the affinity between nodes of the kNN graph."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .graph_conv import GraphConv
from .parallel import row_workers
from .progress import Progress, tell
from .relations import NUM_EDGE_FEATURES, NUM_NODE_FEATURES, Relations, edge_tables
from .relations_kernels import EdgeTables, edge_feature_rows
from .standardize import Standardize

_CPU_BLOCK_EDGES = 16_000
_GPU_BLOCK_EDGES = 400_000
_FEATURE_EDGES = 80_000
_REPORT_ROWS = 16_384


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


def predict_affinity(
    network: GCNV,
    relations: Relations,
    rows: NDArray[np.integer],
    affinity: NDArray[np.float32],
    progress: Progress | None = None,
) -> None:
    """Runs GCN-V over `rows` in blocks and writes their rows of `affinity` in place.

    On the CPU each core works on blocks of its own that fit its cache.

    Args:
        network: In evaluation mode.
        relations: Of the whole set, N nodes.
        rows: The low-density nodes in the order in which they are read, shape (R,).
        affinity: Logits, shape (N, k), float32; other rows are left as they are.
        progress: Called with the share done; may raise to cancel.
    """
    on_cpu = next(network.parameters()).device.type == "cpu"
    block_edges = _CPU_BLOCK_EDGES if on_cpu else _GPU_BLOCK_EDGES
    inputs = _Inputs(network, relations, edge_tables(relations), rows, affinity, block_edges)
    with row_workers(blocks_per_worker=2) as run:
        for start in range(0, len(rows), _REPORT_ROWS):
            tell(progress, start / len(rows), "GCN-V")
            count = min(_REPORT_ROWS, len(rows) - start)
            if on_cpu:
                run(_predict_rows, count, start, inputs)
            else:
                _predict_rows(0, count, start, inputs)


class _Inputs(NamedTuple):
    network: GCNV
    relations: Relations
    tables: EdgeTables
    rows: NDArray[np.integer]
    affinity: NDArray[np.float32]
    block_edges: int


@torch.inference_mode()
def _predict_rows(start: int, stop: int, offset: int, inputs: _Inputs) -> None:
    network, relations, tables, rows, affinity, block_edges = inputs
    device = next(network.parameters()).device
    graph, k = relations.graph, affinity.shape[1]
    x = torch.from_numpy(relations.node_features).to(device)
    step = max(1, block_edges // k)
    num_rows = min(max(1, max(block_edges, _FEATURE_EDGES) // k), stop - start)
    features = np.empty((num_rows, k, NUM_EDGE_FEATURES), np.float32)
    for first in range(offset + start, offset + stop, len(features)):
        several = rows[first : min(first + len(features), offset + stop)]
        edge_feature_rows(0, len(several), several, tables, features)
        for at in range(0, len(several), step):
            block = several[at : at + step]
            logits = network(
                x,
                torch.from_numpy(block).to(device),
                torch.from_numpy(graph.neighbors[block]).to(device),
                torch.from_numpy(np.square(relations.broad_root[block])).to(device),
                torch.from_numpy(features[at : at + len(block)]).to(device),
            )
            affinity[block] = logits.cpu().numpy()
