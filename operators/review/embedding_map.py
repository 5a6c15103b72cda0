"""The map of the run in the Embeddings panel: opened, and colored by cluster.

The App's Embeddings panel remembers neither the run nor the color of a saved workspace, so they are
set when the review panel beside it has loaded.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..visualization import brain_key
from .session import Session


def color_map(session: Session) -> None:
    """Makes the Embeddings panels of the layout show the map of the run, colored by cluster.

    Args:
        session: The event; nothing happens where there is no such panel or no map.
    """
    panels = list(_embedding_panels(_layout(session)))
    key = brain_key(session.state.run_key)
    if not panels or not session.dataset.has_brain_run(key):
        return
    shown = {"openKey": key, "colorField": session.run["label_path"]}
    for panel_id in panels:
        # The panel keeps these two beside its data, where only a full merge reaches.
        params = {"panel_id": panel_id, "full_merge": True, "data": shown}
        session.ctx.trigger("patch_panel_data", params)


def _layout(session: Session) -> Any:
    return session.ctx.request_params.get("spaces")


def _embedding_panels(layout: Any) -> Iterator[str]:
    """Ids of the Embeddings panels; a browser may have sent anything as the layout."""
    if not isinstance(layout, Mapping):
        return
    if layout.get("type") == "Embeddings" and isinstance(layout.get("component_id"), str):
        yield layout["component_id"]
    children = layout.get("children")
    for child in children if isinstance(children, list) else ():
        yield from _embedding_panels(child)
