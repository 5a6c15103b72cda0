"""Clusters embeddings: the whole method in one call."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..cluster_graph.membership import by_falling_size
from ..graph.class_scatter import ClassScatter, class_scatter
from ..graph.knn_graph import check_k, fixed_unit_rows, suitable_k
from ..graph.memory import needed_bytes, refuse_too_large, size_of
from ..graph.node_state import NodeState
from ..graph.power import power_normalized
from ..merging.levels import STAGE, merge_levels
from ..merging.strengths import score_pairs
from ..networks.checkpoint import Model, model_or_shipped
from ..pruning.node_clusters import NO_PAIRS, node_clusters
from ..pruning.pruning import components, prune_edges
from ..runtime.first_run import note_run
from ..runtime.fixed_point import Int16
from ..runtime.out_of_memory import told_what_to_change
from ..runtime.parallel import cached_slices, results_in_order
from ..runtime.progress import Progress, named
from .advice import advice, likeness_inside, search_advice, space_advice
from .arguments import check_device, on_device, row_pairs
from .cohesion import NAME as COHESION
from .cohesion import divide_loose
from .confidence import held_by_cluster, image_confidence, modularity, neighbors_inside
from .first_stage import first_stage
from .second_look import NAME as SECOND_LOOK
from .second_look import Clustered, look_again
from .stage_timer import Stage, StageTimer
from .task import Task
from .usual_size import NAME as USUAL_SIZE
from .usual_size import divide_doubles
from .work_dir import WorkDir, open_work_dir

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


class ClusterRelations(NamedTuple):
    """What GCN-C says of pairs of the final clusters; pairs that it did not see are absent.

    Attributes:
        pairs: Cluster ids P < Q, each pair once, shape (E, 2), int64.
        strength: Connection strength, in [0, 1], shape (E,), float32.
    """

    pairs: Int64
    strength: Float32


@dataclass(frozen=True, eq=False)
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
    device: str | None = None,
    work_dir: str | os.PathLike[str] | None = None,
) -> ClusterResult:
    """Sorts images into clusters by their embeddings.

    Embeddings to kNN graph, GCN-V on its low-density part, pruning to pure clusters, GCN-C on
    the graph of those, merging along the pairs above a threshold, and again on the graph of what
    was merged; clusters larger than a list of neighbors are looked at once more, each as a set of
    its own.

    Source: patent application CN115331039A, claim 1.

    Args:
        embeddings: From any network, shape (N, D), finite, no zero row; scaled to unit rows here,
            and evened out where no number is negative. A memory map is read once, in blocks.
        model: Trained networks; the shipped model if left out.
        k: Neighbors per image, below N; chosen if left out.
        seed: Accepted so that runs record one; no step draws at random.
        must_link: Row pairs that belong together, shape (M, 2). What varies between them counts for
            less between all others too.
        cannot_link: Row pairs that stay apart, shape (L, 2).
        progress: Called with the share done and what is happening; may raise to cancel.
        device: Where torch searches neighbors and runs the networks, such as "cuda"; the CPU if
            left out.
        work_dir: A folder that keeps the results of finished stages, so that the same call goes
            on where it was interrupted.

    Returns:
        Labels, confidence, and what each stage did.

    Raises:
        MemoryError: There is not enough memory for so many embeddings, here or on the device.
        OSError: The work directory cannot be used.
        TypeError: `k` is not a whole number, or `model` no model.
        ValueError: An argument cannot be used; the sentence says which and why.
    """
    del seed
    device = check_device(device)
    model = model_or_shipped(model)
    size = size_of(embeddings)
    if size is not None:
        wanted = min(model.settings.k, size.rows) if k is None else check_k(k, size.rows)
        needed = needed_bytes(size.rows, size.dimensions, wanted)
        refuse_too_large(size, needed, f" with k={wanted}", "use a smaller k")
    timer = StageTimer(progress)
    x = fixed_unit_rows(embeddings)
    power_normalized(x, out=x)
    must = row_pairs(must_link, len(x), "must_link")
    cannot = row_pairs(cannot_link, len(x), "cannot_link")
    if k is not None:
        k = check_k(k, len(x))
    if len(x) == 1:
        return _single()
    k = k or suitable_k(len(x), model.settings.k)
    with told_what_to_change(*_task(x, k, device)):
        model = on_device(model, device)
        task = Task(x, model, k, device, must, cannot, _known(model, x, must))
        result = _second_stage(*_first_stage(task, timer, work_dir), task, timer)
    note_run()
    return result


def _task(x: Int16, k: int, device: str | None) -> tuple[str, str]:
    """What is said when memory runs out: what was being done, and what to change."""
    where, way_out = ("", "a machine with more memory")
    if device is not None:
        where, way_out = f" on '{device}'", "leave 'device' out to use the CPU"
    return (
        f"clustering {x.shape[0]:,} embeddings of {x.shape[1]:,} dimensions with k={k}{where}",
        f"use a smaller k, fewer dimensions (a PCA to 256 changes little), or {way_out}",
    )


def _opened(
    work_dir: str | os.PathLike[str] | None, x: Int16, k: int
) -> contextlib.AbstractContextManager[WorkDir | None]:
    return contextlib.nullcontext() if work_dir is None else open_work_dir(work_dir, x, k)


def _known(model: Model, x: Int16, must: Int64) -> tuple[ClassScatter, ...]:
    """What varies inside classes that are known: those of the model, and what belongs together."""
    together = class_scatter(x, components(must, len(x))) if len(must) else None
    return tuple(each for each in (model.class_scatter, together) if each is not None)


def _alone(task: Task, rows: Int64) -> Clustered:
    """Clusters some rows as a set of their own."""
    task = task.part(rows)
    settings = task.model.settings
    state, _ = first_stage(task, StageTimer(None), None, looks_first=False)
    parts = node_clusters(state, settings, task.must, task.cannot)
    labels = merge_levels(state, parts, task.model.gcn_c, settings, task.cannot)
    return Clustered(labels, image_confidence(state, labels))


def _first_stage(
    task: Task, timer: StageTimer, work_dir: str | os.PathLike[str] | None
) -> tuple[NodeState, Int64, float]:
    """The pruned state of all nodes, their pure clusters, and how much neighbors agree."""
    with _opened(work_dir, task.x, task.k) as work:
        state, agreement = first_stage(task, timer, work)
    return state.pruned(), _pure_clusters(state, task, timer), agreement


def _second_stage(
    state: NodeState, parts: Int64, agreement: float, task: Task, timer: StageTimer
) -> ClusterResult:
    """The merged clusters, with all that is told of them."""
    divided = _divided_where_told(state, _merged(state, parts, task, timer), task, timer)
    timer.start(SECOND_LOOK, 0.965)
    first = Clustered(divided, image_confidence(state, divided))
    found = look_again(task.x, first, task.k, partial(_alone, task), timer.within(0.965, 0.99))
    labels = by_falling_size(found.clustered.labels)
    inside = neighbors_inside(state.graph.neighbors, labels)
    confidence = np.maximum(found.clustered.confidence, held_by_cluster(inside, labels))
    last = named(timer.within(0.99, 1.0), SECOND_LOOK)
    pairs, strength = score_pairs(state, labels, task.model.gcn_c, task.model.settings, last)
    timer.stop(
        {
            "clusters_looked_at": found.looked_at,
            "clusters_divided": found.divided,
            "clusters": int(labels.max()) + 1,
        }
    )
    per_cluster = np.bincount(labels, confidence) / np.bincount(labels)
    timer.finish()
    return ClusterResult(
        labels=labels,
        confidence=confidence,
        cluster_confidence=per_cluster.astype(np.float32),
        parts=by_falling_size(_divided(parts, labels)),
        relations=ClusterRelations(pairs, strength),
        stages=tuple(timer.stages),
        warnings=advice(
            agreement,
            labels,
            likeness_inside(state.x, labels, state.moments),
            float(confidence.mean()),
            modularity(inside, labels),
        )
        + _advice_of_stages(timer.stages),
    )


def _divided_where_told(state: NodeState, merged: Int64, task: Task, timer: StageTimer) -> Int64:
    """Merged clusters, of which those are divided that are too loose or too large for the set."""
    timer.start(COHESION, 0.95)
    held = divide_loose(task.x, merged, task.must, timer.within(0.95, 0.96))
    timer.stop({"loose_clusters_divided": held.divided}, {"least_similarity": held.least})
    timer.start(USUAL_SIZE, 0.96)
    usual = divide_doubles(state.x, held.labels, task.must, timer.within(0.96, 0.965))
    timer.stop({"double_clusters_divided": usual.divided}, {"size_gain": usual.gain})
    return usual.labels


def _advice_of_stages(stages: Sequence[Stage]) -> tuple[str, ...]:
    counts = {name: n for stage in stages for name, n in stage.counts.items()}
    return search_advice(counts) + space_advice(counts)


def _merged(state: NodeState, parts: Int64, task: Task, timer: StageTimer) -> Int64:
    model, settings = task.model, task.model.settings
    timer.start(STAGE, 0.92)
    within = timer.within(0.92, 0.95)
    merged = merge_levels(state, parts, model.gcn_c, settings, task.cannot, within)
    timer.stop(
        {"merged_clusters": int(merged.max()) + 1},
        {"min_relation": settings.min_relation, "min_strength": settings.min_strength},
    )
    return merged


def _pure_clusters(state: NodeState, task: Task, timer: StageTimer) -> Int64:
    settings = task.model.settings
    timer.start("Pruning", 0.9)
    parts = node_clusters(state, settings, task.must, task.cannot)
    kept = results_in_order(
        lambda block: int(prune_edges(state.affinity[block], settings.min_affinity).sum()),
        cached_slices(*state.affinity.shape),
    )
    timer.stop(
        {"edges_kept": sum(kept), "pure_clusters": int(parts.max()) + 1},
        {"min_affinity": settings.min_affinity},
    )
    return parts


def _divided(parts: Int64, labels: Int64) -> Int64:
    """Pure clusters, of which none reaches over two clusters."""
    return parts * (int(labels.max()) + 1) + labels


def _single() -> ClusterResult:
    zero, one = np.zeros(1, np.int64), np.ones(1, np.float32)
    none = ClusterRelations(NO_PAIRS, np.empty(0, np.float32))
    return ClusterResult(zero, one, one.copy(), zero.copy(), none, (), ())
