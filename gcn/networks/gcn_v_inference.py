"""Runs GCN-V over the rows of a kNN graph."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..graph.relation_features import NUM_EDGE_FEATURES
from ..graph.relations import Relations, edge_tables
from ..graph.relations_kernels import EdgeTables, edge_features_with, own_tables
from ..runtime.fixed_point import floats
from ..runtime.parallel import for_slices, on_a_core, row_slices, row_workers
from ..runtime.progress import Progress, tell
from ..runtime.spare import Spare
from .gcn_v import GCNV

_CPU_BLOCK_EDGES = 8_000
_GPU_BLOCK_EDGES = 400_000


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
    folded = on_a_core(FoldedGCNV, network, relations)
    inputs = _Inputs(folded, edge_tables(relations), rows, affinity)
    if inputs.folded.device.type == "cpu":
        _predict_on_cores(inputs, progress)
    else:
        _predict_on_device(inputs, progress)


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

    def logits(self, rows: NDArray[np.integer], edges: Tensor, buffers: _Buffers) -> Tensor:
        """Scores the edges that leave `rows`.

        Args:
            rows: Node ids, shape (R,).
            edges: Their features as they are, shape (R * k, NUM_EDGE_FEATURES); clipped in place.
            buffers: For what is computed on the way, with R * k rows.

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

        mixed = torch.addmm(self._encode.bias, edges, self._encode.weight, out=buffers.mixed)
        encoded = mixed.relu_().view(num_rows, k, -1).mean(1)  # (R, H)
        message = torch.bmm(weights[:, None], source.view(num_rows, k, -1))[:, 0]
        own = network.conv.lin_rel(message) + network.conv.lin_root(target)
        from_row = network.head_row(torch.relu(own + encoded))

        torch.addmm(self._head.bias, edges, self._head.weight, out=mixed)
        mixed.addmm_(source, network.head_neighbor.weight.T)
        mixed.view(num_rows, k, -1).add_(from_row[:, None])
        hidden, last = self._hidden, self._last
        deep = torch.addmm(hidden.bias, mixed.relu_(), hidden.weight.T, out=buffers.deep)
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


class _Buffers(NamedTuple):
    """Reused from block to block, shape (edges, H) each: new memory costs more than the sums."""

    mixed: Tensor
    deep: Tensor

    def rows(self, count: int) -> _Buffers:
        """The first part of it."""
        return _Buffers(self.mixed[:count], self.deep[:count])


class _Inputs(NamedTuple):
    folded: FoldedGCNV
    tables: EdgeTables
    rows: NDArray[np.integer]
    affinity: NDArray[np.float32]

    @property
    def k(self) -> int:
        return self.affinity.shape[1]


class _Worker:
    """Buffers of one core, reused from block to block."""

    def __init__(self, inputs: _Inputs, rows: int) -> None:
        self.features = np.empty((rows, inputs.k, NUM_EDGE_FEATURES), np.float32)
        shape = 2, rows * inputs.k, inputs.folded.hidden_channels
        self.buffers = _Buffers(*torch.empty(shape, dtype=torch.float32))
        self.own = own_tables(inputs.tables)


def _predict_on_cores(inputs: _Inputs, progress: Progress | None) -> None:
    """Each core takes one block after the other; these are the same for any number of cores."""
    folded, tables, rows, affinity = inputs
    step = max(1, _CPU_BLOCK_EDGES // inputs.k)
    workers = Spare(lambda: _Worker(inputs, min(step, len(rows))))

    @torch.inference_mode()
    def predict(piece: slice) -> None:
        block = rows[piece]
        with workers.lent() as worker:
            features = worker.features[: len(block)]
            edge_features_with(0, len(block), block, tables, worker.own, features)
            edges = torch.from_numpy(features).view(-1, NUM_EDGE_FEATURES)
            affinity[block] = folded.logits(block, edges, worker.buffers.rows(len(edges))).numpy()

    def report(done: float) -> None:
        tell(progress, done, "GCN-V")

    for_slices(predict, row_slices(len(rows), step), report, uses_torch=True)


@torch.inference_mode()
def _predict_on_device(inputs: _Inputs, progress: Progress | None) -> None:
    """The cores work out the features of one block while the device scores the one before."""
    folded, tables, rows, affinity = inputs
    step, own = max(1, _GPU_BLOCK_EDGES // inputs.k), Spare(lambda: own_tables(tables))
    step = min(step, max(1, len(rows)))
    # Pages that stay where they are are copied to a CUDA device several times as fast.
    shape, stays = (step, inputs.k, NUM_EDGE_FEATURES), folded.device.type == "cuda"
    features = torch.empty(shape, dtype=torch.float32, device="cpu", pin_memory=stays)
    shape = 2, step * inputs.k, folded.hidden_channels
    buffers = torch.empty(shape, dtype=torch.float32, device=folded.device)
    waiting: tuple[NDArray[np.integer], Tensor] | None = None
    with row_workers(blocks_per_worker=4) as run:
        for piece in row_slices(len(rows), step):
            tell(progress, piece.start / len(rows), "GCN-V")
            block = rows[piece]
            run(_fill_features, len(block), block, tables, own, features.numpy())
            if waiting is not None:
                affinity[waiting[0]] = waiting[1].cpu().numpy()
            edges = features[: len(block)].view(-1, NUM_EDGE_FEATURES).to(folded.device, copy=True)
            waiting = block, folded.logits(block, edges, _Buffers(*buffers).rows(len(edges)))
    if waiting is not None:
        affinity[waiting[0]] = waiting[1].cpu().numpy()


def _fill_features(
    start: int,
    stop: int,
    block: NDArray[np.integer],
    tables: EdgeTables,
    own: Spare[Any],
    features: NDArray[np.float32],
) -> None:
    with own.lent() as its:
        edge_features_with(start, stop, block, tables, its, features)
