"""Where rows came from that are noise now, and what was said of the clusters that they left."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..documents.ids import Ids, rows_of
from ..documents.tables import Tables
from ..partition.actions import MarkNoise
from ..partition.history import DONE
from ..partition.state import OUTSIDE, Bool, Int64, Pair
from .changes import Change
from .entries import read_change


@dataclasses.dataclass(frozen=True, eq=False)
class Homes:
    """The clusters that some items were in before they were marked as noise.

    Attributes:
        clusters: Cluster of each item, or `OUTSIDE` if none is known, shape (M,), int64.
        names: Names that went with a cluster whose last rows became noise.
    """

    clusters: Int64
    names: dict[int, str] = dataclasses.field(default_factory=dict[int, str])

    def only(self, rows: Bool) -> Homes:
        """Leaves items out.

        Args:
            rows: Those that stay, shape (M,), bool.

        Returns:
            The others' homes.
        """
        return dataclasses.replace(self, clusters=self.clusters[rows])

    def known(self) -> Int64:
        """Lists the clusters.

        Returns:
            Their numbers, ascending, shape (C,), int64.
        """
        return np.unique(self.clusters[self.clusters >= 0])


def find_homes(tables: Tables, items: Ids) -> Homes:
    """Looks up in the log where noise came from.

    Args:
        tables: The review's documents.
        items: Items that are noise, shape (M,).

    Returns:
        What the latest entries say that put each of them, and each of their clusters, aside.
    """
    homes = Homes(np.full(len(items), OUTSIDE, np.int64))
    seen: set[int] = set()
    query = tables.query(kind=MarkNoise.kind, state=DONE)
    for entry in tables.log.find(query).sort("number", -1):
        change = read_change(tables, entry)
        rows = rows_of(change.items, items)
        sought = np.flatnonzero((rows >= 0) & (homes.clusters == OUTSIDE))
        before = change.columns["before"][rows[sought]]
        # Noise that was confirmed as noise came from nowhere; an earlier entry may know more.
        homes.clusters[sought] = np.where(before >= 0, before, OUTSIDE)
        _note_names(homes, change, seen)
        if (homes.clusters != OUTSIDE).all():
            break
    return homes


def _note_names(homes: Homes, change: Change, seen: set[int]) -> None:
    """Notes the names that ended with the clusters of an entry that no later entry was about."""
    left = set(np.unique(change.columns["before"]).tolist()) - seen
    seen |= left
    homes.names.update({c: was for c, was, now in change.names if c in left and was and not now})


def revived(tables: Tables, homes: Homes, present: Int64) -> Mapping[str, Any]:
    """Chooses what holds again when rows go home.

    Args:
        tables: The review's documents.
        homes: Where they go.
        present: Those of these clusters that there are, in any order.

    Returns:
        `names` and `verdicts` of the clusters that come back; no answers about clusters that are
        gone themselves.
    """
    back = set(np.setdiff1d(homes.known(), present).tolist())
    verdicts = _answers_that_went(tables, back)
    others = {cluster for pair in verdicts for cluster in pair} - back
    there = tables.clusters.distinct("cluster", tables.query(cluster={"$in": sorted(others)}))
    known = back.union(there)
    return {
        "names": {cluster: name for cluster, name in homes.names.items() if cluster in back},
        "verdicts": {pair: v for pair, v in verdicts.items() if known.issuperset(pair)},
    }


def _answers_that_went(tables: Tables, back: set[int]) -> dict[Pair, str]:
    """Finds the answers about clusters that come back, where noise had the last word on the pair.

    Of two clusters that became noise one after the other, the first took the answer along: it is
    not enough to look at what went with the clusters themselves.
    """
    about = {"touched": {"$in": sorted(back)}, "verdicts.0": {"$exists": True}}
    entries = tables.log.find(tables.query(state=DONE, **about), {"kind": 1, "verdicts": 1})
    last: dict[Pair, str | None] = {}
    for entry in entries.sort("number", -1):
        for first, second, was, now in entry["verdicts"]:
            if not back.isdisjoint((first, second)):
                went = was if now is None and entry["kind"] == MarkNoise.kind else None
                last.setdefault((first, second), went)
    return {pair: verdict for pair, verdict in last.items() if verdict is not None}
