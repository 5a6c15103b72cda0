"""GCN-C: the network that predicts the connection strength between clusters."""

from __future__ import annotations

import warnings
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import coo_array
from torch import Tensor, nn

from ..cluster_graph.cluster_graph import NUM_CLUSTER_FEATURES, ClusterGraph
from ..cluster_graph.pair_features import NUM_PAIR_FEATURES
from ..runtime.parallel import for_slices, on_a_core, row_slices
from ..runtime.progress import Progress, tell
from .graph_conv import GraphConv
from .standardize import Standardize

# On the CPU, what is worked out of a block stays in a core's cache: a fifth of the time.
_CPU_BLOCK_PAIRS, _GPU_BLOCK_PAIRS = 2048, 200_000


class Member(nn.Module):
    """One network of the ensemble `GCNC`, over standardized features; shapes are those there."""

    def __init__(self, hidden_channels: int) -> None:
        super().__init__()
        self.conv1 = GraphConv(NUM_CLUSTER_FEATURES, hidden_channels, aggr="add")
        self.conv2 = GraphConv(hidden_channels, hidden_channels, aggr="add")
        self.head_sum = nn.Linear(hidden_channels, hidden_channels)
        self.head_difference = nn.Linear(hidden_channels, hidden_channels, bias=False)
        self.head_pairs = nn.Linear(NUM_PAIR_FEATURES, hidden_channels, bias=False)
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Linear(hidden_channels, hidden_channels),
            nn.ReLU(),
            nn.Linear(hidden_channels, 1),
        )

    def encode(self, x: Tensor, messages: Tensor) -> Tensor:
        """Cluster embeddings, shape (M, hidden_channels)."""
        x = torch.relu(self.conv1(x, messages))
        return torch.relu(self.conv2(x, messages))

    def score(self, z: Tensor, pairs: Tensor, e: Tensor) -> Tensor:
        """Logits of pairs, shape (E,)."""
        a, b = z[pairs[:, 0]], z[pairs[:, 1]]
        mixed = self.head_sum(a + b) + self.head_difference((a - b).abs()) + self.head_pairs(e)
        return self.head(mixed).squeeze(-1)


class GCNC(nn.Module):
    """Two graph convolutions over the cluster graph and a symmetric head per pair of clusters.

        z    = two torch-geometric `GraphConv` layers over the cluster features
        q_PQ = σ(MLP([z_P + z_Q, |z_P - z_Q|, pair features]))

    Several such members start from weights of their own, and the mean of their logits counts:
    where clusters are of a kind that none of them has seen, they err differently.

    Source: this project, for patent application CN115331039A, claims 1, 3 and 7. GCN-C is our
    own; GCN-E of Yang et al., CVPR 2020, connects images where this connects clusters. Members:
    Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using Deep
    Ensembles", 2017.

    Args:
        hidden_channels: Width of all layers.
        num_members: Of the ensemble.
    """

    def __init__(self, hidden_channels: int = 64, num_members: int = 2) -> None:
        super().__init__()
        self.hidden_channels, self.num_members = hidden_channels, num_members
        self.standardize_clusters = Standardize(NUM_CLUSTER_FEATURES)
        self.standardize_pairs = Standardize(NUM_PAIR_FEATURES)
        self.members = nn.ModuleList(Member(hidden_channels) for _ in range(num_members))
        self.float()  # whatever torch's default is

    def encode(self, x: Tensor, messages: Tensor) -> list[Tensor]:
        """Cluster embeddings of each member.

        Args:
            x: Cluster features, shape (M, NUM_CLUSTER_FEATURES), float32.
            messages: Result of `message_matrix`, shape (M, M).

        Returns:
            One tensor of shape (M, hidden_channels) per member.
        """
        x = self.standardize_clusters(x)
        return [member.encode(x, messages) for member in self.each_member()]

    def score_members(self, z: list[Tensor], pairs: Tensor, e: Tensor) -> Tensor:
        """Logits of each member that a pair drawn across two clusters is of one class.

        Args:
            z: Result of `encode`.
            pairs: Cluster ids, shape (E, 2), int64; their order does not matter.
            e: Pair features, shape (E, NUM_PAIR_FEATURES), float32.

        Returns:
            Shape (num_members, E).
        """
        e = self.standardize_pairs(e)
        each = zip(self.each_member(), z, strict=True)
        return torch.stack([member.score(own, pairs, e) for member, own in each])

    def score(self, z: list[Tensor], pairs: Tensor, e: Tensor) -> Tensor:
        """Mean logit of the members, shape (E,); arguments are those of `score_members`."""
        return self.score_members(z, pairs, e).mean(0)

    def each_member(self) -> list[Member]:
        """The members of the ensemble."""
        return cast("list[Member]", list(self.members))


def message_matrix(graph: ClusterGraph) -> Tensor:
    """Weights of the messages between clusters, which sum to 1 over each cluster's senders.

    A sparse matrix, because a message of its own for every edge would take gigabytes where there
    are millions.

    Returns:
        Receivers by senders, shape (M, M), float32, in CSR form.
    """
    num = len(graph.sizes)
    a, b = graph.pairs[:, 0], graph.pairs[:, 1]
    raw = graph.weights + np.float32(1e-4)
    matrix = coo_array(
        (np.tile(raw, 2), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(num, num)
    ).tocsr()
    total = np.maximum(np.bincount(graph.pairs.reshape(-1), np.repeat(raw, 2), num), 1e-12)
    matrix.data /= np.repeat(total, np.diff(matrix.indptr)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls the form a beta
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data),
            (num, num),
            check_invariants=False,
        )


def predict_connection(
    network: GCNC, graph: ClusterGraph, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Runs GCN-C over a cluster graph.

    Args:
        network: In evaluation mode.
        graph: The cluster graph, E pairs.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Logits of the connection strengths, shape (E,), float32.
    """
    if not len(graph.pairs):
        return np.empty(0, np.float32)
    device = next(network.parameters()).device
    z = on_a_core(_encoded, network, graph, device)
    logits = np.empty(len(graph.pairs), np.float32)

    @torch.inference_mode()
    def score(block: slice) -> None:
        pairs = torch.from_numpy(graph.pairs[block]).to(device)
        features = torch.from_numpy(graph.pair_features[block]).to(device)
        logits[block] = network.score(z, pairs, features).cpu().numpy()

    size, workers = (_CPU_BLOCK_PAIRS, None) if device.type == "cpu" else (_GPU_BLOCK_PAIRS, 1)
    for_slices(
        score,
        row_slices(len(logits), size),
        lambda done: tell(progress, done, "GCN-C"),
        workers,
        uses_torch=True,
    )
    return logits


@torch.inference_mode()
def _encoded(network: GCNC, graph: ClusterGraph, device: torch.device) -> list[Tensor]:
    """Cluster embeddings of each member."""
    x = torch.from_numpy(graph.cluster_features).to(device)
    return network.encode(x, message_matrix(graph).to(device))
