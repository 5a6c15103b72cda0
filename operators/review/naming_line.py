"""The line of a cluster's page that names and confirms it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from . import inputs, widgets
from .offered_names import offered_names
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


def _add_confirm(
    parent: types.Object, session: Session, cluster: Cluster, params: Mapping[str, Any]
) -> None:
    """Adds the decision; where the cluster looks mixed, no key makes it in passing."""
    ticked, is_mixed = len(session.state.ticked), cluster["mixed"]
    verb = "Confirm anyway" if is_mixed else "Confirm"
    about = "All of it is one thing, with the name beside if you gave one"
    widgets.button(
        parent,
        "confirm",
        f"{verb} with {ticked} ticked" if ticked else verb,
        session.event("confirm_cluster"),
        params,
        icon="check",
        tooltip=about if is_mixed else f"{about} (Alt+C)",
        is_main=not is_mixed,
        key=None if is_mixed else "c",
    )
