"""Trains GCN-V."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..graph.relation_features import (
    COMPRESSED_EDGE_COLUMNS,
    COMPRESSED_NODE_COLUMNS,
    RAW_EDGE_COLUMNS,
    RAW_NODE_COLUMNS,
)
from ..networks.gcn_v import GCNV
from ..networks.gcn_v_inference import predict_affinity
from ..networks.settings import Settings
from ..pruning.density import density, low_density_nodes
from .early_stopping import EarlyStopping, Evaluation, Judgment, Ranking, Watch, judge
from .gradients import with_gradients
from .jitter import NO_SHIFT, Shift, draw_shift, shifted
from .targets import same_class
from .variants import LabeledGraph

_ROWS_PER_STEP = 224
_GRAPHS_PER_STEP = 2
_NODE_LOSS = 1.0
_FIT_EDGES = 4096
_JUDGED_ROWS = 500


@with_gradients()
def train_gcn_v(
    graphs: Sequence[LabeledGraph],
    settings: Settings,
    epochs: int,
    seed: int = 0,
    base: GCNV | None = None,
    learning_rate: float = 3e-3,
    validation: Sequence[LabeledGraph] = (),
    progress: Callable[[float], None] | None = None,
    watch: Watch | None = None,
) -> tuple[GCNV, list[Evaluation]]:
    """Fits affinities of edges and nodes on the low-density part of labeled kNN graphs.

    The loss is binary cross-entropy over the edges of low-density nodes plus the squared error
    of their node affinity ĉ.

    Source: patent application CN115331039A, claims 2 and 6.

    Args:
        graphs: Training graphs.
        settings: r and the quantile of density, which say which nodes are of low density.
        epochs: Passes over the graphs; each pass takes one sample of rows from each.
        seed: Of weights and samples.
        base: Network to start from; a new one if left out.
        learning_rate: Largest learning rate of AdamW; it rises and falls once.
        validation: Graphs of other classes; the weights that do best on them are kept.
        progress: Called with the share done.
        watch: Called with each look at the training.

    Returns:
        The trained network in evaluation mode, and the looks on the way.
    """
    rng = np.random.default_rng(seed)
    network = _start(graphs, base, seed, rng)
    rows_of = [_low_density_rows(g, settings) for g in graphs]
    usable = [i for i, rows in enumerate(rows_of) if len(rows)]
    steps = -(-epochs * len(usable) // _GRAPHS_PER_STEP)
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, max(steps, 1))
    order = np.concatenate([rng.permutation(usable) for _ in range(epochs)])
    judged = (lambda: judge_affinity(network, validation)) if validation else None
    stopping = EarlyStopping(network, "GCN-V", judged, watch=watch)
    network.train()
    for step in range(steps):
        optimizer.zero_grad()
        losses: list[float] = []
        for index in order[step * _GRAPHS_PER_STEP : (step + 1) * _GRAPHS_PER_STEP]:
            rows = rng.permutation(rows_of[index])[:_ROWS_PER_STEP]
            loss = affinity_loss(network, graphs[index], rows, draw_shift())
            (loss / _GRAPHS_PER_STEP).backward()
            losses.append(float(loss.detach()))
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if progress is not None and step % 20 == 0:
            progress(step / steps)
        if stopping.stop_after(step + 1, steps, float(np.mean(losses))):
            break
    stopping.restore_best()
    return network, stopping.history


def _low_density_rows(graph: LabeledGraph, settings: Settings) -> NDArray[np.int64]:
    dense = density(graph.relations.z, settings.min_similarity)
    return np.flatnonzero(low_density_nodes(dense, settings.density_quantile))


@torch.no_grad()
def judge_affinity(network: GCNV, graphs: Sequence[LabeledGraph]) -> Judgment:
    """Judges the edges of an even sample of the rows of each graph, without any shift."""
    rankings: list[Ranking] = []
    for graph in graphs:
        rows = np.arange(0, len(graph.x), -(-len(graph.x) // _JUDGED_ROWS))
        edges = _edges(network, graph, rows, NO_SHIFT)
        known = edges.known > 0
        loss = float(edges.loss(graph.relations.graph.similarity[rows]))
        rankings.append(Ranking(loss, edges.logits[known], edges.target[known] > 0))
    return judge(rankings)


def affinity_loss(
    network: GCNV, graph: LabeledGraph, rows: NDArray[np.int64], shift: Shift
) -> Tensor:
    """Cross-entropy of the edges of `rows` plus the squared error of their node affinity."""
    return _edges(network, graph, rows, shift).loss(graph.relations.graph.similarity[rows])


class _Edges(NamedTuple):
    """Edges of some rows, each of shape (rows, k): logits, 1 for one class, 1 for known."""

    logits: Tensor
    target: Tensor
    known: Tensor

    def loss(self, similarity: NDArray[np.float32]) -> Tensor:
        """Cross-entropy of known edges plus the squared error of the node affinity."""
        logits, target, known = self
        losses = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        weight = torch.from_numpy(similarity) * known
        gap = (weight * (2.0 * torch.sigmoid(logits) - 2.0 * target)).mean(1)
        return (losses * known).sum() / known.sum().clamp_min(1.0) + (
            _NODE_LOSS * gap.square().mean()
        )


def _edges(network: GCNV, graph: LabeledGraph, rows: NDArray[np.int64], shift: Shift) -> _Edges:
    relations = graph.relations
    neighbors = relations.graph.neighbors[rows]
    x = torch.from_numpy(relations.node_features)
    edges = torch.from_numpy(graph.edges[rows]).float()
    logits = network(
        shifted(x, COMPRESSED_NODE_COLUMNS, RAW_NODE_COLUMNS, shift),
        torch.from_numpy(rows),
        torch.from_numpy(neighbors.astype(np.int64)),
        torch.from_numpy(relations.transition[rows]),
        shifted(edges, COMPRESSED_EDGE_COLUMNS, RAW_EDGE_COLUMNS, shift),
    )
    other, own = graph.labels[neighbors], graph.labels[rows][:, None]
    known = torch.from_numpy((other >= 0) & (own >= 0)).float()
    return _Edges(logits, torch.from_numpy(other == own).float(), known)


def affinity_logits(
    network: GCNV, graph: LabeledGraph
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits and targets of all known edges of a graph, for calibration; each of shape (E,)."""
    logits = np.empty_like(graph.relations.graph.similarity)
    predict_affinity(network, graph.relations, np.arange(len(graph.x)), logits)
    same, known = same_class(graph.relations.graph.neighbors, graph.labels)
    return logits[known], same[known].astype(np.float32)


def _start(
    graphs: Sequence[LabeledGraph], base: GCNV | None, seed: int, rng: np.random.Generator
) -> GCNV:
    torch.manual_seed(seed)
    network = GCNV()
    if base is not None:
        network = GCNV(base.hidden_channels)
        network.load_state_dict(base.state_dict())
        return network
    nodes = [g.relations.node_features for g in graphs]
    network.standardize_nodes.fit(torch.from_numpy(np.concatenate(nodes)))
    edges = []
    for g in graphs:
        flat = g.edges.reshape(-1, g.edges.shape[-1])
        edges.append(flat[rng.integers(0, len(flat), _FIT_EDGES)])
    network.standardize_edges.fit(torch.from_numpy(np.concatenate(edges)))
    return network
