"""Connection strengths of clusters that may be one, by GCN-C."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cluster_graph.cluster_graph import ClusterGraph, cluster_graph
from ..cluster_graph.pair_features import PairFeature
from ..graph.node_state import NodeState
from ..networks.gcn_c import GCNC, predict_connection
from ..networks.settings import Settings
from ..runtime.progress import Progress, share

Int64 = NDArray[np.int64]


class ScoredClusters(NamedTuple):
    """Clusters with what GCN-C says of their related pairs.

    Attributes:
        clusters: Cluster ids from 0 without gaps, shape (N,), int64.
        pairs: Pairs P < Q, each once, in order, shape (E, 2), int64.
        strength: Connection strength in [0, 1], shape (E,), float32.
    """

    clusters: Int64
    pairs: Int64
    strength: NDArray[np.float32]


def scored_clusters(
    state: NodeState,
    clusters: Int64,
    network: GCNC,
    settings: Settings,
    progress: Progress | None = None,
) -> ScoredClusters:
    """Clusters together with what `score_pairs` gives for them."""
    return ScoredClusters(clusters, *score_pairs(state, clusters, network, settings, progress))


def score_pairs(
    state: NodeState,
    labels: Int64,
    network: GCNC,
    settings: Settings,
    progress: Progress | None = None,
) -> tuple[Int64, NDArray[np.float32]]:
    """Connection strength of the related pairs of clusters, without merging any.

    Args:
        state: Result of `node_state`.
        labels: Cluster ids from 0 without gaps, shape (N,).
        network: GCN-C in evaluation mode.
        settings: τ2 and the calibration of GCN-C.
        progress: Called with the share done; may raise to cancel.

    Returns:
        Pairs P < Q, each once, in order, shape (E, 2), int64; their strength in [0, 1], shape (E,).
    """
    graph = cluster_graph(state, labels, settings.min_relation, share(progress, 0.0, 0.8))
    scoring = share(progress, 0.8, 1.0)
    return graph.pairs, connection_strength(graph, network, settings, scoring)


def connection_strength(
    graph: ClusterGraph, network: GCNC, settings: Settings, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Connection strength q of each cluster pair, calibrated, shape (E,), in [0, 1].

    Pairs less similar than the settings ask for have none.
    """
    logits = predict_connection(network, graph, progress)
    strength = settings.strength.probability(logits)
    similarity = graph.pair_features[:, PairFeature.SIMILARITY_Z]
    strength[similarity < settings.min_pair_similarity] = 0.0
    return strength
