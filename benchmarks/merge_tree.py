"""Every partition along a sequence of merges, scored exactly in one pass."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class MergeTree(NamedTuple):
    """A sequence of merges of clusters, strongest first.

    Attributes:
        start: Cluster of each image before any merge, shape (N,), int64, 0..P-1.
        pairs: Two clusters of `start` that each merge joins, with all that was
            merged into either, shape (M, 2), int64.
        similarity: Strength of each merge, shape (M,), float64, falling.
    """

    start: NDArray[np.int64]
    pairs: NDArray[np.int64]
    similarity: NDArray[np.float64]


class Sweep(NamedTuple):
    """BCubed scores of all partitions that a threshold on a merge tree can give.

    Attributes:
        threshold: Merges at least this strong are done, shape (T,), float64,
            falling; the first is infinity, where nothing is merged.
        precision: BCubed precision, shape (T,), float64.
        recall: BCubed recall, shape (T,), float64.
        f: BCubed F, shape (T,), float64.
    """

    threshold: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f: NDArray[np.float64]

    def f_at(self, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Looks up BCubed F of the partitions at other thresholds, shape (G,)."""
        done = np.searchsorted(-self.threshold, -thresholds, side="right") - 1
        return self.f[done]


def find_root(parent: NDArray[np.int64], node: int) -> int:
    """Follows and halves the path from `node` to the root of its tree."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = int(parent[node])
    return node


def cut(tree: MergeTree, threshold: float) -> NDArray[np.int64]:
    """Labels of the partition where every merge of at least `threshold` is done, shape (N,)."""
    parent = np.arange(tree.start.max() + 1)
    for one, other in tree.pairs[tree.similarity >= threshold]:
        parent[find_root(parent, int(other))] = find_root(parent, int(one))
    roots = np.array([find_root(parent, node) for node in range(len(parent))])
    return np.unique(roots[tree.start], return_inverse=True)[1]


def sweep(tree: MergeTree, labels_true: NDArray[np.int64]) -> Sweep:
    """Scores the partition after each merge; equal strengths merge together.

    Each cluster keeps a count per class, and the smaller joins the larger, so
    that the whole takes about N log N steps.

    Args:
        tree: The merges.
        labels_true: Class of each image, shape (N,), all known.

    Returns:
        One entry per distinct strength, and one for no merge at all.
    """
    num_images = len(labels_true)
    class_size = Counter(labels_true.tolist())
    counts: list[Counter[int]] = [Counter() for _ in range(tree.start.max() + 1)]
    for cluster, label in zip(tree.start.tolist(), labels_true.tolist(), strict=True):
        counts[cluster][label] += 1
    sizes = [sum(count.values()) for count in counts]
    squares = [sum(n * n for n in count.values()) for count in counts]
    precision = sum(q / size for q, size in zip(squares, sizes, strict=True) if size)
    recall = sum(n * n / class_size[c] for count in counts for c, n in count.items())
    trail = [(np.inf, precision, recall)]
    parent = np.arange(len(counts))
    for (one, other), strength in zip(tree.pairs.tolist(), tree.similarity.tolist(), strict=True):
        small, large = sorted(
            (find_root(parent, one), find_root(parent, other)), key=lambda c: len(counts[c])
        )
        if small == large:
            continue
        parent[small] = large
        precision -= squares[small] / sizes[small] + squares[large] / sizes[large]
        gained = 0
        for label, n in counts[small].items():
            cross = 2 * n * counts[large][label]
            gained += cross
            recall += cross / class_size[label]
            counts[large][label] += n
        counts[small].clear()
        squares[large] += squares[small] + gained
        sizes[large] += sizes[small]
        precision += squares[large] / sizes[large]
        trail.append((strength, precision, recall))
    return _as_sweep(np.array(trail), num_images)


def _as_sweep(trail: NDArray[np.float64], num_images: int) -> Sweep:
    threshold = trail[:, 0]
    last = np.append(threshold[1:] != threshold[:-1], True)  # of equal strengths
    precision, recall = trail[last, 1] / num_images, trail[last, 2] / num_images
    return Sweep(threshold[last], precision, recall, 2 * precision * recall / (precision + recall))


def best_threshold(result: Sweep) -> float:
    """Returns the threshold of the highest BCubed F, midway to the next weaker merge."""
    best = int(result.f.argmax())
    if best + 1 == len(result.threshold):
        return float(result.threshold[best])
    if not np.isfinite(result.threshold[best]):
        return float(np.nextafter(result.threshold[best + 1], np.inf))
    return float((result.threshold[best] + result.threshold[best + 1]) / 2)
