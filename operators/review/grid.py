"""What the grid of the App shows: clusters, or what it showed before; and that it follows."""

from collections.abc import Mapping
from typing import Any

import fiftyone as fo

from ..app import panel_views
from ..app.patches_view import renew_patches
from ..corrections import reads
from ..data.grouped import GROUP
from . import earlier_view, sidebar_filters
from .session import Session
from .state import PAIR, SMALL_ONES


def show_cluster(session: Session, cluster: str) -> None:
    """Makes the grid show a cluster, weakest first.

    Args:
        session: The event.
        cluster: The cluster's id.
    """
    view = reads.cluster_view(session.dataset, cluster, run_key=session.state.run_key)
    _set_view(session, view, cluster)


def _set_view(session: Session, view: fo.DatasetView, shown: str) -> None:
    if not session.state.in_grid:
        earlier_view.remember(session)
    narrowed = _narrowed_again(session, view) if shown == session.state.in_grid else view
    session.change(in_grid=shown)
    session.has_new_grid = session.has_new_view = True
    panel_views.note(view)
    session.ctx.ops.set_view(view=narrowed)


def _narrowed_again(session: Session, view: fo.DatasetView) -> fo.DatasetView:
    """Narrows a view to what the user wanted to see of it before it was made anew."""
    narrowed = sidebar_filters.staged(view, panel_views.added(session.ctx))
    return sidebar_filters.narrowed(narrowed, sidebar_filters.in_force(session))


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
    # In a grouped dataset the first stage takes all slices, and the second finds the cluster.
    own = view._serialize()[: 2 if session.dataset.media_type == GROUP else 1]
    return len(sent) >= len(own) and all(
        isinstance(theirs, Mapping) and theirs.get(name) == ours[name]
        for theirs, ours in zip(sent, own, strict=False)
        for name in ("_cls", "kwargs")
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
    _set_view(session, view, SMALL_ONES)


def show_pair(session: Session, first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
    """Makes the grid show two clusters, one after the other.

    Args:
        session: The event; nothing changes in the grid if it shows them as they are.
        first: The one that comes first, as `reads.list_clusters` gives it.
        second: The other.
    """
    pair = first["cluster"], second["cluster"]
    shown = f"{PAIR}{pair[0]} {pair[1]}"
    is_copy = session.has_new_grid and session.run["patches_field"] is not None
    if session.state.in_grid == shown and not is_copy:
        return
    view = reads.pair_view(session.dataset, *pair, run_key=session.state.run_key)
    _set_view(session, view, shown)


def show_all(session: Session) -> None:
    """Makes the grid show what it did before the panel made it show a cluster, if it did.

    Args:
        session: The event.
    """
    if session.state.in_grid or _is_left_over(session):
        session.change(in_grid="")
        session.has_new_grid = session.has_new_view = True
        earlier_view.bring_back(session)


def _is_left_over(session: Session) -> bool:
    """Tells whether the grid shows what a panel made it show that is there no more.

    A layout that is opened, with or without a map, begins with a panel that remembers nothing; so
    does one that was closed. Two tabs share what the grid shows, and each has its own panel.
    """
    if session.has_new_grid or session.ctx.request_params.get("view_name"):
        return False
    return panel_views.is_shown(session.ctx)


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
    elif shown and are_patches and not shown.startswith(PAIR):
        show_cluster(session, shown)  # a view of patches is a copy, made when it is built
