"""The second kNN graph, cut into pure clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..graph.node_state import NodeState
from ..networks.settings import Settings
from .pruning import density_forest, edge_pairs, prune_edges, pure_clusters

Int64 = NDArray[np.int64]

NO_PAIRS: Int64 = np.empty((0, 2), np.int64)
"""Of rows that must, or cannot, be in one cluster."""


def node_clusters(
    state: NodeState,
    settings: Settings,
    must_link: Int64 = NO_PAIRS,
    cannot_link: Int64 = NO_PAIRS,
) -> Int64:
    """Prunes the graph at τ1 and numbers the pure clusters that remain.

    Args:
        state: Result of `node_state`.
        settings: τ1.
        must_link: Row pairs that belong together, shape (M, 2).
        cannot_link: Row pairs that stay apart, shape (L, 2).

    Returns:
        Pure cluster of each node, from 0 without gaps, shape (N,), int64.
    """
    kept = prune_edges(state.affinity, settings.min_affinity)
    forest = density_forest(state.graph, state.affinity, kept, state.depth)
    return pure_clusters(edge_pairs(state.graph, state.identical), forest, must_link, cannot_link)
