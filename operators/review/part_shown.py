"""Says on the page of a cluster that the grid shows part of it, where one confirms all of it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..app import panel_views
from ..base.wording import count_text
from . import grid, sidebar_filters, widgets
from .session import Session


def add_part_shown(parent: types.Object, session: Session, cluster: Mapping[str, Any]) -> None:
    """Adds the sentence; nothing where the grid shows all of the cluster, or something else.

    The App tells no panel that somebody filters, so it comes with the next event.

    Args:
        parent: The panel.
        session: The event.
        cluster: The open cluster, which can be confirmed.
    """
    if not _is_part_shown(session, cluster):
        return
    everything = count_text(cluster["size"], session.noun)
    words = f"The grid shows part of this cluster; Confirm takes all {everything}"
    widgets.text(parent, "part_shown", words, widgets.MUTED, "0.8rem")


def _is_part_shown(session: Session, cluster: Mapping[str, Any]) -> bool:
    """Tells whether filters, or stages of the user, narrow the grid. Counts only where some are."""
    if not panel_views.added(session.ctx) and not sidebar_filters.in_force(session):
        return False
    if not grid.shows_cluster(session, cluster["cluster"]):
        return False
    view = sidebar_filters.seen(session)
    # Neither an order nor what is shown of the labels leaves out images.
    return view is not None and len(view) < cluster["size"]
