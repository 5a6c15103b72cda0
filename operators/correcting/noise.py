"""Puts images aside as noise, and takes them back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..correction_params import MarkNoiseParams
from ..corrections import log
from ..corrections.actions import MarkNoise, Restore
from ..corrections.choose import pick_rows
from ..corrections.commit import Planned
from ..corrections.correct import Request, correct
from ..corrections.ids import Ids, rows_of
from ..corrections.review import Review
from ..corrections.state import NOISE, OUTSIDE, Int64
from ..params import ParameterError, parse
from ..wording import count_text
from .planning import planned


def mark_noise(
    samples: SampleCollection,
    items: Sequence[str] | None = None,
    clusters: Sequence[str] | None = None,
    restore: bool = False,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Puts images, or whole clusters, aside; the next run leaves them there.

    Args:
        samples: The dataset, or any view of it.
        items: Ids of images, or of objects if patches were clustered.
        clusters: Ids or names of clusters of which all images go; with `restore`, "noise" takes
            back all that were put aside.
        restore: Whether to take images back from noise, each to the cluster it came from.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done.

    Returns:
        The report; see `merge_clusters`.

    Raises:
        ParameterError: It cannot be done; the message is one sentence.
        ConnectionError: The database was lost.
    """
    values = {"items": items, "clusters": clusters, "restore": restore}
    params = parse(
        MarkNoiseParams, values | {"run_key": run_key, "based_on": based_on, "dry_run": dry_run}
    )
    if not params.items and not params.clusters:
        raise ParameterError("items", "Select at least one image, or name a cluster")
    request = Request("noise", values, params.based_on)

    def plan(review: Review) -> Planned:
        numbers = [review.resolve(cluster, "clusters") for cluster in params.clusters]
        return (_plan_restore if params.restore else _plan_noise)(review, params.items, numbers)

    return correct(samples, params.run_key, request, plan, params.dry_run)


def _plan_noise(review: Review, items: Sequence[str], clusters: list[int]) -> Planned:
    if items:
        loaded, rows = pick_rows(review, items, [NOISE, *clusters])
    else:
        loaded, rows = review.load([NOISE, *clusters]), np.empty(0, np.int64)
    rows = np.union1d(rows, np.flatnonzero(np.isin(loaded.state.clusters, clusters)))
    number = count_text(len(rows), review.target.noun)
    return planned(loaded, [MarkNoise(rows)], f"Marked {number} as noise")


def _plan_restore(review: Review, items: Sequence[str], clusters: list[int]) -> Planned:
    if items:
        loaded, rows = pick_rows(review, items)
    else:
        loaded = review.load([NOISE])
        rows = np.flatnonzero(np.isin(loaded.state.clusters, clusters))
        rows = rows[loaded.state.clusters[rows] == NOISE]
    if not len(rows) or (loaded.state.clusters[rows] != NOISE).any():
        raise ParameterError("items", "Only noise can be restored; select images that are noise")
    homes = _former_homes(review, loaded.items[rows])
    known = homes >= 0
    if items and not known.all():
        raise ParameterError(
            "items",
            f"{count_text(int((~known).sum()), review.target.noun)} never had a cluster; move them "
            "to one instead",
        )
    chosen, homes = loaded.items[rows[known]], homes[known]
    loaded = review.load([NOISE, *homes.tolist()])
    rows = rows_of(loaded.items, chosen)
    number = count_text(len(rows), review.target.noun)
    action = Restore(rows, _renumbered(homes, loaded.state.clusters, loaded.state.next_id))
    return planned(loaded, [action], f"Restored {number} from noise")


def _former_homes(review: Review, items: Ids) -> Int64:
    """Cluster that each item was in when it was last marked as noise, or `OUTSIDE`."""
    homes = np.full(len(items), OUTSIDE, np.int64)
    query = review.tables.query(kind="noise", state="done")
    for entry in review.tables.log.find(query).sort("number", -1):
        change = log.read_change(review.tables, entry)
        rows = rows_of(change.items, items)
        is_new = (rows >= 0) & (homes == OUTSIDE)
        homes[is_new] = change.columns["before"][rows[is_new]]
        if (homes != OUTSIDE).all():
            break
    return homes


def _renumbered(homes: Int64, present: Int64, next_id: int) -> Int64:
    """Gives clusters that are gone a new number each: numbers are never used twice."""
    gone = np.setdiff1d(homes, present)
    place = np.searchsorted(gone, homes)
    return np.where(np.isin(homes, gone), next_id + place, homes)
