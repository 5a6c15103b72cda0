"""The button that makes the grid show what a page is about, once more if the user left it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from . import widgets


def add_grid_button(
    parent: types.Object,
    event: str,
    params: Mapping[str, Any] | None = None,
    is_shown: bool = True,
) -> None:
    """Adds the button.

    Args:
        parent: Where to.
        event: URI of the event that it sends.
        params: What it tells the event.
        is_shown: Whether the grid was made to show it already. The button is there all the same,
            but small: nothing tells the panel that the browser went back to another view.
    """
    words = "Show in the grid"
    if is_shown:
        again = f"{words} again"
        widgets.button(
            parent, "show", "", event, params, icon="grid_view", tooltip=again, is_quiet=True
        )
    else:
        widgets.button(parent, "show", words, event, params, icon="grid_view")
