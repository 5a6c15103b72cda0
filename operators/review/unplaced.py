"""Says that images came after the run, which are in no cluster yet, and offers to place them."""

from fiftyone.operators import types

from ..base.wording import count_text
from ..corrections import reads
from . import widgets
from .session import Session


def add_unplaced(parent: types.Object, session: Session) -> None:
    """Adds the notice; nothing where every image that the run is about has a cluster.

    Args:
        parent: The panel.
        session: The event.
    """
    found = reads.count_unplaced(
        session.dataset, run_key=session.state.run_key, group_slice=session.ctx.group_slice
    )
    number = found["unplaced"]
    if not number:
        return
    least = "At least " if found["is_more"] else ""
    verb, them = ("has", "it") if number == 1 else ("have", "them")
    bar = widgets.row(parent, "unplaced")
    words = f"{least}{count_text(number, session.noun)} {verb} no cluster yet"
    widgets.text(bar, "number", words, widgets.MUTED)
    widgets.button(
        bar,
        "place",
        f"Place {them}…",
        session.event("assign_new_images"),
        icon="add_photo_alternate",
        tooltip="In the clusters that they belong to, or in new ones; no other image moves",
    )
