"""What the grid of the App shows: one cluster, or all images; and that it follows corrections."""

from collections.abc import Mapping
from typing import Any

import fiftyone as fo

from ..app import panel_views
from ..app.patches_view import renew_patches
from ..corrections import reads
from .session import Session
from .state import SMALL_ONES


def show_cluster(session: Session, cluster: str) -> None:
    """Makes the grid show a cluster, weakest first.

    Args:
        session: The event.
        cluster: The cluster's id.
    """
    view = reads.cluster_view(session.dataset, cluster, run_key=session.state.run_key)
    session.change(in_grid=cluster)
    _set_view(session, view)


def _set_view(session: Session, view: fo.DatasetView) -> None:
    session.has_new_grid = True
    panel_views.note(view)
    session.ctx.ops.set_view(view=view)


def shows_cluster(session: Session, cluster: str) -> bool:
    """Tells whether the grid is the one that the panel made for a cluster.

    Args:
        session: The event.
        cluster: The cluster's id.

    Returns:
        False where the user chose another view since, or narrowed nothing down at all.

    Raises:
        ParameterError: There is no such cluster any more.
    """
    sent: Any = session.ctx.request_params.get("view")
    if session.state.in_grid != cluster or not isinstance(sent, list) or not sent:
        return False
    view = reads.cluster_view(session.dataset, cluster, run_key=session.state.run_key)
    first = view._serialize()[0]
    return isinstance(sent[0], Mapping) and all(
        sent[0].get(name) == first[name] for name in ("_cls", "kwargs")
    )


def show_small(session: Session) -> None:
    """Makes the grid show the images of small clusters, those of one kind beside each other.

    Args:
        session: The event; nothing changes in the grid if there are none.
    """
    state = session.state
    found = reads.list_small(session.dataset, run_key=state.run_key, offset=state.offset)
    if not found["items"]:
        show_all(session)
        return
    view = reads.items_view(session.dataset, found["items"], run_key=state.run_key)
    session.change(in_grid=SMALL_ONES)
    _set_view(session, view)


def show_all(session: Session) -> None:
    """Makes the grid show all images again, if the panel had made it show a cluster.

    Args:
        session: The event.
    """
    if session.state.in_grid:
        session.change(in_grid="")
        session.has_new_grid = True
        session.ctx.ops.clear_view()


def follow(session: Session) -> None:
    """Makes grid and sidebar show what was written.

    Args:
        session: The event, after a correction, be it that of another window.
    """
    shown, are_patches = session.state.in_grid, session.run["patches_field"] is not None
    if are_patches and not shown:
        renew_patches(session.ctx)
    # Reloading the samples alone would leave the tiles of those that left the cluster.
    session.has_new_grid = True
    session.ctx.ops.reload_dataset()
    if shown == SMALL_ONES:
        show_small(session)  # what has a name now leaves the grid
    elif shown and are_patches:
        show_cluster(session, shown)  # a view of patches is a copy, made when it is built
