"""Names clusters."""

from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.correction_params import RenameClusterParams
from ..base.params import parse
from ..corrections.documents.review import Review
from ..corrections.partition.name_rules import checked_name
from ..corrections.partition.state import ReviewState
from ..corrections.partition.statements import Rename
from ..corrections.partition.texts import quoted, shortened
from ..corrections.writes.choose import check_name_free, name_taken
from ..corrections.writes.commit import Planned
from ..corrections.writes.correct import Request, correct
from .planning import plan_merge, planned


def rename_cluster(
    samples: SampleCollection,
    cluster: str,
    name: str | None,
    if_exists: str = "ask",
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Gives a cluster a name, or takes it away.

    Args:
        samples: The dataset, or any view of it.
        cluster: Its id, or the name it has.
        name: At most 200 characters, any but control characters; empty for the default name.
        if_exists: What to do where another cluster has that name: "ask" raises an error that names
            the choices, "merge" puts both together, "keep" leaves two clusters of one name.
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
    values = {"cluster": cluster, "name": name, "if_exists": if_exists}
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(RenameClusterParams, values | others)
    wanted = checked_name(params.name)

    def plan(review: Review) -> Planned:
        number = review.resolve(params.cluster)
        others = [] if wanted is None else check_name_free(review, wanted, number)
        if others and params.if_exists == "ask":
            raise name_taken(review, str(wanted), others)
        if others and params.if_exists == "merge":
            return plan_merge(review, [number, others[0]], others[0])
        loaded = review.load([number])
        return planned(loaded, [Rename(number, wanted)], _text(loaded.state, number, wanted))

    return correct(samples, Request("rename", values, params), plan)


def _text(state: ReviewState, number: int, wanted: str | None) -> str:
    """Words what was done, so that the history tells names from the keys of clusters."""
    cluster = quoted(state, [number])
    if wanted is None:
        return f"Took the name from {cluster}"
    if number in state.names:
        return f"Renamed {cluster} to '{shortened(wanted)}'"
    return f"Named {cluster} '{shortened(wanted)}'"
