"""From unit rows to the affinities of all edges, with a way to go on later."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .advice import neighborhood_agreement
from .checkpoint import Model
from .cluster_graph import NodeState
from .first_look import NAME as FIRST_LOOK
from .first_look import first_look
from .fixed_point import Int16, fixed, floats
from .graph import KNNGraph
from .knn import Neighbors, nearest_neighbors
from .moments import random_pair_moments
from .relations import relations_of
from .relevant_components import find_relevant_components
from .stage_timer import StageTimer
from .stages import low_density, node_state
from .work_dir import WorkDir, hash_array

Float32 = NDArray[np.float32]

_NEIGHBORS, _AFFINITY = "neighbors", "affinity"


def first_stage(
    original: Int16,
    k: int,
    model: Model,
    device: str | None,
    timer: StageTimer,
    work: WorkDir | None,
    looks_first: bool = True,
) -> tuple[NodeState, float]:
    """Relevant components, a first look, nearest neighbors, relations and GCN-V.

    Args:
        original: Unit rows in fixed point, shape (N, D).
        k: Neighbors per row.
        model: With its networks on `device`.
        device: Of the search; None for the CPU.
        timer: Told of each stage.
        work: Where finished stages are kept; None keeps nothing.
        looks_first: Whether to have a first look.

    Returns:
        The state of all nodes, and how much neighbors agree on their neighbors.
    """
    x, agreement = _rescaled(original, k, model, device, timer, looks_first)
    timer.start("Nearest neighbors", 0.1)
    found = _neighbors(x, k, model, device, timer, work)
    sizes = {"images": len(x), "dimensions": x.shape[1], "k": k}
    timer.stop({**sizes, **found.counts}, {"recall": found.recall})
    # Only the search needs every digit.
    refined = fixed(x)
    del x
    # Affinities are those of one graph: another search may find other neighbors.
    of_graph = f"{model.sha256} {hash_array(found.ids)}" if work is not None else ""
    kept = _kept(refined, original, found, of_graph, timer, work)
    if kept is not None:
        return kept
    state, agreement = _scored(refined, original, found, model, timer, agreement)
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


def _rescaled(
    original: Int16,
    k: int,
    model: Model,
    device: str | None,
    timer: StageTimer,
    looks_first: bool,
) -> tuple[Float32, float | None]:
    """Rows to look for neighbors in, and how much those agreed at the first look, if there was."""
    timer.start("Relevant components", 0.0)
    components = find_relevant_components(original, device, timer.within(0.0, 0.05))
    timer.stop({"images": len(original), "dimensions": original.shape[1]})
    if components is None:
        return floats(original), None
    if not looks_first:
        return components.refined, None
    timer.start(FIRST_LOOK, 0.05)
    look = first_look(components, original, k, model, device, timer.within(0.05, 0.1))
    timer.stop({"images_looked_at": look.looked_at, "clusters_seen": look.clusters})
    return look.refined, look.agreement


def _neighbors(
    x: Float32,
    k: int,
    model: Model,
    device: str | None,
    timer: StageTimer,
    work: WorkDir | None,
) -> Neighbors:
    # The first look, which shapes the space, depends on the model.
    saved = work.load(_NEIGHBORS, model.sha256) if work is not None else None
    if saved is not None:
        arrays, numbers = saved
        return Neighbors(
            arrays["ids"],
            arrays["similarity"],
            numbers["recall"],
            arrays["order"],
            {**numbers["counts"], "resumed": 1},
        )
    found = nearest_neighbors(x, k, timer.within(0.1, 0.6), device)
    if work is not None:
        arrays = {"ids": found.ids, "similarity": found.similarity, "order": found.order}
        work.save(_NEIGHBORS, arrays, model.sha256, recall=found.recall, counts=found.counts)
    return found


def _kept(
    x: Int16,
    original: Int16,
    found: Neighbors,
    of_graph: str,
    timer: StageTimer,
    work: WorkDir | None,
) -> tuple[NodeState, float] | None:
    saved = work.load(_AFFINITY, of_graph) if work is not None else None
    if saved is None:
        return None
    timer.start("GCN-V", 0.6)
    arrays, numbers = saved
    graph, moments = KNNGraph(found.ids, found.similarity), random_pair_moments(x)
    state = NodeState(
        x,
        graph,
        moments,
        arrays["affinity"],
        arrays["depth"],
        arrays["low"],
        arrays["scored"],
        arrays["identical"],
        original,
        random_pair_moments(original),
    )
    timer.stop({"low_density_images": int(state.scored.sum()), "resumed": 1})
    return state, float(numbers["agreement"])


def _scored(
    x: Int16,
    original: Int16,
    found: Neighbors,
    model: Model,
    timer: StageTimer,
    agreement: float | None,
) -> tuple[NodeState, float]:
    graph, settings = KNNGraph(found.ids, found.similarity), model.settings
    timer.start("Relations", 0.6)
    moments = random_pair_moments(x)
    low = low_density(graph, moments, settings)
    relations = relations_of(x, graph, moments, low, found.order, timer.within(0.6, 0.7), original)
    if agreement is None:
        agreement = neighborhood_agreement(relations)
    timer.stop({"edges": graph.neighbors.size})
    timer.start("GCN-V", 0.7)
    progress = timer.within(0.7, 0.9)
    state = node_state(x, relations, model.gcn_v, settings, found.order, progress)
    timer.stop(
        {"low_density_images": int(state.scored.sum())},
        {
            "density_quantile": float(state.scored.mean()),
            "min_similarity": settings.min_similarity,
        },
    )
    return state, agreement
