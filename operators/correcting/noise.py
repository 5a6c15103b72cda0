"""Puts images aside as noise, and takes them back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..base.correction_params import MarkNoiseParams
from ..base.params import ParameterError, parse
from ..base.wording import count_text
from ..corrections.documents.ids import Ids, rows_of
from ..corrections.documents.review import Review
from ..corrections.log.homes import find_homes, revived
from ..corrections.partition.actions import MarkNoise, Restore
from ..corrections.partition.draft import check_cluster
from ..corrections.partition.state import NOISE
from ..corrections.partition.texts import counted, quoted
from ..corrections.writes.choose import pick_rows
from ..corrections.writes.commit import Planned
from ..corrections.writes.correct import Request, correct
from .planning import planned


def mark_noise(
    samples: SampleCollection,
    items: Sequence[str] | None = None,
    clusters: Sequence[str] | None = None,
    restore: bool = False,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Puts images, or whole clusters, aside; the next run leaves them there.

    Args:
        samples: The dataset, or any view of it.
        items: Ids of images, or of objects if patches were clustered.
        clusters: Ids or names of clusters of which all images go; with `restore`, "noise" takes
            back all that came from a cluster, or all noise if none of it did.
        restore: Whether to take images back from noise, each to the cluster it came from, which
            comes back under its id and name if it is gone; those of which none is known go to one
            new cluster.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done.
        token: That of the run when its clusters were seen; guards against another clustering.

    Returns:
        The report; see `merge_clusters`.

    Raises:
        ParameterError: It cannot be done; the message is one sentence.
        ConnectionError: The database was lost.
    """
    values = {"items": items, "clusters": clusters, "restore": restore}
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(MarkNoiseParams, values | others)
    if not params.items and not params.clusters:
        raise ParameterError("items", "Select at least one image, or name a cluster")

    def plan(review: Review) -> Planned:
        numbers = list(dict.fromkeys(review.resolve_all(params.clusters)))
        return (_plan_restore if params.restore else _plan_noise)(review, params.items, numbers)

    return correct(samples, Request("noise", values, params), plan)


def _plan_noise(review: Review, items: Sequence[str], clusters: list[int]) -> Planned:
    if items:
        loaded, rows = pick_rows(review, items, [NOISE, *clusters])
    else:
        loaded, rows = review.load([NOISE, *clusters]), np.empty(0, np.int64)
    whole = np.flatnonzero(np.isin(loaded.state.clusters, clusters))
    rows = np.union1d(rows, whole)
    which = quoted(loaded.state, clusters) if clusters else ""
    text = _marked_text(which, len(whole), len(rows), review.target.noun)
    return planned(loaded, [MarkNoise(rows)], text)


def _marked_text(which: str, whole: int, number: int, noun: str) -> str:
    """Says what was put aside, and which clusters as a whole, since a number tells nobody."""
    if not which:
        return f"Marked {count_text(number, noun)} as noise"
    if whole == number:
        return f"Marked {which} as noise {counted(number, noun)}"
    return f"Marked {count_text(number, noun)} as noise, all of {which} among them"


def _plan_restore(review: Review, items: Sequence[str], clusters: list[int]) -> Planned:
    chosen = _chosen_noise(review, items, clusters)
    homes = find_homes(review.tables, chosen)
    is_known = homes.clusters >= 0
    left = 0
    if not items and is_known.any():
        # What came from a cluster goes back first; the rest needs a decision of its own.
        left = int((~is_known).sum())
        chosen, homes = chosen[is_known], homes.only(is_known)
    loaded = review.load([NOISE, *homes.known().tolist()])
    state, strays = loaded.state, int((homes.clusters < 0).sum())
    targets = np.where(homes.clusters < 0, state.next_id, homes.clusters)
    said = revived(review.tables, homes, state.clusters)
    restore = Restore(rows_of(loaded.items, chosen), targets, **said)
    new = state.label(state.next_id)
    text = _restored_text(len(targets), strays, left, review.target.noun, new)
    return planned(loaded, [restore], text)


def _chosen_noise(review: Review, items: Sequence[str], clusters: list[int]) -> Ids:
    """Items to take back: the chosen ones, or all noise."""
    if items:
        loaded, rows = pick_rows(review, items)
    else:
        loaded = review.load([NOISE])
        if NOISE in clusters:
            check_cluster(loaded.state, NOISE, "clusters", noise=True)
        rows = np.flatnonzero(np.isin(loaded.state.clusters, clusters))
    if not len(rows) or (loaded.state.clusters[rows] != NOISE).any():
        raise ParameterError("items", "Only noise can be restored; select images that are noise")
    return loaded.items[rows]


def _restored_text(number: int, strays: int, left: int, noun: str, new: str) -> str:
    """Says how many went back, and what became of those without a known former cluster."""
    what = count_text(number, noun)
    unknown = "without a known former cluster"
    if left:
        return f"Restored {what} from noise, not the {left:,} {unknown}"
    if not strays:
        return f"Restored {what} from noise"
    if strays == number:
        return f"Restored {what} {unknown} from noise to the new cluster '{new}'"
    return f"Restored {what} from noise, {strays:,} {unknown} to the new cluster '{new}'"
