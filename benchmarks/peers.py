"""The methods that ours is measured against."""

from __future__ import annotations

from .peer import Peer
from .peer_graphs import graph_peers
from .peer_trees import tree_peers
from .peer_vectors import vector_peers


def all_peers() -> list[Peer]:
    """Every peer, in the order of the tables."""
    return [*tree_peers(), *vector_peers(), *graph_peers()]
