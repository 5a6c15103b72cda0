"""Divides clusters that hang together no better than strangers do, where that can be told.

The networks read relations, which show who is nearest but not how near. A few images of several
look-alikes, each other's neighbors for want of better ones, may therefore pass for one class. Where
a set has a scale of its own, as embeddings of faces have, similarity itself tells: the two halves
of a cluster are more alike than it is to the nearest other. Then what is looser than that is
divided. Where halves of clusters are no more alike than strangers, nothing is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.linear_model import LogisticRegression

from ..cluster_graph.membership import (
    member_lists,
    member_matrix,
    number_parts,
    sums_of_members,
)
from ..knn.lists import InvertedLists
from ..runtime.fixed_point import Rows, floats
from ..runtime.parallel import row_slices
from ..runtime.progress import Progress, tell
from .must_links import kept_together

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

NAME = "Cohesion"

_ODDS = 3.0
"""That two halves are of two classes, for a cluster to be divided: of labeled sets and of worlds
drawn at random, at one to one more lost than gained, at nine to one few gained."""
_TELLS = 0.75
"""Share of comparisons of halves with a cluster and its nearest other in which the halves are more
alike, for similarity to be trusted: below it as many sets lost as gained."""
_MIN_CLUSTERS = 20
"""Of two images or more: fewer do not show what is usual."""
_MAX_ROWS = 2000
"""Larger clusters have a second look."""
_SAMPLED, _BLOCK_QUERIES, _REPORT_CLUSTERS = 2048, 256, 256
_INVERSE_REGULARIZATION = 10.0


class Cohesion(NamedTuple):
    """Clusters, of which the loose ones were divided.

    Attributes:
        labels: Clusters, those that came apart divided, shape (N,), int64; parts of a divided one
            but the first have ids after all others.
        divided: How many came apart.
        least: Mean similarity of halves below which they did, in [-1, 1]; -1, which
            nothing is below, where similarity does not tell.
    """

    labels: Int64
    divided: int
    least: float


def divide_loose(x: Rows, labels: Int64, must: Int64, progress: Progress | None = None) -> Cohesion:
    """Divides clusters whose halves are no more alike than a cluster and its nearest other.

    Each cluster is compared with itself by average linkage: how alike are the two groups that it
    joins last. Logistic regression tells these similarities from those of clusters to their
    nearest others, and clusters are cut where two groups are three times as likely to be two
    clusters as one. Nothing is divided unless halves are more alike in three of four comparisons.

    Args:
        x: Unit rows as they came, shape (N, D), also in fixed point.
        labels: Clusters, from 0 without gaps, shape (N,).
        must: Row pairs that stay together, shape (M, 2).
        progress: Called with the share done; may raise to cancel.

    Returns:
        The clusters.
    """
    members = member_lists(labels)
    halves = _similarity_of_halves(x, members, progress)
    compared = halves[~np.isnan(halves)]
    if len(compared) < _MIN_CLUSTERS:
        return Cohesion(labels, 0, -1.0)
    least = least_similarity(compared, _similarity_to_nearest(x, labels, len(halves)))
    links = must[labels[must[:, 0]] == labels[must[:, 1]]]
    found, number, divided = labels.copy(), len(halves), 0
    for cluster in np.flatnonzero(halves < least).tolist():
        rows = members.of(cluster)
        parts = fcluster(_tree(x, rows), 1.0 - least, "distance") - 1
        parts = kept_together(parts, rows, links)
        number, divided = number_parts(found, rows, parts, number), divided + int(parts.any())
    return Cohesion(found, divided, least)


def least_similarity(inside: Float64, across: Float64) -> float:
    """Similarity below which two groups are three times as likely two clusters as one.

    Args:
        inside: Similarities of halves of clusters, shape (A,).
        across: Similarities of clusters to their nearest others, shape (B,).

    Returns:
        In [-1, 1]; -1 if halves are not much more alike than clusters are.
    """
    more_alike = np.searchsorted(np.sort(across), inside).mean() / len(across)
    if more_alike < _TELLS:
        return -1.0
    similarity = np.concatenate([inside, across])
    center, scale = similarity.mean(), similarity.std()
    regression = LogisticRegression(C=_INVERSE_REGULARIZATION, class_weight="balanced")
    is_inside = np.arange(len(similarity)) < len(inside)
    regression.fit(((similarity - center) / scale)[:, None], is_inside)
    slope, intercept = float(regression.coef_[0, 0]), float(regression.intercept_[0])
    if slope <= 0.0:
        return -1.0
    return max(-1.0, float(center - scale * (np.log(_ODDS) + intercept) / slope))


def _similarity_of_halves(x: Rows, members: InvertedLists, progress: Progress | None) -> Float64:
    """How alike the two groups are that average linkage joins last, in the mean.

    Returns:
        Shape (C,); nan for single images and for clusters that are too large.
    """
    sizes = np.diff(members.starts)
    halves = np.full(len(sizes), np.nan)
    chosen = np.flatnonzero((sizes > 1) & (sizes <= _MAX_ROWS))
    for place, cluster in enumerate(chosen.tolist()):
        if place % _REPORT_CLUSTERS == 0:
            tell(progress, place / len(chosen), NAME)
        halves[cluster] = 1.0 - _tree(x, members.of(cluster))[-1, 2]
    return halves


def _tree(x: Rows, rows: Int32) -> Float64:
    """Average linkage of some rows, by 1 - cosine."""
    some = floats(x[rows])
    distance = np.maximum(1.0 - some @ some.T, 0.0)
    return linkage(squareform(distance, checks=False), "average")


def _similarity_to_nearest(x: Rows, labels: Int64, num_clusters: int) -> Float64:
    """Mean similarity of clusters to their nearest other; of many clusters, of an even sample."""
    members = member_matrix(labels)
    means = sums_of_members(members, x) / np.diff(members.indptr).astype(np.float32)[:, None]
    sample = np.arange(0, num_clusters, -(-num_clusters // _SAMPLED))
    nearest = np.empty(len(sample))
    for block in row_slices(len(sample), _BLOCK_QUERIES):
        similarity = means[sample[block]] @ means.T
        similarity[np.arange(len(similarity)), sample[block]] = -np.inf
        nearest[block] = similarity.max(1)
    return nearest
