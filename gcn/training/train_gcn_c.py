"""Trains GCN-C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..cluster_graph.cluster_graph import (
    COMPRESSED_CLUSTER_COLUMNS,
    RAW_CLUSTER_COLUMNS,
    ClusterGraph,
)
from ..cluster_graph.pair_features import COMPRESSED_PAIR_COLUMNS, RAW_PAIR_COLUMNS
from ..networks.gcn_c import GCNC, message_matrix
from .early_stopping import EarlyStopping, Evaluation, Judgment, Ranking, Watch, judge
from .gradients import with_gradients
from .jitter import NO_SHIFT, Shift, draw_shift, shifted

_PAIRS_PER_STEP = 3000


class LabeledClusterGraph(NamedTuple):
    """A cluster graph with the target strength of its pairs.

    Attributes:
        graph: The cluster graph, E pairs.
        target: Strength in [0, 1], shape (E,), float32.
        known: Pairs whose target is known, shape (E,), bool.
    """

    graph: ClusterGraph
    target: NDArray[np.float32]
    known: NDArray[np.bool_]


@with_gradients()
def train_gcn_c(
    graphs: Sequence[LabeledClusterGraph],
    epochs: int,
    seed: int = 0,
    base: GCNC | None = None,
    learning_rate: float = 3e-3,
    validation: Sequence[LabeledClusterGraph] = (),
    progress: Callable[[float], None] | None = None,
    watch: Watch | None = None,
) -> tuple[GCNC, list[Evaluation]]:
    """Fits connection strengths on labeled cluster graphs.

    The loss is cross-entropy with the soft target, weighted by the log of the pairs of images
    that a pair of clusters stands for.

    Source: patent application CN115331039A, claims 3 and 7.

    Args:
        graphs: Training graphs.
        epochs: Passes over the graphs.
        seed: Of weights and order.
        base: Network to start from; a new one if left out.
        learning_rate: Largest learning rate of AdamW; it rises and falls once.
        validation: Graphs of other classes; the weights that do best on them are kept.
        progress: Called with the share done.
        watch: Called with each look at the training.

    Returns:
        The trained network in evaluation mode, and the looks on the way.

    Raises:
        ValueError: A new network has no graph with a known pair of clusters to learn from.
    """
    graphs = [g for g in graphs if g.known.any()]
    judged = [_tensors(g) for g in validation if g.known.any()]
    rng = np.random.default_rng(seed)
    network = _start([g.graph for g in graphs], base, seed)
    tensors = [_tensors(g) for g in graphs]
    steps = epochs * len(graphs)
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, max(steps, 1))
    judgment = (lambda: _judge_strength(network, judged)) if judged else None
    stopping = EarlyStopping(network, "GCN-C", judgment, watch=watch)
    network.train()
    order = np.concatenate([rng.permutation(len(graphs)) for _ in range(epochs)])
    for step, index in enumerate(order):
        optimizer.zero_grad()
        loss = strength_loss(network, _sample(tensors[index], rng), draw_shift())
        loss.backward()
        for member in network.each_member():
            torch.nn.utils.clip_grad_norm_(member.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if progress is not None and step % 50 == 0:
            progress(step / steps)
        if stopping.stop_after(step + 1, steps, float(loss.detach()) / network.num_members):
            break
    stopping.restore_best()
    return network, stopping.history


class _Tensors(NamedTuple):
    x: Tensor
    messages: Tensor
    pairs: Tensor
    features: Tensor
    target: Tensor
    weight: Tensor


def strength_weights(graph: ClusterGraph) -> NDArray[np.float32]:
    """Weight of each pair of clusters: log of the pairs of images it stands for, shape (E,)."""
    sizes = graph.sizes[graph.pairs].astype(np.float32)
    return np.log1p(sizes[:, 0] * sizes[:, 1])


@torch.no_grad()
def _judge_strength(network: GCNC, graphs: Sequence[_Tensors]) -> Judgment:
    """Judges the pairs of each graph; those mostly of one class belong together."""
    rankings: list[Ranking] = []
    for graph in graphs:
        logits, known = _logits(network, graph, NO_SHIFT).mean(0), graph.weight > 0
        loss, same = float(_weighted_loss(logits, graph)), graph.target[known] > 0.5
        rankings.append(Ranking(loss, logits[known], same, graph.weight[known]))
    return judge(rankings)


def strength_loss(network: GCNC, graph: _Tensors, shift: Shift) -> Tensor:
    """Weighted cross-entropy of the known pairs of one graph, summed over the members."""
    logits = _logits(network, graph, shift)
    return torch.stack([_weighted_loss(own, graph) for own in logits]).sum()


def _logits(network: GCNC, graph: _Tensors, shift: Shift) -> Tensor:
    """Of each member, shape (num_members, E)."""
    x = shifted(graph.x, COMPRESSED_CLUSTER_COLUMNS, RAW_CLUSTER_COLUMNS, shift)
    features = shifted(graph.features, COMPRESSED_PAIR_COLUMNS, RAW_PAIR_COLUMNS, shift)
    return network.score_members(network.encode(x, graph.messages), graph.pairs, features)


def _weighted_loss(logits: Tensor, graph: _Tensors) -> Tensor:
    loss = F.binary_cross_entropy_with_logits(logits, graph.target, reduction="none")
    return (loss * graph.weight).sum() / graph.weight.sum().clamp_min(1e-6)


def _sample(graph: _Tensors, rng: np.random.Generator) -> _Tensors:
    """Keeps all messages but scores only some pairs, so that large graphs cost no more."""
    if len(graph.pairs) <= _PAIRS_PER_STEP:
        return graph
    kept = torch.from_numpy(rng.integers(0, len(graph.pairs), _PAIRS_PER_STEP))
    return graph._replace(
        pairs=graph.pairs[kept],
        features=graph.features[kept],
        target=graph.target[kept],
        weight=graph.weight[kept],
    )


def _tensors(labeled: LabeledClusterGraph) -> _Tensors:
    graph = labeled.graph
    return _Tensors(
        torch.from_numpy(graph.cluster_features),
        message_matrix(graph),
        torch.from_numpy(graph.pairs),
        torch.from_numpy(graph.pair_features),
        torch.from_numpy(labeled.target),
        torch.from_numpy(strength_weights(graph) * labeled.known),
    )


def _start(graphs: Sequence[ClusterGraph], base: GCNC | None, seed: int) -> GCNC:
    torch.manual_seed(seed)
    network = GCNC()
    if base is not None:
        network = GCNC(base.hidden_channels, base.num_members)
        network.load_state_dict(base.state_dict())
        return network
    if not graphs:
        raise ValueError(
            "the embeddings of the training classes are all the same, or so close that no two"
            " clusters were found to compare; compute them with a network that tells the images"
            " apart"
        )
    clusters = np.concatenate([g.cluster_features for g in graphs])
    network.standardize_clusters.fit(torch.from_numpy(clusters))
    pairs = np.concatenate([g.pair_features for g in graphs])
    network.standardize_pairs.fit(torch.from_numpy(pairs))
    return network
