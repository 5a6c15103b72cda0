"""Scores of a clustering against known classes, from one sparse contingency table."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from .labels import UNKNOWN, in_64_bits


@dataclass(frozen=True)
class Scores:
    """How well clusters agree with classes; every score is best at 1.

    Precision asks whether images put together belong together, recall whether
    images that belong together were put together. Pairwise scores count pairs
    of images, so a few large classes rule them; BCubed scores give every image
    one vote.

    Attributes:
        pairwise_precision: Share of same-cluster pairs of one class, in [0, 1];
            1 where no two images share a cluster.
        pairwise_recall: Share of same-class pairs in one cluster, in [0, 1];
            1 where no two images share a class.
        pairwise_f: Harmonic mean of the two above.
        bcubed_precision: Mean over images of the share of its class in its
            cluster, itself included, in (0, 1].
        bcubed_recall: Mean over images of the share of its cluster in its
            class, itself included, in (0, 1].
        bcubed_f: Harmonic mean of the two above.
        nmi: Mutual information over the arithmetic mean of both entropies, in [0, 1].
        ari: Rand index adjusted for chance, in [-0.5, 1]; 0 is chance.
        purity: Share of images of the most frequent class of their cluster, in (0, 1].
        n_images: Images with a known class; all other counts are of these alone.
        n_classes: Classes.
        n_clusters: Clusters, singletons included.
        n_singletons: Clusters of one image.
        largest_cluster: Images in the largest cluster.
    """

    pairwise_precision: float
    pairwise_recall: float
    pairwise_f: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f: float
    nmi: float
    ari: float
    purity: float
    n_images: int
    n_classes: int
    n_clusters: int
    n_singletons: int
    largest_cluster: int

    @property
    def mean_f(self) -> float:
        """Mean of BCubed F and pairwise F, in [0, 1]."""
        return (self.bcubed_f + self.pairwise_f) / 2

    def as_dict(self) -> dict[str, float | int]:
        """Returns the scores by name, in the order of the fields, and `mean_f`."""
        return {**asdict(self), "mean_f": self.mean_f}


@dataclass(frozen=True)
class Contingency:
    """The M non-empty cells of the table of G classes x C clusters, at most one per image.

    Attributes:
        cells: Images in each cell, shape (M,), int64.
        class_of: Row of each cell, shape (M,), int64.
        cluster_of: Column of each cell, shape (M,), int64.
        class_ids: Classes in ascending order, shape (G,), int64.
        cluster_ids: Clusters in ascending order, then -1 for each image without one, shape (C,).
        classes: Images per class, shape (G,), int64.
        clusters: Images per cluster, shape (C,), int64.
    """

    cells: npt.NDArray[np.int64]
    class_of: npt.NDArray[np.int64]
    cluster_of: npt.NDArray[np.int64]
    class_ids: npt.NDArray[np.int64]
    cluster_ids: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]

    @property
    def class_sizes(self) -> npt.NDArray[np.int64]:
        """Size of the class of each cell, shape (M,)."""
        return self.classes[self.class_of]

    @property
    def cluster_sizes(self) -> npt.NDArray[np.int64]:
        """Size of the cluster of each cell, shape (M,)."""
        return self.clusters[self.cluster_of]


def evaluate(labels_true: npt.ArrayLike, labels_pred: npt.ArrayLike) -> Scores:
    """Scores predicted clusters against true classes.

    Source: pairwise and BCubed scores as in Amigó et al., "A comparison of
    extrinsic clustering evaluation metrics based on formal constraints",
    Information Retrieval 12, 2009, Sec. 3-4; ARI as in Hubert and Arabie,
    "Comparing partitions", Journal of Classification 2, 1985, Eq. (5).

    Args:
        labels_true: Class of each image, shape (N,), integers; -1 is unknown,
            and such images are left out of everything.
        labels_pred: Cluster of each image, shape (N,), integers; -1 is none,
            and each such image counts as a cluster of its own.

    Returns:
        The scores and counts.

    Raises:
        TypeError: Labels are not integers.
        ValueError: Labels are not 1-D, not equally long, below -1 or beyond 64 bits,
            or no class is known.
    """
    return scores_of(contingency(labels_true, labels_pred))


def contingency(labels_true: npt.ArrayLike, labels_pred: npt.ArrayLike) -> Contingency:
    """Counts the images of each class in each cluster; arguments and errors as `evaluate`."""
    true = _checked(labels_true, "labels_true")
    pred = _checked(labels_pred, "labels_pred")
    if len(true) != len(pred):
        raise ValueError(
            "'labels_true' and 'labels_pred' must describe the same images "
            f"(got {len(true)} and {len(pred)} labels)"
        )
    known = true != UNKNOWN
    if not known.any():
        raise ValueError(
            "'labels_true' must give the class of at least one image "
            f"(got {len(true)} labels, none above {UNKNOWN})"
        )
    return _count_cells(true[known], pred[known])


def _checked(labels: npt.ArrayLike, name: str) -> npt.NDArray[np.int64]:
    array = np.asarray(labels)
    if array.ndim != 1:
        raise ValueError(f"'{name}' must be one-dimensional (got shape {array.shape})")
    if len(array) == 0:
        return array.astype(np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(
            f"'{name}' must hold integers (got {array.dtype}); "
            "turn names into numbers with numpy.unique(..., return_inverse=True)"
        )
    return in_64_bits(array, name)


def _count_cells(true: npt.NDArray[np.int64], pred: npt.NDArray[np.int64]) -> Contingency:
    class_ids, class_of = np.unique(true, return_inverse=True)
    alone = np.flatnonzero(pred == UNKNOWN)
    cluster_ids, among_clusters = np.unique(pred[pred != UNKNOWN], return_inverse=True)
    cluster_of = np.empty(len(pred), np.int64)
    cluster_of[pred != UNKNOWN] = among_clusters
    cluster_of[alone] = len(cluster_ids) + np.arange(len(alone))
    width = len(cluster_ids) + len(alone)
    cells, counts = np.unique(class_of * width + cluster_of, return_counts=True)
    return Contingency(
        cells=counts,
        class_of=cells // width,
        cluster_of=cells % width,
        class_ids=class_ids,
        cluster_ids=np.append(cluster_ids, np.full(len(alone), UNKNOWN)),
        classes=np.bincount(class_of),
        clusters=np.bincount(cluster_of),
    )


def scores_of(table: Contingency) -> Scores:
    """Scores a contingency table; see `evaluate`."""
    both, same_class, same_cluster = (
        _pairs(sizes) for sizes in (table.cells, table.classes, table.clusters)
    )
    n = int(table.classes.sum())
    largest = np.zeros(len(table.clusters), np.int64)
    np.maximum.at(largest, table.cluster_of, table.cells)
    pairwise = (_ratio(both, same_cluster), _ratio(both, same_class))
    bcubed = (
        float((table.cells**2 / table.cluster_sizes).sum()) / n,
        float((table.cells**2 / table.class_sizes).sum()) / n,
    )
    return Scores(
        pairwise_precision=pairwise[0],
        pairwise_recall=pairwise[1],
        pairwise_f=_harmonic_mean(*pairwise),
        bcubed_precision=bcubed[0],
        bcubed_recall=bcubed[1],
        bcubed_f=_harmonic_mean(*bcubed),
        nmi=_normalized_mutual_information(table, n),
        ari=_adjusted_rand_index(both, same_class, same_cluster, n * (n - 1) // 2),
        purity=int(largest.sum()) / n,
        n_images=n,
        n_classes=len(table.classes),
        n_clusters=len(table.clusters),
        n_singletons=int((table.clusters == 1).sum()),
        largest_cluster=int(table.clusters.max()),
    )


def _pairs(sizes: npt.NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _harmonic_mean(precision: float, recall: float) -> float:
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def _normalized_mutual_information(table: Contingency, n: int) -> float:
    entropies = _entropy(table.classes, n) + _entropy(table.clusters, n)
    if entropies == 0.0:  # one class and one cluster: they agree
        return 1.0
    expected = table.class_sizes / n * table.cluster_sizes
    shared = float((table.cells / n * np.log(table.cells / expected)).sum())
    return min(max(2 * shared / entropies, 0.0), 1.0)


def _entropy(sizes: npt.NDArray[np.int64], n: int) -> float:
    if len(sizes) == 1:
        return 0.0
    return math.log(n) - float((sizes * np.log(sizes)).sum()) / n


def _adjusted_rand_index(both: int, same_class: int, same_cluster: int, all_pairs: int) -> float:
    if both == same_class == same_cluster:
        return 1.0
    expected = same_class * same_cluster / all_pairs
    return (both - expected) / ((same_class + same_cluster) / 2 - expected)
