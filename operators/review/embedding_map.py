"""The map of the run in the Embeddings panel: opened, and colored by cluster.

The App's Embeddings panel remembers neither the run nor the color of a saved workspace, so they are
set when the review panel beside it has loaded. Which of the two is there first is chance: the
Embeddings panel closes whatever is open when it appears, so it is asked again a little later.
"""

from collections.abc import Mapping

from fiftyone.operators import types

from ..app.layout import panels
from ..visualization.visualization import brain_key
from .session import Session

# Milliseconds after the page: the second one is for a browser that is busy. Few and soon, because
# the map of someone who closed it meanwhile opens again.
AGAIN = (2_000, 8_000)


def color_map(session: Session) -> None:
    """Makes the Embeddings panels of the layout show the map of the run, colored by cluster.

    Args:
        session: The event; nothing happens where there is no such panel or no map.
    """
    session.has_map = _show(session, {"colorField": session.run["label_path"]})


def show_map(session: Session) -> None:
    """Opens the map once more, should the Embeddings panel have come after `color_map`.

    Args:
        session: The event; its page stays as it is, and so does the color, which a user may have
            changed.
    """
    session.is_passive = session.is_silent = True
    _show(session, {})


def add_timers(page: types.Object, session: Session) -> None:
    """Lets the page send `show_map` for as long as it is the one on which the map was opened.

    Args:
        page: The panel.
        session: The event.
    """
    if not session.has_map:
        return
    for number, milliseconds in enumerate(AGAIN):
        view = types.TimerView(timeout=milliseconds, on_timeout=session.event("show_map"))
        page.define_property(f"timer{number}", types.Object(), view=view)


def is_map_open(session: Session) -> bool:
    """Tells whether an Embeddings panel is in the layout.

    Args:
        session: The event.
    """
    return bool(panels(session.ctx, "Embeddings"))


def _show(session: Session, colors: Mapping[str, str]) -> bool:
    """Opens the map in each Embeddings panel; tells whether there is one to open."""
    found = panels(session.ctx, "Embeddings")
    key = brain_key(session.state.run_key)
    if not found or not session.dataset.has_brain_run(key):
        return False
    for panel_id in found:
        # The panel keeps these two beside its data, where only a full merge reaches.
        params = {"panel_id": panel_id, "full_merge": True, "data": {"openKey": key, **colors}}
        session.ctx.trigger("patch_panel_data", params)
    return True
