"""What the first stage finds out about the images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..runtime.fixed_point import Rows
from .knn_graph import KNNGraph
from .moments import Moments

Float32 = NDArray[np.float32]


class NodeState(NamedTuple):
    """What stage 1 knows about the N nodes; it stays the same on every level.

    Attributes:
        x: Unit rows, shape (N, D), also in fixed point.
        graph: The first kNN graph.
        moments: Random-pair statistics of `x`.
        affinity: Symmetric affinity p̃, shape (N, k), float32.
        depth: Node affinity ĉ, shape (N,), float32.
        low_density: Nodes of low density by the settings, as in training, shape (N,), bool.
        scored: Nodes that GCN-V evaluated: these or fewer, shape (N,), bool.
        identical: Edges between images that are the same, shape (N, k), bool.
        original: Unit rows before they were refined, shape (N, D'), also in fixed point; None
            where `x` never was.
        original_moments: Random-pair statistics of those.
        mean_similarity: Mean cosine of the edges where `graph` holds none any more, else None.
    """

    x: Rows
    graph: KNNGraph
    moments: Moments
    affinity: Float32
    depth: Float32
    low_density: NDArray[np.bool_]
    scored: NDArray[np.bool_]
    identical: NDArray[np.bool_]
    original: Rows | None = None
    original_moments: Moments | None = None
    mean_similarity: float | None = None

    def pruned(self) -> NodeState:
        """The same without what stage 1 alone reads: cosines of edges, and which are identical.

        Of five bytes per edge a large set has better use.
        """
        k, usual = self.affinity.shape[1], self.usual_similarity
        graph = KNNGraph(self.graph.neighbors, np.empty((0, k), np.float32))
        none = np.empty((0, k), bool)
        return self._replace(graph=graph, identical=none, mean_similarity=usual)

    @property
    def usual_similarity(self) -> float:
        """Mean cosine of the edges."""
        mean = self.mean_similarity
        return float(self.graph.similarity.mean()) if mean is None else mean
