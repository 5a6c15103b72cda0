"""The corrections that move nothing: names, confirmations and answers that a person gives."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from ...base.params import ParameterError
from .delta import Delta
from .draft import Draft, check_cluster
from .state import DIFFERENT, LATER, ReviewState, ordered


@dataclasses.dataclass(frozen=True)
class Rename:
    """Names a cluster.

    Attributes:
        cluster: The cluster.
        name: The name; None for the default one.
    """

    kind: ClassVar[str] = "rename"
    cluster: int
    name: str | None

    def plan(self, state: ReviewState) -> Delta:
        """Changes the name alone."""
        check_cluster(state, self.cluster, "cluster")
        draft = Draft(state)
        draft.name(self.cluster, self.name)
        return draft.delta()


@dataclasses.dataclass(frozen=True)
class Confirm:
    """Says that clusters are right, or takes that back.

    Attributes:
        clusters: The clusters; noise is allowed.
        confirmed: False to take it back.
        name: A name for a single cluster; None leaves names alone.
    """

    kind: ClassVar[str] = "confirm"
    clusters: tuple[int, ...]
    confirmed: bool = True
    name: str | None = None

    def plan(self, state: ReviewState) -> Delta:
        """Sets the flag of all rows."""
        if not self.clusters:
            raise ParameterError("clusters", "Name at least one cluster")
        draft = Draft(state)
        for cluster in self.clusters:
            check_cluster(state, cluster, "clusters", noise=True)
            draft.confirm(cluster, self.confirmed)
        if self.name is not None:
            check_cluster(state, self.clusters[0], "clusters")
            draft.name(self.clusters[0], self.name)
        return draft.delta()


@dataclasses.dataclass(frozen=True)
class Judge:
    """Keeps two clusters apart, or puts the question off.

    Attributes:
        first: A cluster.
        second: Another.
        verdict: `DIFFERENT`, `LATER`, or None to take the answer back.
    """

    kind: ClassVar[str] = "judge"
    first: int
    second: int
    verdict: str | None

    def plan(self, state: ReviewState) -> Delta:
        """Changes the verdict alone; putting off once more is a change too, it counts anew."""
        if self.first == self.second:
            raise ParameterError("second", "A pair needs two different clusters")
        if self.verdict not in (DIFFERENT, LATER, None):
            raise ParameterError("answer", f"'{self.verdict}' is no answer")
        check_cluster(state, self.first, "first")
        check_cluster(state, self.second, "second")
        draft = Draft(state)
        draft.judge(self.first, self.second, self.verdict)
        delta, pair = draft.delta(), ordered(self.first, self.second)
        is_again = self.verdict == LATER == state.verdicts.get(pair)
        return dataclasses.replace(delta, verdicts=((pair, LATER, LATER),)) if is_again else delta
