"""The correction that takes odd rows out of clusters and leaves open where they belong."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from ...base.params import ParameterError
from .delta import Delta
from .draft import Draft
from .state import DIFFERENT, Int64, ReviewState


@dataclasses.dataclass(frozen=True, eq=False)
class LeaveOut:
    """Takes rows out of their clusters; those that were one part of one cluster stay together.

    Attributes:
        rows: The rows.
    """

    kind: ClassVar[str] = "leave_out"
    rows: Int64

    def plan(self, state: ReviewState) -> Delta:
        """Moves each part to a new cluster, unconfirmed, different from the one it was in."""
        rows = np.unique(np.asarray(self.rows, np.int64))
        if not len(rows) or (state.clusters[rows] < 0).any():
            raise ParameterError(
                "without", "Select images of the cluster to leave out; some of these are in none"
            )
        draft = Draft(state)
        keys = np.stack([state.clusters[rows], state.parts[rows]], 1)
        groups, inverse = np.unique(keys, axis=0, return_inverse=True)
        for place, source in enumerate(groups[:, 0].tolist()):
            new = draft.new_cluster()
            draft.move(rows[inverse.ravel() == place], new, confirmed=False)
            # What was said about the cluster that they do not belong to says nothing about them.
            draft.judge(source, new, DIFFERENT)
        return draft.delta()
