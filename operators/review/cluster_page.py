"""A cluster's own page: what it is, how to name it, its parts, and the clusters nearest to it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..corrections import reads
from ..wording import count_text
from . import inputs, widgets
from .cards import add_facts, add_strip, add_title
from .pictures import Pictures, exemplars, picture_of, read_pictures
from .selection import add_selection
from .session import NAME_PATH, Session

Cluster = Mapping[str, Any]
NAMES = 50
NEIGHBORS = 16


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
        session.fields[NAME_PATH] = cluster["name"] or ""
    neighbors = cluster["neighbors"][:NEIGHBORS]
    parts = cluster["part_exemplars"] if cluster["parts"] > 1 else []
    rows = [cluster, *neighbors]
    items = [item for row in rows for _, item in exemplars(row)]
    items += [item for part in parts for item in part]
    pictures = read_pictures(session, items)
    _add_head(parent, session, cluster, pictures)
    if cluster["state"] != "noise":
        _add_naming(parent, session, cluster)
    add_selection(parent, session, cluster)
    if parts:
        _add_parts(parent, session, cluster, pictures)
    if neighbors:
        _add_neighbors(parent, session, cluster, neighbors, pictures)


def _add_head(parent: types.Object, session: Session, cluster: Cluster, pictures: Pictures) -> None:
    head = widgets.column(parent, "cluster", outline=True)
    add_strip(head, session, cluster, pictures, side=84)
    line = widgets.row(head, "line", style={"justifyContent": "space-between"})
    title = widgets.column(line, "title", gap=0, width=160)
    widgets.text(title, "name", widgets.shortened(cluster["label"]), size="1.05rem", bold=True)
    add_facts(title, session, cluster)
    buttons = widgets.row(line, "buttons", gap=0.5, is_rigid=True)
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    show = session.event("show_in_grid")
    if cluster["state"] == "noise":
        widgets.button(
            buttons, "restore_all", "Take all back", session.event("restore_all"), params
        )
    else:
        widgets.button(
            buttons,
            "noise",
            "Noise",
            session.event("mark_noise"),
            params,
            icon="visibility_off",
            tooltip="Of no use: leaves the list, and can be taken back",
            is_quiet=True,
        )
        if cluster["state"] == "confirmed":
            widgets.button(
                buttons, "unconfirm", "Unconfirm", session.event("unconfirm_cluster"), params
            )
    if session.state.in_grid != cluster["cluster"]:
        widgets.button(buttons, "show", "Show in the grid", show, params, icon="grid_view")


def _add_naming(parent: types.Object, session: Session, cluster: Cluster) -> None:
    known = reads.list_names(session.dataset, run_key=session.state.run_key, limit=NAMES)["names"]
    naming = widgets.row(parent, "naming", style=inputs.FIELD_ROW)
    inputs.name_field(naming, "name", [name["name"] for name in known], "Name")
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    ticked = len(session.state.ticked)
    is_done = cluster["state"] == "confirmed" and not ticked
    widgets.button(
        naming,
        "confirm",
        "Rename" if is_done else f"Confirm with {ticked} ticked" if ticked else "Confirm",
        session.event("rename_cluster" if is_done else "confirm_cluster"),
        params,
        icon="edit" if is_done else "check",
        tooltip=None if is_done else "All of it is one thing, with the name beside if you gave one",
        is_main=True,
    )
    if not is_done:
        rename = session.event("rename_cluster")
        widgets.button(naming, "rename", "Only rename", rename, params, is_quiet=True)


def _add_parts(
    parent: types.Object, session: Session, cluster: Cluster, pictures: Pictures
) -> None:
    box = widgets.column(parent, "parts", gap=0.75)
    line = widgets.row(box, "line", style={"justifyContent": "space-between"})
    widgets.text(line, "title", f"GCN-V saw {cluster['parts']:,} parts in it", bold=True)
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    buttons = widgets.row(line, "buttons", gap=0.5)
    split = session.event("split_cluster")
    widgets.button(buttons, "split", "Split into them", split, params | {"by": "parts"})
    again = params | {"by": "clustering"}
    widgets.button(buttons, "again", "Cluster it again", split, again, is_quiet=True)
    tiles = widgets.tiles(box, "list", 300, gap=1)
    for number, items in enumerate(cluster["part_exemplars"]):
        part = widgets.row(tiles, f"part{number}", gap=0.5)
        for place, item in enumerate(items[:3]):
            url = picture_of(pictures, item)
            is_crop = session.noun == "patches"
            words = f"part {number + 1}"
            widgets.picture(part, f"image{place}", url, words, side=44, is_crop=is_crop)
        about = count_text(cluster["part_sizes"][number], session.noun)
        widgets.text(part, "size", about, widgets.MUTED, "0.78rem")
        chosen = params | {"part": number}
        select = session.event("select_part")
        tip = "Selects it in the grid, to move it or to confirm all but it"
        widgets.button(part, "select", "Select", select, chosen, tooltip=tip, is_quiet=True)
        if number:
            off = session.event("split_off")
            widgets.button(part, "off", "Split off", off, chosen, is_quiet=True)
    more = cluster["parts"] - len(cluster["part_exemplars"])
    if more > 0:
        widgets.text(box, "more", f"and {more:,} smaller ones", widgets.MUTED, "0.78rem")


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
        line = widgets.row(card, "line", style={"justifyContent": "space-between"})
        add_title(line, session, row)
        _add_verdict(line, session, cluster, row)


def _add_verdict(parent: types.Object, session: Session, cluster: Cluster, row: Cluster) -> None:
    buttons = widgets.row(parent, "buttons", gap=0.5, is_rigid=True)
    params = {
        "first": cluster["cluster"],
        "second": row["cluster"],
        "based_on": cluster["seq"],
    }
    widgets.text(buttons, "strength", f"{100 * row['strength']:.0f} %", widgets.MUTED, "0.78rem")
    answer = session.event("answer_pair")
    if row["verdict"] == "different":
        widgets.text(buttons, "verdict", "different", widgets.MUTED, "0.78rem")
        again = params | {"answer": "open"}
        widgets.button(buttons, "open", "Ask again", answer, again, is_quiet=True)
        return
    widgets.button(buttons, "same", "Merge", answer, params | {"answer": "same"}, is_quiet=True)
    different = params | {"answer": "different"}
    widgets.button(buttons, "different", "Different", answer, different, is_quiet=True)
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
