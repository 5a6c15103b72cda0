"""A set to cluster, and what it is clustered by."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..graph.class_scatter import ClassScatter
from ..networks.checkpoint import Model
from ..networks.settings import Settings
from ..pruning.node_clusters import NO_PAIRS
from ..runtime.fixed_point import Int16
from .must_links import pairs_within

Int64 = NDArray[np.int64]


class Task(NamedTuple):
    """A set to cluster, and what it is clustered by.

    Attributes:
        x: Unit rows in fixed point, shape (N, D).
        model: With its networks on `device`.
        k: Neighbors per row, below N.
        device: Of the search; None for the CPU.
        must: Row pairs that belong together, shape (M, 2).
        cannot: Row pairs that stay apart, shape (L, 2).
        knows_classes: Whether known classes have told how readily to merge.
        known: Scatter inside classes that are known: that of the model, and that of `must`.
    """

    x: Int16
    model: Model
    k: int
    device: str | None = None
    must: Int64 = NO_PAIRS
    cannot: Int64 = NO_PAIRS
    knows_classes: bool = False
    known: tuple[ClassScatter, ...] = ()

    @property
    def space_key(self) -> str:
        """Hashes of what shapes the space that neighbors are sought in, beside the set."""
        return " ".join([self.model.sha256, *(each.sha256 for each in self.known)])

    def with_settings(self, settings: Settings) -> Task:
        """The same set, by the same networks with other settings."""
        return self._replace(model=replace(self.model, settings=settings))

    def part(self, rows: Int64) -> Task:
        """Some rows as a set of their own.

        Args:
            rows: Row numbers, rising, shape (R,).
        """
        return self._replace(
            x=self.x[rows],
            k=min(self.k, len(rows) - 1),
            must=pairs_within(self.must, rows),
            cannot=pairs_within(self.cannot, rows),
        )
