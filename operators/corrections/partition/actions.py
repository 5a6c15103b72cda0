"""The corrections that move images: each is a small value that says what a person wants.

Every action has `kind`, its name in the log, and `plan`, which gives the change it makes to a
state. `carry_out` gives the new state too.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import ClassVar, Protocol

import numpy as np

from ...base.params import ParameterError
from .delta import Delta, apply_delta
from .draft import Draft, check_cluster
from .state import DIFFERENT, NOISE, Int64, Pair, ReviewState


class Action(Protocol):
    """What all corrections have in common."""

    kind: ClassVar[str]

    def plan(self, state: ReviewState) -> Delta:
        """Works out the change, or raises a `ParameterError`."""
        ...


def carry_out(state: ReviewState, action: Action) -> tuple[ReviewState, Delta]:
    """Does a correction.

    Args:
        state: The state before.
        action: The correction.

    Returns:
        The state after, and the change; `invert` of it is the way back.

    Raises:
        ParameterError: It cannot be done in this state.
    """
    delta = action.plan(state)
    return apply_delta(state, delta), delta


@dataclasses.dataclass(frozen=True)
class Merge:
    """Puts all rows of some clusters into one of them.

    Attributes:
        clusters: At least two clusters.
        into: The one that stays.
    """

    kind: ClassVar[str] = "merge"
    clusters: tuple[int, ...]
    into: int

    def plan(self, state: ReviewState) -> Delta:
        """Moves the rows; confirmed ones stay so. A nameless `into` takes a name of the others."""
        sources = sorted(set(self.clusters) - {self.into})
        if not sources:
            raise ParameterError(
                "clusters",
                f"Merging needs two different clusters (got only '{state.label(self.into)}')",
            )
        for cluster in (self.into, *sources):
            check_cluster(state, cluster, "clusters")
        draft = Draft(state)
        for source in sources:
            draft.join(source, self.into)
        return draft.delta()


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Divides a cluster. The largest piece keeps the cluster's number and name.

    Attributes:
        cluster: The cluster.
        groups: Rows of each piece; what is in no group is a piece of its own.
        all_apart: Whether the pieces that leave are different from each other, too.
    """

    kind: ClassVar[str] = "split"
    cluster: int
    groups: tuple[Int64, ...]
    all_apart: bool = False

    def plan(self, state: ReviewState) -> Delta:
        """Moves all pieces but the largest to new clusters, each different from what stays."""
        check_cluster(state, self.cluster, "cluster")
        pieces = self._pieces(state)
        if len(pieces) < 2:
            size = len(state.members(self.cluster))
            raise ParameterError(
                "cluster",
                f"'{state.label(self.cluster)}' cannot be split: it has one image"
                if size == 1
                else f"'{state.label(self.cluster)}' was not split: all of its {size:,} images "
                "would stay together",
            )
        stays = max(range(len(pieces)), key=lambda i: len(pieces[i]))
        draft = Draft(state)
        made: list[int] = []
        for piece in pieces[:stays] + pieces[stays + 1 :]:
            made.append(draft.new_cluster())
            draft.move(piece, made[-1], confirmed=False)
            draft.inherit(self.cluster, made[-1])
        # Not before: the pieces would inherit that they are different from each other.
        for new in made:
            draft.judge(self.cluster, new, DIFFERENT)
        for first, second in itertools.combinations(made if self.all_apart else (), 2):
            draft.judge(first, second, DIFFERENT)
        return draft.delta()

    def _pieces(self, state: ReviewState) -> list[Int64]:
        groups = [np.unique(np.asarray(group, np.int64)) for group in self.groups]
        named = np.concatenate([np.empty(0, np.int64), *groups])
        members = state.members(self.cluster)
        if len(np.unique(named)) < len(named):
            raise ParameterError("groups", "An image is in two of the groups; name each once")
        if not np.isin(named, members).all():
            raise ParameterError(
                "groups", f"Some of the images are not in '{state.label(self.cluster)}'"
            )
        rest = np.setdiff1d(members, named)
        return [piece for piece in (*groups, rest) if len(piece)]


@dataclasses.dataclass(frozen=True, eq=False)
class Move:
    """Puts some rows into a cluster by hand, which confirms them.

    Attributes:
        rows: The rows.
        cluster: Where they go; None for a new cluster.
        name: The name of the new cluster; None for the default.
    """

    kind: ClassVar[str] = "move"
    rows: Int64
    cluster: int | None = None
    name: str | None = None

    def plan(self, state: ReviewState) -> Delta:
        """Moves the rows; a new cluster is different from those that they came from."""
        if not len(self.rows):
            raise ParameterError("items", "Select at least one image to move")
        draft = Draft(state)
        if self.cluster is not None:
            check_cluster(state, self.cluster, "cluster")
            draft.move(self.rows, self.cluster, confirmed=True)
            return draft.delta()
        new = draft.new_cluster(self.name)
        sources = np.unique(state.clusters[self.rows])
        draft.move(self.rows, new, confirmed=True)
        for source in sources[sources >= 0].tolist():
            draft.inherit(source, new)
            draft.judge(source, new, DIFFERENT)
        return draft.delta()


@dataclasses.dataclass(frozen=True, eq=False)
class MarkNoise:
    """Puts rows aside, reversibly.

    Attributes:
        rows: The rows.
    """

    kind: ClassVar[str] = "noise"
    rows: Int64

    def plan(self, state: ReviewState) -> Delta:
        """Moves the rows to noise, confirmed: the next run leaves them there."""
        if not len(self.rows):
            raise ParameterError("items", "Select at least one image, or name a cluster")
        draft = Draft(state)
        draft.move(self.rows, NOISE, confirmed=True)
        return draft.delta()


@dataclasses.dataclass(frozen=True, eq=False)
class Place:
    """Puts rows that have no cluster yet into clusters, unconfirmed.

    Attributes:
        rows: The rows, shape (M,).
        targets: Where each goes, shape (M,); numbers from the state's `next_id` on are new ones.
    """

    kind: ClassVar[str] = "place"
    rows: Int64
    targets: Int64

    def plan(self, state: ReviewState) -> Delta:
        """Moves the rows."""
        return self._placed(state).delta()

    def _placed(self, state: ReviewState) -> Draft:
        draft = Draft(state)
        for target in np.unique(self.targets).tolist():
            draft.move(self.rows[self.targets == target], target, confirmed=False)
        return draft


@dataclasses.dataclass(frozen=True, eq=False)
class Restore(Place):
    """Takes rows back from noise.

    Attributes:
        names: Names of clusters that were gone and come back.
        verdicts: Answers that hold for them again, by pair.
    """

    kind: ClassVar[str] = "restore"
    names: Mapping[int, str] = dataclasses.field(default_factory=dict[int, str])
    verdicts: Mapping[Pair, str] = dataclasses.field(default_factory=dict[Pair, str])

    def plan(self, state: ReviewState) -> Delta:
        """Moves the rows, and says of their clusters what was said before."""
        draft = self._placed(state)
        for cluster, name in self.names.items():
            draft.name(cluster, name)
        for (first, second), verdict in self.verdicts.items():
            draft.judge(first, second, verdict)
        return draft.delta()
