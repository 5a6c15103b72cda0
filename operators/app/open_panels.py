"""The review panels of a window: they show what an operator did to the runs beside them.

The App tells a panel of no change but those of view and selection, and only the browser knows what
a panel remembers; so the last that was sent there is kept, and comes back with the event.
"""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators.message import GeneratedMessage

from ..base.plugin import PLUGIN
from ..base.recent import Recent
from .layout import panels

PANEL = "cluster_review"

_states: Recent[Mapping[str, Any]] = Recent()


def note(panel_id: str | None, panel_state: Mapping[str, Any]) -> None:
    """Notes what a panel remembers.

    Args:
        panel_id: The panel, as the browser calls it; None if it says nothing.
        panel_state: What the browser would send with the next event.
    """
    _states.put(str(panel_id), panel_state)


def follow_runs(
    ctx: foo.ExecutionContext, keeps_grid: bool = False, run_key: str | None = None
) -> list[GeneratedMessage]:
    """Lets the review panels of the window show runs as they are now.

    Args:
        ctx: The App's context, after runs were made, changed or deleted.
        keeps_grid: Whether the grid shows something else from now on.
        run_key: The run to turn to; None for the one that each panel shows.

    Returns:
        What tells the App, sent already unless the operator sends its messages itself.
    """
    return _send(ctx, "follow_runs", {"keeps_grid": keeps_grid, "value": run_key})


def show_run(ctx: foo.ExecutionContext, run_key: str) -> list[GeneratedMessage]:
    """Lets the review panels of the window turn to a run.

    Args:
        ctx: The App's context.
        run_key: The run's key.

    Returns:
        As `follow_runs`.
    """
    return _send(ctx, "choose_run", {"value": run_key})


def _send(
    ctx: foo.ExecutionContext, event: str, params: Mapping[str, Any]
) -> list[GeneratedMessage]:
    uri = f"{PLUGIN}/{PANEL}"
    messages = []
    for panel_id in panels(ctx, PANEL):
        state = _states.get(panel_id)
        if state is not None:
            sent = {"__method__": event, "panel_id": panel_id, "panel_state": state}
            messages.append(ctx.trigger(uri, {**sent, **params}))
    return messages
