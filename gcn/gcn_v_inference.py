"""Runs GCN-V over the rows of a kNN graph."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .fixed_point import floats
from .gcn_v import GCNV
from .parallel import row_workers
from .progress import Progress, tell
from .relations import NUM_EDGE_FEATURES, Relations, edge_tables
from .relations_kernels import EdgeTables, edge_features_with, own_tables

_CPU_BLOCK_EDGES = 8_000
_GPU_BLOCK_EDGES = 400_000
_REPORT_ROWS = 16_384


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
    inputs = _Inputs(FoldedGCNV(network, relations), edge_tables(relations), rows, affinity)
    with row_workers(blocks_per_worker=2) as run:
        for start in range(0, len(rows), _REPORT_ROWS):
            tell(progress, start / len(rows), "GCN-V")
            count = min(_REPORT_ROWS, len(rows) - start)
            if inputs.folded.device.type == "cpu":
                run(_predict_rows, count, start, inputs)
            else:
                _predict_rows(0, count, start, inputs)


class FoldedGCNV:
    """GCN-V with all constants multiplied out, for one set.

    `GCNV.forward` in another order, which takes half as long: features are clipped where they are
    and scaled by the weights, and products add to what is there.

    Args:
        network: In evaluation mode.
        relations: Of the set.
    """

    @torch.inference_mode()
    def __init__(self, network: GCNV, relations: Relations) -> None:
        self.device = network.head_row.weight.device
        self.hidden_channels = network.hidden_channels
        self._network = network
        self._relations = relations
        self._nodes = network.standardize_nodes(
            torch.from_numpy(relations.node_features).to(self.device)
        )
        self._least, self._most = network.standardize_edges.bounds()
        self._encode = _folded(network.encode_edges, network)
        self._head = _folded(network.head_edges, network)
        self._hidden, self._last = (m for m in network.head if isinstance(m, torch.nn.Linear))

    def logits(self, rows: NDArray[np.integer], edges: Tensor, room: _Room) -> Tensor:
        """Scores the edges that leave `rows`.

        Args:
            rows: Node ids, shape (R,).
            edges: Their features as they are, shape (R * k, NUM_EDGE_FEATURES); clipped in place.
            room: For what is computed on the way, with R * k rows.

        Returns:
            Logits that both ends are of one class, shape (R, k).
        """
        network, device = self._network, self.device
        neighbors = torch.from_numpy(self._relations.graph.neighbors[rows]).to(device)  # (R, k)
        transition = np.square(floats(self._relations.broad_root[rows]))
        weights = torch.from_numpy(transition).to(device)
        num_rows, k = neighbors.shape
        source = self._nodes[neighbors.reshape(-1)]  # (R * k, F)
        target = self._nodes[torch.from_numpy(rows).to(device)]
        torch.clamp(edges, self._least, self._most, out=edges)

        mixed = torch.addmm(self._encode.bias, edges, self._encode.weight, out=room.mixed)
        encoded = mixed.relu_().view(num_rows, k, -1).mean(1)  # (R, H)
        message = torch.bmm(weights[:, None], source.view(num_rows, k, -1))[:, 0]
        own = network.conv.lin_rel(message) + network.conv.lin_root(target)
        from_row = network.head_row(torch.relu(own + encoded))

        torch.addmm(self._head.bias, edges, self._head.weight, out=mixed)
        mixed.addmm_(source, network.head_neighbor.weight.T)
        mixed.view(num_rows, k, -1).add_(from_row[:, None])
        hidden, last = self._hidden, self._last
        deep = torch.addmm(hidden.bias, mixed.relu_(), hidden.weight.T, out=room.deep)
        return torch.addmv(last.bias, deep.relu_(), last.weight[0]).view(num_rows, k)


class _Linear(NamedTuple):
    """A linear map, as `torch.addmm` takes it: weight of shape (in, out)."""

    weight: Tensor
    bias: Tensor


def _folded(linear: torch.nn.Linear, network: GCNV) -> _Linear:
    """Takes features of edges that are clipped, but not standardized."""
    standardize = network.standardize_edges
    weight = linear.weight / standardize.std
    return _Linear(weight.T.contiguous(), linear.bias - weight @ standardize.mean)


class _Room(NamedTuple):
    """Reused from block to block, shape (edges, H) each: new memory costs more than the sums."""

    mixed: Tensor
    deep: Tensor


class _Inputs(NamedTuple):
    folded: FoldedGCNV
    tables: EdgeTables
    rows: NDArray[np.integer]
    affinity: NDArray[np.float32]


@torch.inference_mode()
def _predict_rows(start: int, stop: int, offset: int, inputs: _Inputs) -> None:
    folded, tables, rows, affinity = inputs
    k, device = affinity.shape[1], folded.device
    block_edges = _CPU_BLOCK_EDGES if device.type == "cpu" else _GPU_BLOCK_EDGES
    step = min(max(1, block_edges // k), stop - start)
    features, own = np.empty((step, k, NUM_EDGE_FEATURES), np.float32), own_tables(tables)
    room = torch.empty(2, step * k, folded.hidden_channels, device=device)
    for first in range(offset + start, offset + stop, step):
        block = rows[first : min(first + step, offset + stop)]
        edge_features_with(0, len(block), block, tables, own, features)
        edges = torch.from_numpy(features[: len(block)]).view(-1, NUM_EDGE_FEATURES).to(device)
        logits = folded.logits(block, edges, _Room(*room[:, : len(edges)]))
        affinity[block] = logits.cpu().numpy()
