"""What was typed and ticked for the last confirmation, so that to undo it is not to begin again."""

from typing import Any

from . import grid
from .session import NAME_PATH, Session
from .state import PanelState


def remember(session: Session, before: PanelState, cluster: str, report: dict[str, Any]) -> None:
    """Notes what a confirmation on a cluster's page was made of.

    Args:
        session: The event, after the confirmation.
        before: The state before it.
        cluster: The cluster that was open.
        report: Of the confirmation.
    """
    if report["entry"] is not None:
        entry = report["entry"]
        session.change(last_entry=entry, last_cluster=cluster, last_ticked=before.ticked)


def bring_back(session: Session, before: PanelState, report: dict[str, Any]) -> None:
    """Opens the page of the last confirmation as it was, if that is what was undone.

    Args:
        session: The event, after the undo.
        before: The state before it.
        report: Of the undo.
    """
    # An undo has the number after that of the last entry, which is what it took back.
    if before.page != "cluster" or not before.last_entry:
        return
    if report["entry"] != before.last_entry + 1:
        return
    session.change(page="cluster", cluster=before.last_cluster, ticked=before.last_ticked)
    session.change(last_entry=0)
    session.draft = session.typed(NAME_PATH)
    if before.in_grid and session.state.in_grid != before.last_cluster:
        grid.show_cluster(session, before.last_cluster)
