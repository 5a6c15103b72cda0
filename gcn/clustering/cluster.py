"""Clusters embeddings: the whole method in one call."""

from __future__ import annotations

import contextlib
import os

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..graph.class_scatter import ClassScatter, class_scatter
from ..graph.knn_graph import check_k, fixed_unit_rows, suitable_k
from ..graph.memory import needed_bytes, refuse_too_large, size_of
from ..graph.node_state import NodeState
from ..graph.power import power_normalized
from ..networks.checkpoint import Model, model_or_shipped
from ..pruning.node_clusters import NO_PAIRS, node_clusters
from ..pruning.pruning import components, prune_edges
from ..runtime.first_run import note_run
from ..runtime.fixed_point import Int16
from ..runtime.out_of_memory import told_what_to_change
from ..runtime.parallel import cached_slices, results_in_order
from ..runtime.progress import Progress
from .arguments import check_device, check_num_clusters, on_device, row_pairs
from .first_stage import first_stage
from .known_classes import known_classes
from .recalibration import recalibrated
from .result import ClusterRelations, ClusterResult
from .second_stage import second_stage
from .stage_timer import StageTimer
from .task import Task
from .work_dir import WorkDir, open_work_dir

Int64 = NDArray[np.int64]


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
    num_clusters: int | None = None,
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
        cannot_link: Row pairs that stay apart, shape (L, 2). Where three groups of `must_link` or
            more are kept apart, how readily clusters are merged follows what they show.
        progress: Called with the share done and what is happening; may raise to cancel.
        device: Where torch searches neighbors and runs the networks, such as "cuda"; the CPU if
            left out.
        work_dir: A folder that keeps the results of finished stages, so that the same call goes
            on where it was interrupted.
        num_clusters: About how many there should be, at most N, where that is known: of more,
            those that belong together most are joined; of fewer, some come in parts.

    Returns:
        Labels, confidence, and what each stage did.

    Raises:
        MemoryError: There is not enough memory for so many embeddings, here or on the device.
        OSError: The work directory cannot be used.
        TypeError: `k` or `num_clusters` is not a whole number, or `model` no model.
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
    if num_clusters is not None:
        num_clusters = check_num_clusters(num_clusters, len(x))
    if len(x) == 1:
        return _single()
    k = k or suitable_k(len(x), model.settings.k)
    with told_what_to_change(*_task(x, k, device)):
        model = on_device(model, device)
        task = Task(x, model, k, device, must, cannot, known=_known(model, x, must))
        state, parts, agreement, task = _first_stage(task, timer, work_dir)
        result = second_stage(state, parts, agreement, task, timer, num_clusters)
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


def _first_stage(
    task: Task, timer: StageTimer, work_dir: str | os.PathLike[str] | None
) -> tuple[NodeState, Int64, float, Task]:
    """The pruned state, pure clusters, how much neighbors agree, and what to merge by."""
    with _opened(work_dir, task.x, task.k) as work:
        state, agreement = first_stage(task, timer, work)
    parts, settings = _pure_clusters(state, task, timer), task.model.settings
    known = known_classes(task.must, task.cannot, len(task.x))
    if known is None:
        return state.pruned(), parts, agreement, task
    # As if nothing were known: what is known shows how good that is.
    free, state = node_clusters(state, settings), state.pruned()
    settings = recalibrated(state, free, known, task.model, timer)
    return state, parts, agreement, task._replace(knows_classes=True).with_settings(settings)


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


def _opened(
    work_dir: str | os.PathLike[str] | None, x: Int16, k: int
) -> contextlib.AbstractContextManager[WorkDir | None]:
    return contextlib.nullcontext() if work_dir is None else open_work_dir(work_dir, x, k)


def _known(model: Model, x: Int16, must: Int64) -> tuple[ClassScatter, ...]:
    """What varies inside classes that are known: those of the model, and what belongs together."""
    together = class_scatter(x, components(must, len(x))) if len(must) else None
    return tuple(each for each in (model.class_scatter, together) if each is not None)


def _single() -> ClusterResult:
    zero, one = np.zeros(1, np.int64), np.ones(1, np.float32)
    none = ClusterRelations(NO_PAIRS, np.empty(0, np.float32))
    return ClusterResult(zero, one, one.copy(), zero.copy(), none, (), ())
