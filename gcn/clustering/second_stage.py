"""From pure clusters to the result: GCN-C, and what is divided and joined after it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.membership import by_falling_size
from ..graph.node_state import NodeState
from ..merging.known_number import join_to_number
from ..merging.levels import STAGE, merge_levels
from ..merging.strengths import score_pairs
from ..pruning.node_clusters import node_clusters
from ..runtime.progress import Progress, named
from .advice import (
    MADE,
    WANTED,
    advice,
    likeness_inside,
    number_advice,
    search_advice,
    space_advice,
)
from .cohesion import NAME as COHESION
from .cohesion import divide_loose
from .confidence import held_by_cluster, image_confidence, modularity, neighbors_inside
from .first_stage import first_stage
from .result import ClusterRelations, ClusterResult
from .second_look import NAME as SECOND_LOOK
from .second_look import Clustered, look_again
from .self_calibration import SurestClusters, merge_surest
from .stage_timer import SHIFT, Stage, StageTimer
from .task import Task
from .usual_size import NAME as USUAL_SIZE
from .usual_size import divide_doubles

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

_NUMBER, _RELATIONS = "Number of clusters", "Cluster relations"


def second_stage(
    state: NodeState,
    parts: Int64,
    agreement: float,
    task: Task,
    timer: StageTimer,
    num_clusters: int | None = None,
) -> ClusterResult:
    """Merges pure clusters, divides what holds too much, and tells what came of it.

    Args:
        state: Result of the first stage, pruned.
        parts: Pure clusters, shape (N,).
        agreement: How much neighbors agree, for the advice.
        task: The set, and what it is clustered by.
        timer: Told of each stage; finished here.
        num_clusters: About how many there should be; None where nobody knows.

    Returns:
        The result of the whole.
    """
    merged, shift = _merged(state, parts, task, timer)
    task = task.with_settings(task.model.settings.shifted(shift))
    found = _looked_at_again(state, merged, task, timer)
    labels = as_found = by_falling_size(found.labels)
    if num_clusters is not None:
        found = _of_number(state, found, parts, task, timer, num_clusters)
        labels = by_falling_size(found.labels)
    timer.start(_RELATIONS, 0.99)
    relations = ClusterRelations(*_related(state, labels, task, timer.within(0.99, 1.0)))
    inside = neighbors_inside(state.graph.neighbors, labels)
    confidence = np.maximum(found.confidence, held_by_cluster(inside, labels))
    per_cluster = np.bincount(labels, confidence) / np.bincount(labels)
    timer.stop({"clusters": int(labels.max()) + 1, "related_pairs": len(relations.pairs)})
    timer.finish()
    return ClusterResult(
        labels=labels,
        confidence=confidence,
        cluster_confidence=per_cluster.astype(np.float32),
        parts=by_falling_size(_divided(parts, labels)),
        relations=relations,
        stages=tuple(timer.stages),
        warnings=advice(
            agreement,
            as_found,
            likeness_inside(state.x, as_found, state.moments),
            float(confidence.mean()),
            modularity(inside, labels),
            knows_number=num_clusters is not None,
        )
        + _advice_of_stages(timer.stages),
    )


def _merged(state: NodeState, parts: Int64, task: Task, timer: StageTimer) -> SurestClusters:
    settings = task.model.settings
    timer.start(STAGE, 0.92)
    found = merge_surest(state, parts, task, timer.within(0.92, 0.95))
    thresholds = {"min_relation": settings.min_relation, "min_strength": settings.min_strength}
    shift = {SHIFT: found.shift} if found.shift else {}
    timer.stop({"merged_clusters": int(found.labels.max()) + 1}, thresholds | shift)
    return found


def _divided_where_told(state: NodeState, merged: Int64, task: Task, timer: StageTimer) -> Int64:
    """Merged clusters, of which those are divided that are too loose or too large for the set."""
    timer.start(COHESION, 0.95)
    held = divide_loose(task.x, merged, task.must, timer.within(0.95, 0.96))
    timer.stop({"loose_clusters_divided": held.divided}, {"least_similarity": held.least})
    timer.start(USUAL_SIZE, 0.96)
    usual = divide_doubles(state.x, held.labels, task.must, timer.within(0.96, 0.965))
    timer.stop({"double_clusters_divided": usual.divided}, {"size_gain": usual.gain})
    return usual.labels


def _looked_at_again(state: NodeState, merged: Int64, task: Task, timer: StageTimer) -> Clustered:
    """Merged clusters, of which those are divided that hold more than one class."""
    divided = _divided_where_told(state, merged, task, timer)
    timer.start(SECOND_LOOK, 0.965)
    first = Clustered(divided, image_confidence(state, divided))
    within = timer.within(0.965, 0.98)
    found = look_again(task.x, first, task.k, partial(_alone, task), within)
    timer.stop({"clusters_looked_at": found.looked_at, "clusters_divided": found.divided})
    return found.clustered


def _alone(task: Task, rows: Int64) -> Clustered:
    """Clusters some rows as a set of their own."""
    task = task.part(rows)
    settings = task.model.settings
    state, _ = first_stage(task, StageTimer(None), None, looks_first=False)
    parts = node_clusters(state, settings, task.must, task.cannot)
    labels = merge_levels(state, parts, task.model.gcn_c, settings, task.cannot)
    return Clustered(labels, image_confidence(state, labels))


def _of_number(
    state: NodeState, found: Clustered, parts: Int64, task: Task, timer: StageTimer, number: int
) -> Clustered:
    """Clusters, joined until there are as many as are wanted, or of their parts as many."""
    timer.start(_NUMBER, 0.98)
    clusters, divides = found.labels, int(found.labels.max()) + 1 < number
    if divides:
        clusters = by_falling_size(_divided(parts, found.labels))
    pairs, strength = _related(state, clusters, task, timer.within(0.98, 0.99))
    if divides:
        first = np.unique(clusters, return_index=True)[1]
        strength[found.labels[first[pairs[:, 0]]] != found.labels[first[pairs[:, 1]]]] = 0.0
    neighbors = state.graph.neighbors
    labels = join_to_number(neighbors, clusters, pairs, strength, number, task.cannot)
    changed = np.bincount(labels)[labels] != np.bincount(found.labels)[found.labels]
    confidence = np.where(changed, image_confidence(state, labels), found.confidence)
    timer.stop({WANTED: number, MADE: int(labels.max()) + 1})
    return Clustered(labels, confidence)


def _related(
    state: NodeState, labels: Int64, task: Task, progress: Progress | None
) -> tuple[Int64, Float32]:
    """Pairs of clusters, and what GCN-C says of them."""
    model = task.model
    return score_pairs(state, labels, model.gcn_c, model.settings, named(progress, _RELATIONS))


def _advice_of_stages(stages: Sequence[Stage]) -> tuple[str, ...]:
    counts = {name: n for stage in stages for name, n in stage.counts.items()}
    return number_advice(counts) + search_advice(counts) + space_advice(counts)


def _divided(parts: Int64, labels: Int64) -> Int64:
    """Pure clusters, of which none reaches over two clusters."""
    return parts * (int(labels.max()) + 1) + labels
