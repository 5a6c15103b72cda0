"""Moves chosen images to another cluster, without the rest of theirs."""

from collections.abc import Sequence
from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.correction_params import MoveToClusterParams
from ..base.params import ParameterError, parse
from ..base.wording import count_text
from ..corrections.documents.review import Review
from ..corrections.partition.actions import Move
from ..corrections.partition.name_rules import checked_name
from ..corrections.partition.texts import shortened
from ..corrections.writes.choose import no_new_name, pick_rows
from ..corrections.writes.commit import Planned
from ..corrections.writes.correct import Request, correct
from .planning import planned


def move_to_cluster(
    samples: SampleCollection,
    items: Sequence[str],
    cluster: str | None = None,
    name: str | None = None,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Puts chosen images into a cluster; the others stay where they are.

    Moved images count as confirmed. A new cluster is taken to be different from those that its
    images came from.

    Args:
        samples: The dataset, or any view of it.
        items: Ids of the images, or of the objects if patches were clustered.
        cluster: Id or name of the cluster they go to; None for a new one.
        name: The name of a new cluster; None for the default.
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
    values = {"items": items, "cluster": cluster, "name": name}
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(MoveToClusterParams, values | others)
    wanted = checked_name(params.name)
    if params.cluster is not None and wanted is not None:
        raise ParameterError("name", "Choose a cluster or the name of a new one, not both")

    def plan(review: Review) -> Planned:
        target = None if params.cluster is None else review.resolve(params.cluster)
        if wanted is not None and review.named(wanted):
            raise no_new_name(review, wanted, review.named(wanted))
        loaded, rows = pick_rows(review, params.items, [] if target is None else [target])
        label = wanted or loaded.state.label(loaded.state.next_id if target is None else target)
        where = "" if target is not None else "the new cluster "
        number = count_text(len(rows), review.target.noun)
        them = "it" if len(rows) == 1 else "them"
        text = f"Moved {number} to {where}'{shortened(label)}' and confirmed {them}"
        return planned(loaded, [Move(rows, target, wanted)], text)

    # The order of the images makes no difference.
    asked = values | {"items": sorted(params.items)}
    return correct(samples, Request("move", asked, params), plan)
