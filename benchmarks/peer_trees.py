"""Linkage methods: one merge tree per set, and a threshold that cuts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .baselines import centroid_linkage_tree, connected_components_tree
from .merge_tree import MergeTree, cut
from .peer import Setting
from .sets import BenchmarkSet

_NUM_CUTS = 600


class TreePeer:
    """A method whose one setting is the least strength of a merge.

    Attributes:
        name: Of the method.
    """

    def __init__(self, name: str, build: Callable[[BenchmarkSet], MergeTree]):
        """Keeps `build`, which makes the tree of a set."""
        self.name = name
        self._build = build
        # A set is cut many times in a row, so the last tree is kept.
        self._last: tuple[str, MergeTree] | None = None

    def grid(self, data: BenchmarkSet) -> Sequence[Setting]:
        """Strengths that are evenly far apart in the order of merges."""
        strengths = self._tree(data).similarity
        count = min(_NUM_CUTS, len(strengths))
        chosen = np.linspace(0, len(strengths) - 1, count).round().astype(int)
        return [(float(strength),) for strength in np.unique(strengths[chosen])]

    def run(self, data: BenchmarkSet, setting: Setting) -> NDArray[np.int64]:
        """Does all merges that are strong enough."""
        return cut(self._tree(data), setting[0])

    def _tree(self, data: BenchmarkSet) -> MergeTree:
        if self._last is None or self._last[0] != data.digest:
            self._last = (data.digest, self._build(data))
        return self._last[1]


def tree_peers() -> list[TreePeer]:
    """Connected components of the kNN graph, and average linkage of all images."""
    return [
        TreePeer("connected components", lambda data: connected_components_tree(data.graph)),
        TreePeer(
            "average linkage",
            lambda data: centroid_linkage_tree(data.embeddings, np.arange(len(data.labels))),
        ),
    ]
