"""The filters of the App's sidebar, which stay in force as stages of the view.

FiftyOne 1.22 keeps what a panel remembers with the layout, loads its page anew whenever that
changes, and forgets the filters then, as it does when the dataset is reloaded. So each click in the
panel would end them, and each letter that is typed into it. The App itself makes stages of them
where a user wants to keep them.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import fiftyone as fo
from fiftyone.core.stages import ViewStage

from ..base.recent import Recent
from .selection import selected_items
from .session import STATE, Session

logger = logging.getLogger(__name__)

Filters = Mapping[str, Any]
_NONE: Filters = {}


class _Noted(NamedTuple):
    """Filters that the App forgets before their stages can be made.

    Attributes:
        filters: As the App sends them.
        view: The view that they are on.
        typed: What was typed into the panel then; None if the App forgets them for sure.
    """

    filters: Filters
    view: Any
    typed: Any


_noted: Recent[_Noted] = Recent()


def note(session: Session) -> None:
    """Notes the filters, for the next event: the App forgets them now.

    Args:
        session: The event.
    """
    filters = _sent(session)
    if filters:
        _noted.put(session.memory_key, _Noted(filters, _view_of(session), None))


def note_until_typed(session: Session) -> None:
    """Notes the filters for the time when something is typed, of which the App tells too late.

    Args:
        session: The event, which changes nothing that the panel remembers.
    """
    filters = _sent(session)
    if filters or not in_force(session):
        _noted.put(session.memory_key, _Noted(filters, _view_of(session), _typed(session)))


def in_force(session: Session) -> Filters:
    """Finds the filters that the user set, and did not end by leaving the view.

    Args:
        session: The event.

    Returns:
        The filters as the App sends them; empty without any.
    """
    filters, noted = _sent(session), _noted.get(session.memory_key)
    if filters or noted is None or noted.view != _view_of(session):
        return filters
    return _NONE if noted.typed == _typed(session) else noted.filters


def narrowed(view: fo.DatasetView, filters: Filters) -> fo.DatasetView:
    """Makes stages of filters.

    Args:
        view: The view that they are on.
        filters: As the App sends them.

    Returns:
        The view with the stages; the view itself where they cannot be made, as those of fields
        that are gone, or of ids and dates, which a browser does not send back as such.
    """
    from fiftyone.server.view import get_extended_view

    if not filters:
        return view
    try:
        found = get_extended_view(view, dict(filters))
        json.dumps(found._serialize())
    except Exception:
        # Whatever forged filters raise in FiftyOne.
        logger.debug("The filters cannot be made stages", exc_info=True)
        return view
    return found


def staged(view: fo.DatasetView, stages: Sequence[Any]) -> fo.DatasetView:
    """Adds stages, such as those that filters became before.

    Args:
        view: The view that they are on.
        stages: As the App sends them.

    Returns:
        The view with the stages; the view itself where they cannot be made.
    """
    found = view
    try:
        for stage in stages:
            found = found.add_stage(ViewStage._from_dict(dict(stage)))
    except Exception:
        # Whatever forged stages, or fields that are gone, raise in FiftyOne.
        logger.debug("The stages cannot be made again", exc_info=True)
        return view
    return found


def keep(session: Session) -> None:
    """Keeps the filters in force, once the event has changed what the panel remembers.

    Args:
        session: The event; where something stays selected, which a new view would end, the filters
            wait for one where nothing is.
    """
    filters = in_force(session)
    if filters and not session.has_new_view:
        if selected_items(session):
            note(session)
            return
        _show(session, filters)
    _noted.put(session.memory_key, _Noted(_NONE, None, None))


def _sent(session: Session) -> Filters:
    filters = session.ctx.request_params.get("filters")
    return filters if isinstance(filters, Mapping) and session.ctx.dataset is not None else _NONE


def _typed(session: Session) -> dict[str, Any]:
    state = session.ctx.panel_state or {}
    return {name: value for name, value in state.items() if name != STATE}


def seen(session: Session) -> fo.DatasetView | None:
    """Makes the view that came with the event, with the filters in force.

    Args:
        session: The event.

    Returns:
        The view; None where it cannot be made again.
    """
    view = _view(session)
    return None if view is None else narrowed(view, in_force(session))


def _view(session: Session) -> fo.DatasetView | None:
    stages, name = _view_of(session)
    try:
        dataset = session.dataset
        return dataset.load_saved_view(name) if name else fo.DatasetView._build(dataset, stages)
    except Exception:
        logger.debug("The view cannot be made again", exc_info=True)
        return None


def _show(session: Session, filters: Filters) -> None:
    view = _view(session)
    if view is None:
        return
    found = narrowed(view, filters)
    if found is not view:
        session.has_new_view = True
        session.ctx.ops.set_view(view=found)


def _view_of(session: Session) -> tuple[Any, Any]:
    """Stages and name of the view, without the ids that the browser gives the stages anew."""
    sent = session.ctx.request_params
    stages = sent.get("view")
    if isinstance(stages, list):
        told = [one for one in stages if isinstance(one, Mapping)]
        stages = [{name: one.get(name) for name in ("_cls", "kwargs")} for one in told]
    return stages or [], sent.get("view_name")
