"""The line of a cluster's page that names and confirms it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from . import inputs, widgets
from .offered_names import offered_names
from .part_shown import add_part_shown
from .selection import selected_items
from .session import NAME_PATH, Session

Cluster = Mapping[str, Any]


def add_naming(parent: types.Object, session: Session, cluster: Cluster) -> None:
    """Adds the field for the name, and the buttons that confirm or rename.

    Args:
        parent: The panel.
        session: The event.
        cluster: The open cluster.
    """
    near = [row["name"] for row in cluster["neighbors"] if row["name"]]
    names = offered_names(session, NAME_PATH, near, current=cluster["name"] or "")
    naming = widgets.row(parent, "naming", style=inputs.FIELD_ROW)
    inputs.name_field(naming, "name", names, "Name", session.event("complete_name"))
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    rename = session.event("rename_cluster")
    if cluster["state"] == "confirmed" and not session.state.ticked:
        widgets.button(naming, "confirm", "Rename", rename, params, icon="edit")
        return
    _add_confirm(naming, session, cluster, params)
    widgets.button(naming, "rename", "Only rename", rename, params, is_quiet=True)
    add_part_shown(parent, session, cluster)


def _add_confirm(
    parent: types.Object, session: Session, cluster: Cluster, params: Mapping[str, Any]
) -> None:
    """Adds the decision.

    Where the cluster looks mixed, or some of it is selected, perhaps since it does not belong, no
    key makes it in passing.
    """
    ticked, is_mixed = len(session.state.ticked), cluster["mixed"]
    is_chosen = bool(selected_items(session))
    verb = "Confirm anyway" if is_mixed else "Confirm all" if is_chosen else "Confirm"
    about = "All of it is one thing, with the name beside if you gave one"
    if is_chosen:
        about = f"The selected {session.noun} too; a button below confirms all but these"
    is_plain = not is_mixed and not is_chosen
    widgets.button(
        parent,
        "confirm",
        f"{verb} with {ticked} ticked" if ticked else verb,
        session.event("confirm_cluster"),
        params,
        icon="check",
        tooltip=f"{about} (Alt+C)" if is_plain else about,
        is_main=is_plain,
        key="c" if is_plain else None,
    )
