"""A state in the making: what actions do to clusters, row by row and name by name."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...base.params import ParameterError
from .delta import Delta, difference
from .state import DIFFERENT, Int64, ReviewState, ordered


class Draft:
    """A copy of a state that can be changed until its difference is taken."""

    def __init__(self, state: ReviewState) -> None:
        self._before = state
        self._clusters = state.clusters.copy()
        self._confirmed = state.confirmed.copy()
        self._names = dict(state.names)
        self._verdicts = dict(state.verdicts)
        self._judged: dict[int, set[int]] = {}
        for pair in state.verdicts:
            self._link(*pair)
        self._next_id = state.next_id

    def new_cluster(self, name: str | None = None) -> int:
        """Takes the next free number.

        Args:
            name: A name for it; None for the default.

        Returns:
            The number.
        """
        number = self._next_id
        self._next_id += 1
        self.name(number, name)
        return number

    def move(self, rows: Int64, cluster: int, confirmed: bool) -> None:
        """Puts rows into a cluster.

        Args:
            rows: The rows.
            cluster: Its number.
            confirmed: What their flag becomes.
        """
        self._clusters[rows] = cluster
        self._confirmed[rows] = confirmed
        self._next_id = max(self._next_id, cluster + 1)

    def join(self, source: int, into: int) -> None:
        """Moves a whole cluster, flags as they are, and what was said about it.

        Args:
            source: The cluster that ends.
            into: The cluster that stays; takes the name of `source` if it has none.
        """
        self._clusters[self._clusters == source] = into
        if source in self._names:
            self._names.setdefault(into, self._names[source])
        self.inherit(source, into, skips=True)

    def inherit(self, source: int, heir: int, skips: bool = False) -> None:
        """Makes verdicts about one cluster hold for another.

        Args:
            source: The cluster they were about.
            heir: The cluster they hold for, too.
            skips: Whether "later" is handed on as well.
        """
        for other in sorted(self._judged.get(source, set[int]()) - {heir}):
            verdict = self._verdicts[ordered(source, other)]
            if not skips and verdict != DIFFERENT:
                continue
            if verdict == DIFFERENT or ordered(other, heir) not in self._verdicts:
                self.judge(other, heir, verdict)

    def judge(self, first: int, second: int, verdict: str | None) -> None:
        """Sets or removes the verdict on a pair.

        Args:
            first: A cluster.
            second: Another.
            verdict: The verdict; None for none.
        """
        if verdict is not None:
            self._verdicts[ordered(first, second)] = verdict
            self._link(first, second)
        elif self._verdicts.pop(ordered(first, second), None) is not None:
            self._judged[first].discard(second)
            self._judged[second].discard(first)

    def _link(self, first: int, second: int) -> None:
        self._judged.setdefault(first, set()).add(second)
        self._judged.setdefault(second, set()).add(first)

    def name(self, cluster: int, name: str | None) -> None:
        """Names a cluster.

        Args:
            cluster: Its number.
            name: The name; None for the default.
        """
        if name is None:
            self._names.pop(cluster, None)
        else:
            self._names[cluster] = name

    def confirm(self, cluster: int, confirmed: bool) -> None:
        """Sets the flag of all rows of a cluster.

        Args:
            cluster: Its number.
            confirmed: The flag.
        """
        self._confirmed[self._clusters == cluster] = confirmed

    def delta(self) -> Delta:
        """Ends the draft; names and verdicts of clusters that have become empty go.

        Returns:
            The change.
        """
        changed = self._before.clusters[self._before.clusters != self._clusters]
        emptied = set(np.setdiff1d(changed, self._clusters).tolist())
        names = {key: name for key, name in self._names.items() if key not in emptied}
        verdicts = {
            pair: verdict for pair, verdict in self._verdicts.items() if emptied.isdisjoint(pair)
        }
        after = dataclasses.replace(
            self._before,
            clusters=self._clusters,
            confirmed=self._confirmed,
            names=names,
            verdicts=verdicts,
        )
        return difference(self._before, after)


def check_cluster(state: ReviewState, cluster: int, parameter: str, noise: bool = False) -> None:
    """Refuses a cluster that has no rows.

    Args:
        state: The state.
        cluster: Its number.
        parameter: What the error is about.
        noise: Whether noise will do.

    Raises:
        ParameterError: It is noise, or gone.
    """
    if cluster < 0 and not noise:
        raise ParameterError(
            parameter, "Noise is not a cluster; move its images to one, or restore them first"
        )
    if not (state.clusters == cluster).any():
        what = (
            "There is no noise" if cluster < 0 else f"There is no cluster '{state.label(cluster)}'"
        )
        raise ParameterError(
            parameter, f"{what}; it may have been merged or emptied in the meantime"
        )
