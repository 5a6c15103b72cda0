"""Varied training graphs from one labeled set: other class counts, sizes, noise and k."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..graph.knn_graph import knn_graph_of_unit_rows, suitable_k, unit_rows
from ..graph.relations import Relations, edge_features, relations_of
from ..graph.relevant_components import relevant_components

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

_MIN_ROWS = 8
_SMALL_SHARE = 0.2
_SMALL_ROWS = (8, 160)
_SIZE_PROFILES = ("as_is", "cap", "long_tail", "mostly_single", "single")
_PROFILE_SHARES = (0.38, 0.24, 0.2, 0.13, 0.05)
_PROJECTED_SHARE = 0.35
_MIN_DIMENSIONS = 12
_NOISY_SHARE = 0.3
_STRANGERS_SHARE = 0.25
_STRANGERS = (0.1, 2.5)


@dataclass(frozen=True)
class LabeledGraph:
    """A kNN graph with known classes.

    Attributes:
        x: Unit rows, refined, shape (N, D).
        labels: Class per row, -1 = unknown, shape (N,).
        relations: Of the graph.
        edges: Edge features of all rows, shape (N, k, NUM_EDGE_FEATURES), float16.
    """

    x: Float32
    labels: Int64
    relations: Relations
    edges: NDArray[np.float16]


def labeled_graph(x: Float32, labels: Int64, k: int) -> LabeledGraph:
    """Refines unit rows `x` and builds their kNN graph with at most `k` neighbors."""
    refined = relevant_components(x)
    graph = knn_graph_of_unit_rows(refined, min(k, len(x) - 1))
    relations = relations_of(refined, graph, original=x)
    edges = edge_features(relations, np.arange(len(x))).astype(np.float16)
    return LabeledGraph(refined, labels, relations, edges)


def graph_in_use(x: Float32, labels: Int64, k: int) -> LabeledGraph:
    """The graph that `cluster` would build of the same unit rows, if `k` suits large sets."""
    return labeled_graph(x, labels, suitable_k(len(x), k))


def draw_variant(
    x: Float32, labels: Int64, k: int, max_rows: int, rng: np.random.Generator
) -> LabeledGraph:
    """Draws a training graph that differs from the set in what differs between sets.

    At random: how many classes, down to one; how many images of each (all, capped, long-tailed,
    mostly one), down to a handful in all; a random projection to fewer dimensions; isotropic
    noise; strangers, which belong to no class; k.

    Args:
        x: Unit rows, shape (N, D).
        labels: Class per row, -1 = unknown, shape (N,).
        k: Largest number of neighbors.
        max_rows: Rows of the variant at most.
        rng: Source of all randomness.
    """
    rows = _draw_rows(labels, max_rows, rng)
    sample, classes = x[rows], labels[rows]
    if rng.random() < _PROJECTED_SHARE and sample.shape[1] > 2 * _MIN_DIMENSIONS:
        few, all_of_them = np.log(_MIN_DIMENSIONS), np.log(sample.shape[1])
        size = round(float(np.exp(rng.uniform(few, all_of_them))))
        sample = sample @ rng.standard_normal((sample.shape[1], size), np.float32)
        sample /= np.linalg.norm(sample, axis=1, keepdims=True)
    if rng.random() < _NOISY_SHARE:
        sample = _with_noise(sample, rng)
    if rng.random() < _STRANGERS_SHARE:
        sample, classes = _with_strangers(sample, classes, max_rows, rng)
    fewer = k if rng.random() < 0.6 else int(rng.integers(max(1, k // 4), k + 1))
    return labeled_graph(unit_rows(sample), classes, fewer)


def whole_classes(labels: Int64, max_rows: int, rng: np.random.Generator) -> Int64:
    """Rows of as many classes, drawn at random, as fit; rows without a class fill what is left.

    Args:
        labels: Class per row, -1 = unknown, shape (N,).
        max_rows: Rows at most; the first class is taken whole whatever its size.
        rng: Source of the order of classes.

    Returns:
        Row numbers, rising.
    """
    classes, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    order = rng.permutation(len(classes))
    order = order[np.argsort(classes[order] < 0, kind="stable")]
    fits = np.cumsum(counts[order]) <= max_rows
    fits[0] = True
    rows = np.flatnonzero(np.isin(inverse, order[fits]))
    unknown = np.flatnonzero(labels < 0)
    if len(unknown) and not np.isin(unknown[0], rows):
        left = max(0, max_rows - len(rows))
        rows = np.concatenate([rows, rng.permutation(unknown)[:left]])
    return np.sort(rows)


def _with_noise(sample: Float32, rng: np.random.Generator) -> Float32:
    """Adds isotropic noise, from slight to more than the set's own spread."""
    low, high = (0.05, 0.4) if rng.random() < 0.5 else (0.4, 1.5)
    spread = np.sqrt(max(1.0 - float(np.square(sample.mean(0)).sum()), 0.1))
    level = rng.uniform(low, high) * spread / np.sqrt(sample.shape[1])
    noise = rng.standard_normal(sample.shape, np.float32)
    return (sample + np.float32(level) * noise).astype(np.float32)


def _with_strangers(
    sample: Float32, labels: Int64, max_rows: int, rng: np.random.Generator
) -> tuple[Float32, Int64]:
    """Adds images drawn from the covariance of the others, each of a class of its own.

    In many collections most images have no second one of their class; few labeled sets do.
    """
    share = float(np.exp(rng.uniform(*np.log(_STRANGERS))))
    count = max(1, min(round(share * len(sample)), (3 * max_rows) // 4))
    kept = np.sort(rng.permutation(len(sample))[: max_rows - count])
    center = sample.mean(0)
    # Random sums of deviations have the covariance of the sample.
    mixture = rng.standard_normal((count, len(sample)), np.float32) / np.sqrt(len(sample))
    strangers = center + mixture @ (sample - center)
    first = int(labels.max()) + 1
    numbers = np.arange(first, first + count, dtype=labels.dtype)
    return np.concatenate([sample[kept], strangers]), np.concatenate([labels[kept], numbers])


def _draw_rows(labels: Int64, max_rows: int, rng: np.random.Generator) -> Int64:
    classes = rng.permutation(np.unique(labels[labels >= 0]))
    share = rng.choice([1.0, rng.uniform(0.3, 1.0)])
    wanted = max(2, round(share * len(classes)))
    if rng.random() < _SMALL_SHARE:
        low, high = np.log(_SMALL_ROWS)
        max_rows = min(max_rows, round(float(np.exp(rng.uniform(low, high)))))
        wanted = min(wanted, int(rng.integers(1, 2 + max_rows // 4)))
        share = 0.0
    profile = str(rng.choice(_SIZE_PROFILES, p=_PROFILE_SHARES))
    picked: list[Int64] = []
    # Sorted once: to look for each of thousands of classes in all labels would take minutes.
    by_class = np.argsort(labels, kind="stable")
    chosen, ordered = classes[:wanted], labels[by_class]
    first, last = (np.searchsorted(ordered, chosen, side) for side in ("left", "right"))
    for start, stop in zip(first, last, strict=True):
        members = rng.permutation(by_class[start:stop])
        picked.append(members[: _draw_size(len(members), profile, rng)])
    unknown = rng.permutation(np.flatnonzero(labels < 0))
    picked.append(unknown[: round(share * len(unknown))])
    rows = np.concatenate(picked)
    if len(rows) < _MIN_ROWS:
        rows = rng.permutation(np.flatnonzero(labels >= 0))
    # Whole classes first keeps the sizes of the profile; a small set is thinned evenly instead.
    rows = rng.permutation(rows)[:max_rows] if share == 0.0 else rows[:max_rows]
    return np.sort(rows)


def _draw_size(size: int, profile: str, rng: np.random.Generator) -> int:
    if profile == "cap":
        return min(size, int(rng.integers(3, 40)))
    if profile == "long_tail":
        return max(1, min(size, round(size * float(rng.beta(0.6, 1.4)))))
    if profile == "single" or (profile == "mostly_single" and rng.random() < 0.7):
        return 1
    return size
