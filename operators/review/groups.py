"""Events of the page of small clusters: a group of them is what a named cluster is."""

from typing import Any

from .. import correcting
from ..corrections import reads
from .decisions import left_out
from .session import Session
from .state import MOST_MARKS
from .steps import correct
from .values import id_list, needed
from .widgets import shortened


def confirm_group(session: Session) -> None:
    """Confirms that small clusters are what a named one is; if asked, without the selected items.

    Args:
        session: The event, with `cluster`, `clusters`, and `rest` with a selection; with `is_sure`,
            False at first, where they are more likely something else.
    """
    into = needed(session.params, "cluster")
    others = id_list(session.params, "clusters", MOST_MARKS)
    if session.params.get("is_sure") is False:
        _ask_if_sure(session, into, len(others))
        return
    without = left_out(session) if session.params.get("rest") is True else []
    # Of what is selected in the grid, the rest belongs to other clusters than these.
    run_key = session.state.run_key
    without = reads.items_among(session.dataset, without, others, run_key=run_key)
    params = {"clusters": [into, *others], "together": True, "without": without}
    correct(session, correcting.confirm_clusters, **params)
    session.clear_selection()


def _ask_if_sure(session: Session, into: str, number: int) -> None:
    """Asks once more before clusters are confirmed as what they are not likely to be."""
    row = reads.read_cluster(session.dataset, into, run_key=session.state.run_key, limit=1)
    name = shortened(row["label"])
    who, verb = ("This cluster", "is") if number == 1 else (f"These {number:,} clusters", "are")
    session.say(f"{who} {verb} more likely something else than “{name}”: look again", "warning")
    # What was selected stays selected while the question is asked.
    sure = {**_asked(session, "cluster", "clusters", "rest", "from_lasso"), "is_sure": True}
    session.question = [(f"Yes, “{name}”", "confirm_group", sure), ("Cancel", "refresh", {})]


def _asked(session: Session, *names: str) -> dict[str, Any]:
    """What an event came with, to send it again."""
    return {name: session.params[name] for name in (*names, "based_on") if name in session.params}
