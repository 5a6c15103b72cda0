"""Clusters embeddings: the whole method in one call."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .advice import advice
from .checkpoint import Model, load_model
from .cluster_graph import NodeState
from .graph import KNNGraph, check_k, unit_rows
from .knn import nearest_neighbors
from .progress import Progress, share
from .pruning import prune_edges
from .relations import Relations, relations_of
from .settings import Settings
from .stages import NO_PAIRS, merged_clusters, node_clusters, node_state, score_pairs

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Stage:
    """What one stage did.

    Attributes:
        name: In a person's words.
        seconds: Wall time.
        counts: What went in and came out.
        thresholds: What decided.
    """

    name: str
    seconds: float
    counts: dict[str, int] = field(default_factory=dict[str, int])
    thresholds: dict[str, float] = field(default_factory=dict[str, float])


class ClusterRelations(NamedTuple):
    """What GCN-C says of pairs of the final clusters; pairs that it did not see are absent.

    Attributes:
        pairs: Cluster ids P < Q, each pair once, shape (E, 2), int64.
        strength: Connection strength, in [0, 1], shape (E,), float32.
    """

    pairs: Int64
    strength: Float32


@dataclass(frozen=True)
class ClusterResult:
    """Clusters of N images.

    Attributes:
        labels: Cluster of each image, 0..C-1 by falling size, shape (N,), int64.
        confidence: That the image belongs where it is, in [0, 1], shape (N,), float32.
        cluster_confidence: Mean of that per cluster, shape (C,), float32.
        parts: Pure cluster of each image after pruning, 0.. by falling size, shape (N,), int64.
        relations: Which clusters are related, and how strongly.
        stages: What each stage took and did.
        warnings: Sentences for the user.
    """

    labels: Int64
    confidence: Float32
    cluster_confidence: Float32
    parts: Int64
    relations: ClusterRelations
    stages: tuple[Stage, ...]
    warnings: tuple[str, ...]


def cluster(
    embeddings: ArrayLike,
    model: Model | None = None,
    k: int | None = None,
    seed: int = 0,
    must_link: ArrayLike | None = None,
    cannot_link: ArrayLike | None = None,
    progress: Progress | None = None,
) -> ClusterResult:
    """Sorts images into clusters by their embeddings.

    Embeddings to kNN graph, GCN-V on its low-density part, pruning to pure clusters, GCN-C on
    the graph of those, merging of the pairs above a threshold.

    Source: patent application CN115331039A, claim 1.

    Args:
        embeddings: From any network, shape (N, D), finite, no zero row; scaled to unit rows here.
        model: Trained networks; the shipped model if left out.
        k: Neighbors per image, below N; chosen if left out.
        seed: Accepted so that runs record one; no step draws at random.
        must_link: Row pairs that belong together, shape (M, 2).
        cannot_link: Row pairs that stay apart, shape (L, 2).
        progress: Called with the share done and what is happening; may raise to cancel.

    Returns:
        Labels, confidence, and what each stage did.

    Raises:
        TypeError: `k` is not a whole number.
        ValueError: An argument cannot be used; the sentence says which and why.
    """
    del seed
    timer = _Timer(progress)
    x = unit_rows(embeddings)
    must = _row_pairs(must_link, len(x), "must_link")
    cannot = _row_pairs(cannot_link, len(x), "cannot_link")
    if k is not None:
        k = check_k(k, len(x))
    model = model or load_model()
    if len(x) == 1:
        return _single()
    timer.start("Nearest neighbors", 0.0)
    found = nearest_neighbors(x, k or min(model.settings.k, len(x) - 1), timer.within(0.0, 0.4))
    graph = KNNGraph(found.ids, found.similarity)
    sizes = {"images": len(x), "dimensions": x.shape[1], "k": graph.neighbors.shape[1]}
    timer.stop({**sizes, **found.counts}, {"recall": found.recall})
    timer.start("Relations", 0.4)
    relations = relations_of(x, graph)
    timer.stop({"edges": graph.neighbors.size})
    state, parts, labels = _run_networks(x, relations, model, must, cannot, timer)
    labels, parts = by_falling_size(labels), by_falling_size(parts)
    pairs, strength = score_pairs(state, labels, model.gcn_c, model.settings)
    confidence = image_confidence(state, labels)
    per_cluster = np.bincount(labels, confidence) / np.bincount(labels)
    timer.finish()
    return ClusterResult(
        labels,
        confidence,
        per_cluster.astype(np.float32),
        parts,
        ClusterRelations(pairs, strength),
        tuple(timer.stages),
        advice(relations, labels),
    )


def _run_networks(
    x: Float32, relations: Relations, model: Model, must: Int64, cannot: Int64, timer: _Timer
) -> tuple[NodeState, Int64, Int64]:
    """Both stages, timed: the state of all nodes, the pure clusters and the merged ones."""
    settings = model.settings
    timer.start("GCN-V", 0.55)
    state = node_state(x, relations, model.gcn_v, settings)
    timer.stop({"low_density_images": int(state.low_density.sum())}, _density_numbers(settings))
    timer.start("Pruning", 0.8)
    parts = node_clusters(state, settings, must, cannot)
    kept = int(prune_edges(state.affinity, settings.min_affinity).sum())
    timer.stop(
        {"edges_kept": kept, "pure_clusters": int(parts.max()) + 1},
        {"min_affinity": settings.min_affinity},
    )
    timer.start("GCN-C and merging", 0.85)
    labels = merged_clusters(state, parts, model.gcn_c, settings, cannot)
    timer.stop(
        {"clusters": int(labels.max()) + 1},
        {"min_relation": settings.min_relation, "min_strength": settings.min_strength},
    )
    return state, parts, labels


def by_falling_size(labels: Int64) -> Int64:
    """Renumbers clusters by falling size; equal sizes by their first row.

    Args:
        labels: Any non-negative ids, shape (N,).

    Returns:
        Ids 0..C-1, shape (N,), int64.
    """
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse]


def image_confidence(state: NodeState, labels: Int64) -> Float32:
    """How sure it is that each image belongs to its cluster.

    The mean affinity to those neighbors that share its cluster, weighted by affinity's own
    graph weights; for an image without any, the probability that no neighbor is of its class,
    taken from the likeliest one.

    Args:
        state: Result of stage 1.
        labels: Cluster of each image, shape (N,).

    Returns:
        In [0, 1], shape (N,), float32.
    """
    together = labels[state.graph.neighbors] == labels[:, None]
    count = together.sum(1)
    inside = np.where(together, state.affinity, 0).sum(1) / np.maximum(count, 1)
    alone = 1.0 - state.affinity.max(1)
    return np.clip(np.where(count > 0, inside, alone), 0.0, 1.0).astype(np.float32)


class _Timer:
    """Times stages and reports them."""

    def __init__(self, progress: Progress | None) -> None:
        self.stages: list[Stage] = []
        self._progress = progress
        self._name = ""
        self._begun = 0.0

    def start(self, name: str, done: float) -> None:
        if self._progress is not None:
            self._progress(done, name)
        self._name, self._begun = name, time.perf_counter()

    def within(self, start: float, stop: float) -> Progress | None:
        """For a stage that reports by itself: its 0..1 is start..stop of the whole."""
        return share(self._progress, start, stop)

    def stop(self, counts: dict[str, int], thresholds: dict[str, float] | None = None) -> None:
        seconds = time.perf_counter() - self._begun
        self.stages.append(Stage(self._name, seconds, counts, thresholds or {}))

    def finish(self) -> None:
        if self._progress is not None:
            self._progress(1.0, "Clustered")


def _density_numbers(settings: Settings) -> dict[str, float]:
    return {
        "density_quantile": settings.density_quantile,
        "min_similarity": settings.min_similarity,
    }


def _single() -> ClusterResult:
    zero, one = np.zeros(1, np.int64), np.ones(1, np.float32)
    none = ClusterRelations(NO_PAIRS, np.empty(0, np.float32))
    return ClusterResult(zero, one, one.copy(), zero.copy(), none, (), ())


def _row_pairs(pairs: ArrayLike | None, num_rows: int, name: str) -> Int64:
    if pairs is None:
        return NO_PAIRS
    raw = np.asarray(pairs)
    if raw.size == 0:
        return NO_PAIRS
    if raw.ndim != 2 or raw.shape[1] != 2 or raw.dtype.kind not in "iu":
        raise ValueError(
            f"'{name}' must hold pairs of row numbers, shape (M, 2)"
            f" (got dtype {raw.dtype}, shape {raw.shape})"
        )
    if raw.min() < 0 or raw.max() >= num_rows:
        raise ValueError(
            f"'{name}' must name rows 0 to {num_rows - 1} (got {raw.min()} to {raw.max()})"
        )
    same = np.flatnonzero(raw[:, 0] == raw[:, 1])
    if name == "cannot_link" and same.size:
        row = raw[same[0], 0]
        raise ValueError(f"'cannot_link' must name two different rows (got row {row} twice)")
    return raw.astype(np.int64)
