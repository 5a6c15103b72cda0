"""How sure it is that an image belongs where it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cluster_graph import NodeState
from .parallel import cached_slices, for_slices

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


def image_confidence(state: NodeState, labels: Int64) -> Float32:
    """How sure it is that each image belongs to its cluster.

    The mean affinity to those neighbors that share its cluster, weighted by affinity's own
    graph weights; for an image without any, the probability that no neighbor is of its class,
    taken from the likeliest one.

    Args:
        state: Result of stage 1.
        labels: Cluster of each image, shape (N,).

    Returns:
        In [0, 1], shape (N,), float32.
    """
    confidence = np.empty(len(labels), np.float32)

    def fill(block: slice) -> None:
        affinity = state.affinity[block]
        together = labels[state.graph.neighbors[block]] == labels[block, None]
        count = together.sum(1)
        inside = np.where(together, affinity, 0).sum(1) / np.maximum(count, 1)
        alone = 1.0 - affinity.max(1)
        confidence[block] = np.clip(np.where(count > 0, inside, alone), 0.0, 1.0)

    for_slices(fill, cached_slices(*state.affinity.shape))
    return confidence
