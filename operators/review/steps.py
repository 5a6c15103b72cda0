"""One correction from the panel: made, told, and followed by grid and page."""

import dataclasses
from collections.abc import Callable
from typing import Any

from ..corrections import reads
from . import grid
from .session import Session
from .values import based_on


def correct(session: Session, act: Callable[..., dict[str, Any]], **params: Any) -> dict[str, Any]:
    """Makes a correction and lets grid and page follow.

    Args:
        session: The event, with `based_on`.
        act: The function that corrects.
        **params: Its parameters, without run, `based_on` and `token`.

    Returns:
        Its report.
    """
    report = act(
        session.dataset,
        run_key=session.state.run_key,
        based_on=based_on(session.params),
        token=session.run["token"],
        **params,
    )
    if report["entry"] is None:
        session.say(report["text"])
    elif report["kind"] != "judge":  # answers come quickly, and the header tells them too
        session.ctx.ops.notify(report["text"], variant="success")
    if report["notice"]:
        session.say(report["notice"], "warning")
    removed = set(report["removed"])
    marked = tuple(cluster for cluster in session.state.marked if cluster not in removed)
    ticked = tuple(cluster for cluster in session.state.ticked if cluster not in removed)
    session.change(marked=marked, ticked=ticked)
    session.is_fresh = True
    _leave_removed(session, report)
    if report["kind"] != "judge":  # which changes no image
        grid.follow(session)
    return report


def _leave_removed(session: Session, report: dict[str, Any]) -> None:
    """Goes on to what became of the open cluster, if it is gone."""
    state = session.state
    if not _is_gone(session, report):
        return
    if state.page != "cluster":  # it was open before this page
        session.change(cluster="")
        return
    left_out = {"noise", *report["created"]}
    heirs = [cluster for cluster in report["clusters"] if cluster not in left_out]
    if len(heirs) == 1:
        session.change(cluster=heirs[0])
        grid.show_cluster(session, heirs[0])
        return
    session.state = dataclasses.replace(state, page="clusters", cluster="", offset=state.came_from)
    grid.show_all(session)


def _is_gone(session: Session, report: dict[str, Any]) -> bool:
    """Tells whether the open cluster is there no more; reports do not list the noise as removed."""
    state = session.state
    if state.cluster == "noise":
        return not reads.has_cluster(session.dataset, "noise", run_key=state.run_key)
    return state.cluster in report["removed"]
