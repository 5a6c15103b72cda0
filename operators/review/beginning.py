"""The beginning of a page, to which the App scrolls when another page takes the place of one."""

import uuid

from fiftyone.operators import types

from .widgets import Event


def add_beginning(parent: types.Object, on_click: Event) -> None:
    """Adds what takes the App back to the top of a page that was scrolled down.

    Nobody sees it: it takes the keyboard's focus when it appears, and what has that is scrolled to.

    Args:
        parent: The panel, empty yet.
        on_click: What the Enter key then does, for a button must do something.
    """
    unseen = {"position": "absolute", "top": 0, "width": "1px", "height": "1px", "opacity": 0}
    attributes = {"autoFocus": True, "tabIndex": -1, "aria-label": "Top of the page", "sx": unseen}
    parent.btn(
        # Another name each time, because the App keeps a piece whose name is there already.
        f"beginning_{uuid.uuid4().hex}",
        None,  # type: ignore[arg-type]
        on_click=on_click,
        componentsProps={"button": attributes, "item": {"sx": unseen}},
    )
