"""The view that the grid showed before the panel made it show something, to go back to."""

import logging
from collections.abc import Mapping
from typing import Any

import fiftyone as fo

from ..app import panel_views
from ..base.recent import Recent
from . import sidebar_filters
from .session import Session

logger = logging.getLogger(__name__)

_views: Recent[Mapping[str, Any]] = Recent()


def remember(session: Session) -> None:
    """Notes what the grid shows.

    Args:
        session: The event, before the panel makes the grid show something else.
    """
    # After a reload of the page the grid still shows what the panel made it show.
    if not panel_views.is_below(session.ctx):
        sent = session.ctx.request_params
        shown = {"stages": sent.get("view"), "name": sent.get("view_name")}
        _views.put(session.memory_key, shown | {"filters": sidebar_filters.in_force(session)})


def bring_back(session: Session) -> None:
    """Makes the grid show it again, or all images where there was no view.

    Args:
        session: The event.
    """
    before = _views.get(session.memory_key) or {}
    name, filters = before.get("name"), before.get("filters")
    is_saved = isinstance(name, str) and session.dataset.has_saved_view(name)
    if is_saved and not filters:
        session.ctx.ops.set_view(name=name)
        return
    dataset = session.dataset
    view = dataset.load_saved_view(name) if is_saved else _built(session, before.get("stages"))
    if filters:
        view = sidebar_filters.narrowed(dataset.view() if view is None else view, filters)
    if view is None:
        session.ctx.ops.clear_view()
    else:
        session.ctx.ops.set_view(view=view)


def _built(session: Session, stages: Any) -> fo.DatasetView | None:
    """Makes a view of what the browser sent; None if there was none, or what it needs is gone."""
    if not isinstance(stages, list) or not stages:
        return None
    try:
        view = fo.DatasetView._build(session.dataset, stages)
        if view._is_patches:
            view.reload()  # it is a copy from before the corrections
    except Exception:
        # Whatever stages raise about what is there no more: fields, labels, other datasets.
        logger.debug("The earlier view cannot be made again", exc_info=True)
        return None
    return view
