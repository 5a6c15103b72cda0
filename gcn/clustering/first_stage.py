"""From unit rows to the affinities of all edges, with a way to go on later."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..graph.knn_graph import KNNGraph
from ..graph.moments import random_pair_moments
from ..graph.node_state import NodeState
from ..graph.relations import relations_of
from ..graph.relevant_components import find_relevant_components
from ..knn.search import Neighbors, nearest_neighbors
from ..pruning.affinities import low_density, node_state
from ..runtime.fixed_point import Int16, fixed, floats
from .advice import OTHER_NETWORK, neighborhood_agreement
from .first_look import NAME as FIRST_LOOK
from .first_look import first_look
from .stage_timer import StageTimer
from .task import Task
from .work_dir import WorkDir

Float32 = NDArray[np.float32]

_SEARCH = "Nearest neighbors"
_NEIGHBORS, _AFFINITY = "neighbors", "affinity"


def first_stage(
    task: Task, timer: StageTimer, work: WorkDir | None, looks_first: bool = True
) -> tuple[NodeState, float]:
    """Relevant components, a first look, nearest neighbors, relations and GCN-V.

    Args:
        task: The set, and what it is clustered by; pairs of rows are not looked at.
        timer: Told of each stage.
        work: Where finished stages are kept; None keeps nothing.
        looks_first: Whether to have a first look.

    Returns:
        The state of all nodes, and how much neighbors agree on their neighbors.
    """
    near = _kept_neighbors(task, timer, work)
    if near is None:
        near = _nearest(task, timer, work, looks_first)
    # Affinities are those of one graph: another search may find other neighbors.
    of_graph = f"{task.model.sha256} {near.hash}"
    kept = _kept(task.x, near, of_graph, timer, work)
    if kept is not None:
        return kept
    state, agreement = _scored(task, near, timer)
    if work is not None:
        arrays = {
            "affinity": state.affinity,
            "depth": state.depth,
            "low": state.low_density,
            "scored": state.scored,
            "identical": state.identical,
        }
        work.save(_AFFINITY, arrays, of_graph, agreement=agreement)
    return state, agreement


class _Near(NamedTuple):
    """Neighbors, and the space that they were found in.

    Attributes:
        refined: Rescaled unit rows in fixed point, shape (N, D').
        found: The nearest neighbors in it.
        agreement: How much neighbors agreed on their neighbors at the first look, if there was.
        hash: Of the neighbors, where they are kept.
    """

    refined: Int16
    found: Neighbors
    agreement: float | None
    hash: str


def _rescaled(task: Task, timer: StageTimer, looks_first: bool) -> tuple[Float32, float | None]:
    """Rows to look for neighbors in, and how much those agreed at the first look, if there was."""
    x, model, k, device = task.x, task.model, task.k, task.device
    timer.start("Relevant components", 0.0)
    within = timer.within(0.0, 0.05)
    components = find_relevant_components(x, device, within, known=task.known)
    fits = components.fits if components is not None else ()
    known = [each.num_classes for each in itertools.compress(task.known, fits)]
    sizes = {"images": len(x), "dimensions": x.shape[1]}
    if known:
        sizes["known_classes"] = sum(known)
    if model.class_scatter is not None and fits and not fits[0]:
        sizes[OTHER_NETWORK] = model.class_scatter.dimensions
    timer.stop(sizes)
    if components is None:
        return floats(x), None
    if not looks_first:
        return components.refined, None
    timer.start(FIRST_LOOK, 0.05)
    look = first_look(components, x, k, model, device, timer.within(0.05, 0.1))
    timer.stop({"images_looked_at": look.looked_at, "clusters_seen": look.clusters})
    return look.refined, look.agreement


def _nearest(task: Task, timer: StageTimer, work: WorkDir | None, looks_first: bool) -> _Near:
    k = task.k
    x, agreement = _rescaled(task, timer, looks_first)
    timer.start(_SEARCH, 0.1)
    found = nearest_neighbors(x, k, timer.within(0.1, 0.6), task.device)
    sizes = {"images": len(x), "dimensions": x.shape[1], "k": k}
    timer.stop({**sizes, **found.counts}, {"recall": found.recall})
    # Only the search needs every digit.
    refined = fixed(x)
    del x
    if work is None:
        return _Near(refined, found, agreement, "")
    arrays = {
        "refined": refined,
        "ids": found.ids,
        "similarity": found.similarity,
        "order": found.order,
    }
    numbers = {"recall": found.recall, "counts": found.counts, "agreement": agreement}
    hashes = work.save(_NEIGHBORS, arrays, task.space_key, **numbers)
    return _Near(refined, found, agreement, hashes["ids"])


def _kept_neighbors(task: Task, timer: StageTimer, work: WorkDir | None) -> _Near | None:
    saved = work.load(_NEIGHBORS, task.space_key) if work is not None else None
    if saved is None:
        return None
    timer.start(_SEARCH, 0.1)
    arrays, numbers, hashes = saved
    (num_rows, dimensions), k = arrays["refined"].shape, arrays["ids"].shape[1]
    found = Neighbors(
        arrays["ids"], arrays["similarity"], numbers["recall"], arrays["order"], numbers["counts"]
    )
    sizes = {"images": num_rows, "dimensions": dimensions, "k": k, "resumed": 1}
    timer.stop({**sizes, **found.counts}, {"recall": found.recall})
    return _Near(arrays["refined"], found, numbers["agreement"], hashes["ids"])


def _kept(
    original: Int16,
    near: _Near,
    of_graph: str,
    timer: StageTimer,
    work: WorkDir | None,
) -> tuple[NodeState, float] | None:
    saved = work.load(_AFFINITY, of_graph) if work is not None else None
    if saved is None:
        return None
    timer.start("GCN-V", 0.6)
    arrays, numbers, _ = saved
    x, ids, similarity = near.refined, near.found.ids, near.found.similarity
    state = NodeState(
        x=x,
        graph=KNNGraph(ids, similarity),
        moments=random_pair_moments(x),
        affinity=arrays["affinity"],
        depth=arrays["depth"],
        low_density=arrays["low"],
        scored=arrays["scored"],
        identical=arrays["identical"],
        original=original,
        original_moments=random_pair_moments(original),
    )
    timer.stop({"low_density_images": int(state.scored.sum()), "resumed": 1})
    return state, float(numbers["agreement"])


def _scored(task: Task, near: _Near, timer: StageTimer) -> tuple[NodeState, float]:
    x, found, agreement, _ = near
    graph, settings = KNNGraph(found.ids, found.similarity), task.model.settings
    timer.start("Relations", 0.6)
    moments = random_pair_moments(x)
    low = low_density(graph, moments, settings)
    relations = relations_of(
        x,
        graph,
        moments=moments,
        low_density=low,
        order=found.order,
        progress=timer.within(0.6, 0.7),
        original=task.x,
    )
    if agreement is None:
        agreement = neighborhood_agreement(relations)
    timer.stop({"edges": graph.neighbors.size})
    timer.start("GCN-V", 0.7)
    progress = timer.within(0.7, 0.9)
    state = node_state(x, relations, task.model.gcn_v, settings, found.order, progress)
    timer.stop(
        {"low_density_images": int(state.scored.sum())},
        {
            "density_quantile": float(state.scored.mean()),
            "min_similarity": settings.min_similarity,
        },
    )
    return state, agreement
