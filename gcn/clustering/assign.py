"""Places new images into existing clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..evaluation.labels import in_64_bits
from ..graph.knn_graph import KNNGraph, as_matrix, fixed_unit_rows, suitable_k
from ..graph.memory import Size, needed_bytes, refuse_too_large, size_of
from ..graph.node_state import NodeState
from ..graph.power import power_normalized
from ..graph.relations import Relations, relations_of
from ..graph.relevant_components import MIN_QUERIES, find_relevant_components
from ..graph.set_units import sampled_units
from ..knn.search import nearest_neighbors
from ..networks.checkpoint import Model, model_or_shipped
from ..pruning.affinities import node_state
from ..runtime.fixed_point import Int16, floats
from ..runtime.out_of_memory import told_what_to_change
from ..runtime.progress import Progress, named, share, tell
from .anchors import place
from .confidence import held_by_cluster, image_confidence, neighbors_inside
from .first_look import learned_from_clusters
from .neighborhood import is_few, neighborhood, neighborhood_bytes
from .readiness import readiest

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Assignment:
    """Clusters of images that came later.

    Attributes:
        labels: A cluster that there was, or a number above all of those, shape (M,), int64.
        confidence: That the image belongs there, in [0, 1], shape (M,), float32.
    """

    labels: Int64
    confidence: Float32


class OldImages(NamedTuple):
    """What is known of the images that stay.

    Attributes:
        labels: Their clusters, at least 0, shape (N,), int64.
        confirmed: Which are known to be where they belong, shape (N,).
        shift: By which the log-odds of connection strengths were raised when they were merged.
    """

    labels: Int64
    confirmed: NDArray[np.bool_]
    shift: float


def assign(
    embeddings: ArrayLike,
    labels: ArrayLike,
    new_embeddings: ArrayLike,
    model: Model | None = None,
    progress: Progress | None = None,
    whole: bool | None = None,
    log_odds_shift: float = 0.0,
    confirmed: ArrayLike | None = None,
) -> Assignment:
    """Places new images into the clusters of others, or into new clusters among themselves.

    Both networks see all images; where the new ones are few beside many old ones, their neighbors
    and the neighbors of those, in the units of the whole set. GCN-V's forest links each new image
    to a deeper one, old or new; then what is left over is merged by GCN-C's connection strengths,
    as in `cluster`, with the old clusters held where they are: no old image moves, and no two old
    clusters are joined.

    Args:
        embeddings: Of the old images, shape (N, D), finite, no zero row.
        labels: Their clusters, at least 0, shape (N,).
        new_embeddings: Of the new images, shape (M, D).
        model: Trained networks; the shipped model if left out.
        progress: Called with the share done and what is happening; may raise to cancel.
        whole: Whether the networks see all images; chosen by how many there are if left out.
        log_odds_shift: How much more readily than the model was trained to the old images were
            merged, which is how the new ones are then: that of their `ClusterResult`.
        confirmed: Which of the old images are known to be where they belong, shape (N,), bool; none
            if left out. From 100 of them on, in 3 clusters, these tell how readily to merge.

    Returns:
        The clusters of the new images.

    Raises:
        MemoryError: There is not enough memory for so many embeddings.
        TypeError: `model` is no model.
        ValueError: An argument cannot be used; the sentence says which and why.
    """
    model = model_or_shipped(model)
    k = model.settings.k
    _refuse_too_large(embeddings, new_embeddings, k, whole)
    tell(progress, 0.0, "Embeddings")
    x, num_old = _joined(embeddings, new_embeddings)
    num_new = len(x) - num_old
    old = OldImages(
        _checked_labels(labels, num_old, num_new),
        _checked_flags(confirmed, num_old),
        _checked_shift(log_odds_shift),
    )
    if whole is None:
        whole = not is_few(num_old, num_new, k)
    task = f"placing {num_new:,} images among {num_old:,}"
    with told_what_to_change(task, "place them among fewer others"):
        return _placed(x, old, model, whole, progress)


def _placed(
    x: Int16, old: OldImages, model: Model, whole: bool, progress: Progress | None
) -> Assignment:
    looked_at = _whole_state if whole else _near_state
    seen, state = looked_at(x, old.labels, model, share(progress, 0.0, 0.8))
    numbers, compact = np.unique(old.labels[seen], return_inverse=True)
    anchors = np.full(len(state.depth), -1)
    anchors[: len(seen)] = compact
    confirmed = np.zeros(len(anchors), bool)
    confirmed[: len(seen)] = old.confirmed[seen]
    shift = readiest(state, anchors, confirmed, model, old.shift, share(progress, 0.8, 0.95))
    (found,) = place(state, anchors, model, [shift], share(progress, 0.95, 1.0))
    inside = neighbors_inside(state.graph.neighbors, found)
    confidence = np.maximum(image_confidence(state, found), held_by_cluster(inside, found))
    # Anchors keep their numbers; what is new is numbered above all of them.
    names = np.arange(int(found.max()) + 1) + int(old.labels.max()) + 1 - len(numbers)
    names[: len(numbers)] = numbers
    tell(progress, 1.0, "Placed")
    return Assignment(names[found][len(seen) :].astype(np.int64), confidence[len(seen) :])


def _refuse_too_large(
    embeddings: ArrayLike, new_embeddings: ArrayLike, k: int, whole: bool | None
) -> None:
    old, new = size_of(embeddings), size_of(new_embeddings)
    if old is None or new is None:
        return
    size = Size(old.rows + new.rows, old.dimensions, max(old.copied, new.copied))
    k = min(k, size.rows)
    if whole is None:
        whole = not is_few(old.rows, new.rows, k)
    if whole:
        needed = needed_bytes(size.rows, size.dimensions, k)
    else:
        needed = neighborhood_bytes(old.rows, new.rows, old.dimensions, k)
    refuse_too_large(size, needed, ", old and new ones together,", "place them among fewer others")


def _joined(embeddings: ArrayLike, new_embeddings: ArrayLike) -> tuple[Int16, int]:
    """Unit rows of all images, the old ones first, and how many those are."""
    old, new = as_matrix(embeddings), as_matrix(new_embeddings, "new_embeddings")
    if old.shape[1] != new.shape[1]:
        raise ValueError(
            f"'new_embeddings' must have the dimensions of 'embeddings' (got {new.shape[1]:,} and"
            f" {old.shape[1]:,}); compute them with the same network"
        )
    x = np.empty((len(old) + len(new), old.shape[1]), np.int16)
    fixed_unit_rows(old, out=x[: len(old)])
    fixed_unit_rows(new, out=x[len(old) :], name="new_embeddings")
    power_normalized(x, out=x, like=x[: len(old)])
    return x, len(old)


def _rescaled(
    x: Int16,
    old: Int64,
    model: Model,
    k: int,
    progress: Progress | None,
    num_queries: int | None = None,
) -> Float32:
    """Relevant components of all images, and what varies inside the old clusters."""
    known = () if model.class_scatter is None else (model.class_scatter,)
    components = find_relevant_components(x, None, progress, num_queries, known)
    return floats(x) if components is None else learned_from_clusters(components, old, k)


def _whole_state(
    x: Int16, old: Int64, model: Model, progress: Progress | None
) -> tuple[Int64, NodeState]:
    """What GCN-V says of all images, and which old ones these are."""
    k = suitable_k(len(x), model.settings.k)
    refined = _rescaled(x, old, model, k, share(progress, 0.0, 0.2))
    graph = KNNGraph(*nearest_neighbors(refined, k, share(progress, 0.2, 0.6))[:2])
    relations = relations_of(refined, graph, original=x, progress=share(progress, 0.6, 0.75))
    return np.arange(len(old)), _scored(refined, relations, model, share(progress, 0.75, 1.0))


def _near_state(
    x: Int16, old: Int64, model: Model, progress: Progress | None
) -> tuple[Int64, NodeState]:
    """What GCN-V says of the new images and those around them, and which old ones these are."""
    k = suitable_k(len(x), model.settings.k)
    num_old = len(old)
    refined = _rescaled(x, old, model, k, share(progress, 0.0, 0.4), MIN_QUERIES)
    units = sampled_units(refined, x, k, share(progress, 0.4, 0.5))
    seen = neighborhood(refined, num_old, k, share(progress, 0.5, 0.7))
    rows = np.concatenate([seen, np.arange(num_old, len(x))])
    part, original = refined[rows], x[rows]
    del refined
    k = min(k, len(part) - 1)
    graph = KNNGraph(*nearest_neighbors(part, k, share(progress, 0.7, 0.8))[:2])
    within = share(progress, 0.8, 0.9)
    relations = relations_of(part, graph, original=original, units=units, progress=within)
    return seen, _scored(part, relations, model, share(progress, 0.9, 1.0))


def _scored(x: Float32, relations: Relations, model: Model, progress: Progress | None) -> NodeState:
    tell(progress, 0.0, "GCN-V")
    return node_state(x, relations, model.gcn_v, model.settings, progress=named(progress, "GCN-V"))


def _checked_labels(labels: ArrayLike, num_rows: int, num_new: int) -> Int64:
    checked = np.asarray(labels)
    if checked.shape != (num_rows,) or checked.dtype.kind not in "iu" or not num_rows:
        raise ValueError(
            f"'labels' must hold one whole number per old embedding (got shape {checked.shape}, "
            f"{num_rows} embeddings)"
        )
    if checked.min() < 0:
        raise ValueError(f"'labels' must be at least 0; leave noise out (got {checked.min()})")
    checked = in_64_bits(checked, "labels")
    if int(checked.max()) > np.iinfo(np.int64).max - num_new:
        raise ValueError(
            f"'labels' must leave numbers for new clusters above them (got {checked.max()}); number"
            " them anew with numpy.unique(..., return_inverse=True)"
        )
    return checked


def _checked_flags(confirmed: ArrayLike | None, num_rows: int) -> NDArray[np.bool_]:
    if confirmed is None:
        return np.zeros(num_rows, bool)
    checked = np.asarray(confirmed)
    if checked.shape != (num_rows,) or checked.dtype != bool:
        raise ValueError(
            f"'confirmed' must hold True or False per old embedding (got dtype {checked.dtype}, "
            f"shape {checked.shape}, {num_rows} embeddings)"
        )
    return checked


def _checked_shift(shift: float) -> float:
    if not math.isfinite(shift):
        raise ValueError(f"'log_odds_shift' must be a finite number (got {shift})")
    return float(shift)
