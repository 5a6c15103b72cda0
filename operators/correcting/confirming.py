"""Confirms clusters, or takes that back."""

from collections.abc import Sequence
from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.correction_params import ConfirmClustersParams
from ..base.params import ParameterError, parse
from ..corrections.documents.review import Review
from ..corrections.partition.actions import Merge
from ..corrections.partition.name_rules import checked_name
from ..corrections.partition.statements import Confirm
from ..corrections.partition.texts import quoted, shortened
from ..corrections.writes.choose import check_name_free, name_taken
from ..corrections.writes.commit import Planned
from ..corrections.writes.correct import Request, correct
from .planning import planned, size_text
from .together import plan_together


def confirm_clusters(
    samples: SampleCollection,
    clusters: Sequence[str],
    name: str | None = None,
    if_exists: str = "ask",
    unconfirm: bool = False,
    together: bool = False,
    without: Sequence[str] | None = None,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Says that clusters are right: the next run keeps their images together and apart from others.

    Args:
        samples: The dataset, or any view of it.
        clusters: Ids or names; "noise" confirms that all noise is.
        name: A name in the same correction, if it is a single cluster or they become one.
        if_exists: See `rename_cluster`.
        unconfirm: Whether to take the confirmation back instead.
        together: Whether the clusters are one thing, so that they are merged as well.
        without: Ids of images in the clusters that do not belong: they are taken out first, and
            stay to be decided on.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done.
        token: That of the run when its clusters were seen; guards against another clustering.

    Returns:
        The report; see `merge_clusters`.

    Raises:
        NameTakenError: `if_exists` is "ask" and the name is taken.
        ParameterError: It cannot be done; the message is one sentence.
        ConnectionError: The database was lost.
    """
    values = {"clusters": clusters, "name": name, "if_exists": if_exists, "unconfirm": unconfirm}
    values |= {"together": together, "without": without}
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(ConfirmClustersParams, values | others)
    if not params.clusters:
        raise ParameterError("clusters", "Name at least one cluster")
    wanted = checked_name(params.name)
    _check_confirm(params, wanted)

    def plan(review: Review) -> Planned:
        numbers = list(dict.fromkeys(review.resolve_all(params.clusters)))
        if params.together or params.without:
            return plan_together(review, numbers, wanted, params.if_exists, params.without)
        return _plan_confirm(review, numbers, wanted, params)

    return correct(samples, Request("confirm", values, params), plan)


def _check_confirm(params: ConfirmClustersParams, name: str | None) -> None:
    is_one = len(params.clusters) == 1 or params.together
    if name is not None and (params.unconfirm or not is_one):
        raise ParameterError(
            "name", "A name can be given when a single cluster is confirmed, or several together"
        )
    if params.unconfirm and (params.together or params.without):
        raise ParameterError(
            "unconfirm", "Nothing can be merged or left out when a confirmation is taken back"
        )
    if params.without and not is_one:
        raise ParameterError(
            "without", "Images can be left out of a single cluster, or of several taken together"
        )


def _plan_confirm(
    review: Review, numbers: list[int], name: str | None, params: ConfirmClustersParams
) -> Planned:
    others = [] if name is None else check_name_free(review, name, numbers[0])
    if others and params.if_exists == "ask":
        raise name_taken(review, str(name), others)
    if others and params.if_exists == "merge":
        return _plan_confirm_merged(review, numbers[0], others[0])
    loaded = review.load(numbers)
    verb = "Unconfirmed" if params.unconfirm else "Confirmed"
    text = f"{verb} {quoted(loaded.state, numbers)} {size_text(review, loaded.state, numbers)}"
    if name is not None:
        text += f" as '{shortened(name)}'"
    return planned(loaded, [Confirm(tuple(numbers), not params.unconfirm, name)], text)


def _plan_confirm_merged(review: Review, number: int, into: int) -> Planned:
    loaded = review.load([number, into])
    who = f"Merged {quoted(loaded.state, [number])} into {quoted(loaded.state, [into])}"
    text = f"{who} and confirmed all of it {size_text(review, loaded.state, [number, into])}"
    return planned(loaded, [Merge((number, into), into), Confirm((into,))], text)
