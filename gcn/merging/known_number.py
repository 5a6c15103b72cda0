"""Joins clusters, or parts of clusters, until there are as many as somebody knows of.

How fine classes are is not in the images: five kinds of flowers hang together no more than fifty
kinds of things. Who knows about how many there are can say so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..pruning.node_clusters import NO_PAIRS
from .edges_between import edges_between
from .linkage import link_small_first

Int64 = NDArray[np.int64]


def join_to_number(
    neighbors: NDArray[np.integer],
    clusters: Int64,
    pairs: Int64,
    strength: NDArray[np.float32],
    number: int,
    cannot_link: Int64 = NO_PAIRS,
) -> Int64:
    """Joins the two clusters that belong together most, again and again.

    Two clusters belong together by the share of all possible edges of the kNN graph that lie
    between them, times the strength that GCN-C gives them, and of joined ones by the mean of that;
    small ones come first (`link_small_first`).

    Source: this project.

    Args:
        neighbors: The kNN graph, shape (N, k).
        clusters: Cluster of each image, from 0 without gaps, shape (N,).
        pairs: Scored pairs P < Q, each once, in order, shape (E, 2).
        strength: Their connection strength in [0, 1], shape (E,).
        number: How many are wanted, at least 1.
        cannot_link: Row pairs that stay apart, shape (L, 2).

    Returns:
        Cluster ids from 0 without gaps, shape (N,): as many as wanted; as many as before where
        there were fewer; more where the rest share no edges or stay apart.
    """
    sizes = np.bincount(clusters)
    if len(sizes) <= number:
        return clusters
    possible = sizes[pairs].astype(np.float64).prod(1)
    weight = strength * edges_between(neighbors, clusters, pairs) / possible
    some = weight > 0.0
    apart = clusters[cannot_link]
    return link_small_first(sizes, pairs[some], weight[some], number, apart)[clusters]
