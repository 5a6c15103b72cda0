"""What is selected in the grid or by lasso, and what can be done with it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..corrections import reads
from ..wording import count_text
from . import inputs, widgets
from .session import Session

TARGETS = 50


def selected_items(session: Session) -> list[str]:
    """Finds the ids of what is selected: in the grid, in an image, or by lasso.

    Args:
        session: The event.

    Returns:
        Sample ids of images, label ids of patches; empty without a selection.
    """
    ctx, field = session.ctx, session.run["patches_field"]
    if field is not None and not ctx.view._is_patches:
        labels = [label for label in ctx.selected_labels or [] if label.get("field") == field]
        return [str(label["label_id"]) for label in labels if "label_id" in label]
    lasso: Any = ctx.extended_selection or {}
    chosen = ctx.selected or (lasso.get("selection") if isinstance(lasso, Mapping) else None)
    return [str(item) for item in chosen or []]


def is_used(page: str) -> bool:
    """Tells whether a page does something with the selection.

    Args:
        page: Name of the page.

    Returns:
        Whether it has to follow the selection.
    """
    return page == "cluster"


def add_selection(parent: types.Object, session: Session, cluster: Mapping[str, Any]) -> None:
    """Adds what can be done with the selected items.

    Args:
        parent: The panel.
        session: The event.
        cluster: The open cluster.
    """
    number = len(selected_items(session))
    session.change(selected=number)
    if not number:
        hint = (
            f"To move some of its {session.noun}, select them in the grid, or with the lasso of "
            "the Embeddings panel."
        )
        widgets.text(parent, "hint", hint, widgets.MUTED, "0.8rem")
        return
    box = widgets.column(parent, "selection", style=widgets.BAR)
    words = f"{count_text(number, session.noun)} selected"
    widgets.text(box, "number", words, bold=True)
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    move = widgets.row(box, "move", style=inputs.FIELD_ROW)
    inputs.name_field(move, "target", _targets(session, cluster), "Cluster to move them to")
    widgets.button(
        move, "move_images", "Move", session.event("move_images"), params, icon="east", is_main=True
    )
    buttons = widgets.row(box, "buttons", gap=0.5)
    new = session.event("new_cluster")
    widgets.button(buttons, "new", "New cluster", new, params, icon="add")
    if cluster["state"] == "noise":
        widgets.button(buttons, "restore", "Take back", session.event("restore_images"), params)
    else:
        widgets.button(
            buttons, "images_to_noise", "Noise", session.event("images_to_noise"), params
        )
    widgets.button(
        buttons,
        "split_by_images",
        "Split by them",
        session.event("split_by_images"),
        params,
        tooltip="Each of two or more becomes the heart of a new cluster",
        disabled=number < 2 or cluster["state"] == "noise",
    )


def _targets(session: Session, cluster: Mapping[str, Any]) -> list[str]:
    """Lists clusters to move to: the nearest first, then those with a name."""
    known = reads.list_names(session.dataset, run_key=session.state.run_key, limit=TARGETS)["names"]
    labels = [row["label"] for row in cluster["neighbors"]] + [name["name"] for name in known]
    return list(dict.fromkeys(label for label in labels if label != cluster["label"]))
