"""A cluster's own page: what it is, the way on, and the clusters nearest to it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..corrections import reads
from . import widgets
from .cards import add_facts, add_strip, add_title
from .grid_button import add_grid_button
from .naming_line import add_naming
from .parts import add_doubt, add_parts, add_whole
from .pictures import Pictures, exemplars, read_pictures
from .selection import add_selection
from .session import NAME_PATH, Session

Cluster = Mapping[str, Any]


def add_cluster_page(parent: types.Object, session: Session) -> None:
    """Adds the page of the open cluster.

    Args:
        parent: The panel.
        session: The event.
    """
    state = session.state
    cluster = reads.read_cluster(
        session.dataset, state.cluster, run_key=state.run_key, offset=0, limit=1
    )
    if session.is_fresh:
        session.fields[NAME_PATH] = cluster["name"] or session.draft
    neighbors = cluster["neighbors"]
    _end_ticks(session, neighbors)
    parts = cluster["part_exemplars"] if cluster["parts"] > 1 else []
    rows = [cluster, *neighbors]
    items = [item for row in rows for _, item in exemplars(row)]
    items += [item for part in parts for item in part]
    pictures = read_pictures(session, items)
    _add_head(parent, session, cluster, pictures)
    if cluster["mixed"]:
        add_doubt(parent, session, cluster)
        add_parts(parent, session, cluster, pictures)
    if cluster["state"] != "noise":
        add_naming(parent, session, cluster)
    add_selection(parent, session, cluster)
    if parts and not cluster["mixed"]:
        add_parts(parent, session, cluster, pictures)
    if not parts and cluster["size"] > 1 and cluster["state"] != "noise":
        add_whole(parent, session, cluster)
    if neighbors:
        _add_neighbors(parent, session, cluster, neighbors, pictures)


def _end_ticks(session: Session, neighbors: list[Cluster]) -> None:
    """Ends the ticks of clusters that are gone or near no more: nobody could take them away."""
    near = {row["cluster"] for row in neighbors}
    ticked = tuple(cluster for cluster in session.state.ticked if cluster in near)
    session.change(ticked=ticked)


def _add_head(parent: types.Object, session: Session, cluster: Cluster, pictures: Pictures) -> None:
    head = widgets.column(parent, "cluster", outline=True)
    add_strip(head, session, cluster, pictures, side=84)
    line = widgets.row(head, "line", style={"justifyContent": "space-between"})
    title = widgets.column(line, "title", gap=0, width=160)
    widgets.text(title, "name", widgets.shortened(cluster["label"]), size="1.05rem", bold=True)
    add_facts(title, session, cluster)
    buttons = widgets.row(line, "buttons", gap=0.5, is_rigid=True)
    show = session.event("show_in_grid")
    params = {"cluster": cluster["cluster"]}
    add_grid_button(buttons, show, params, session.state.in_grid == cluster["cluster"])
    if cluster["state"] == "noise":
        _add_way_back(buttons, session, cluster)
    else:
        _add_ways_on(buttons, session, cluster)


def _add_way_back(parent: types.Object, session: Session, cluster: Cluster) -> None:
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    widgets.button(parent, "restore_all", "Take all back", session.event("restore_all"), params)


def _add_ways_on(parent: types.Object, session: Session, cluster: Cluster) -> None:
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    widgets.button(
        parent,
        "noise",
        "Noise",
        session.event("mark_noise"),
        params,
        icon="visibility_off",
        tooltip="Of no use: leaves the list, and can be taken back",
        is_quiet=True,
    )
    is_done = cluster["state"] == "confirmed"
    if is_done:
        event = session.event("unconfirm_cluster")
        widgets.button(parent, "unconfirm", "Unconfirm", event, params, is_quiet=True)
    widgets.button(
        parent,
        "next_cluster",
        "Next cluster",
        session.event("next_cluster"),
        icon="arrow_forward",
        tooltip="The next of the list that is still to be decided on (Alt+N)",
        is_main=is_done and not session.state.ticked,
        key="n",
    )


def _add_neighbors(
    parent: types.Object,
    session: Session,
    cluster: Cluster,
    neighbors: list[Cluster],
    pictures: Pictures,
) -> None:
    box = widgets.column(parent, "neighbors", gap=0.75)
    widgets.text(box, "title", "Nearest clusters: tick those that are the same", bold=True)
    tiles = widgets.tiles(box, "list", 300, gap=1)
    for number, row in enumerate(neighbors):
        is_ticked = row["cluster"] in session.state.ticked
        frame = {"borderColor": "var(--fo-palette-primary-main)"} if is_ticked else {}
        card = widgets.column(tiles, f"near{number}", outline=True, style=frame)
        add_strip(card, session, row, pictures, side=52)
        # Beside a short name there would be room for the buttons, beside a long one not.
        add_title(card, session, row)
        _add_verdict(card, session, cluster, row)


def _add_verdict(parent: types.Object, session: Session, cluster: Cluster, row: Cluster) -> None:
    buttons = widgets.row(parent, "buttons", gap=0.5, is_rigid=True)
    params = {
        "first": cluster["cluster"],
        "second": row["cluster"],
        "based_on": cluster["seq"],
    }
    answer = session.event("answer_pair")
    if row["verdict"] == "different":
        widgets.text(buttons, "verdict", "different", widgets.MUTED, "0.78rem")
        again = params | {"answer": "open"}
        widgets.button(buttons, "open", "Ask again", answer, again, is_quiet=True)
    else:
        strength = f"{100 * row['strength']:.0f} %"
        widgets.text(buttons, "strength", strength, widgets.MUTED, "0.78rem")
        widgets.button(buttons, "same", "Merge", answer, params | {"answer": "same"}, is_quiet=True)
        different = params | {"answer": "different"}
        widgets.button(buttons, "different", "Different", answer, different, is_quiet=True)
    # The pieces of a split count as different, and some of them may be the same after all.
    if cluster["state"] != "noise":
        _add_tick(buttons, session, row)


def _add_tick(parent: types.Object, session: Session, row: Cluster) -> None:
    is_ticked = row["cluster"] in session.state.ticked
    widgets.button(
        parent,
        "tick",
        "",
        session.event("tick_cluster"),
        {"cluster": row["cluster"]},
        icon="check_box" if is_ticked else "check_box_outline_blank",
        tooltip="The same: is confirmed together with the open cluster",
        is_quiet=True,
        is_on=is_ticked,
    )
