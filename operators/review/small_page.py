"""All small clusters in one grid: what is one thing is selected and named at one go."""

from collections.abc import Mapping, Sequence
from typing import Any

from fiftyone.operators import types

from ..base.wording import count_text
from ..corrections import reads
from ..corrections.partition.small import LEAST_LIKE
from ..corrections.reads.small import SHOWN
from . import grid, inputs, widgets
from .pictures import Pictures, picture_of, read_pictures
from .selection import add_small_selection, origin, selected_items
from .session import Session

Row = Mapping[str, Any]
GROUPS = 12
# From here on a group is more likely than not to be the cluster that it resembles.
LIKELY = 0.5
PICTURES = 10


def add_small_page(parent: types.Object, session: Session) -> None:
    """Adds the page of the small clusters; the grid shows their images.

    Args:
        parent: The panel.
        session: The event.
    """
    state = session.state
    found = reads.list_small(session.dataset, run_key=state.run_key, offset=state.offset)
    if not found["total"]:
        _add_nothing(parent, session)
        return
    if not found["clusters"]:
        # The last of this page have a name now, so the page before is the last one.
        session.change(offset=inputs.last_offset(found["total"], SHOWN))
        grid.show_small(session)
        add_small_page(parent, session)
        return
    _add_head(parent, session, found)
    groups = _groups(found["clusters"])
    targets = [rows[0]["near"]["label"] for rows in groups]
    add_small_selection(parent, session, targets, found["seq"])
    if groups:
        _add_groups(parent, session, groups[:GROUPS], found["seq"])
    turn = session.event("turn_page")
    inputs.pager(parent, turn, state.offset, SHOWN, found["total"], "small clusters")


def _add_head(parent: types.Object, session: Session, found: Mapping[str, Any]) -> None:
    head = widgets.column(parent, "small", gap=0.25)
    clusters = count_text(found["total"], "small clusters")
    shown = count_text(len(found["items"]), session.noun)
    widgets.text(head, "title", f"{clusters}; {shown} in the grid", size="1rem", bold=True)
    hint = (
        f"Those that resemble the same named cluster are beside each other. Select the "
        f"{session.noun} that show one thing in the grid, then say here what they are."
    )
    widgets.text(head, "hint", hint, widgets.MUTED, "0.8rem")


def _groups(clusters: Sequence[Row]) -> list[list[Row]]:
    """Puts the clusters together that may be one named cluster, the likely and the unlikely apart.

    The likely ones come first, of each kind those with the most images.
    """
    found: dict[tuple[str, bool], list[Row]] = {}
    for row in clusters:
        near = row["near"]
        if near is not None and near["strength"] >= LEAST_LIKE:
            found.setdefault((near["cluster"], near["strength"] < LIKELY), []).append(row)
    order = sorted(found, key=lambda key: (key[1], -sum(row["size"] for row in found[key])))
    return [found[key] for key in order]


def _is_unlikely(rows: Sequence[Row]) -> bool:
    return rows[0]["near"]["strength"] < LIKELY


def _add_groups(parent: types.Object, session: Session, groups: list[list[Row]], seq: int) -> None:
    selected = set(selected_items(session))
    shown = [_exemplars(rows) for rows in groups]
    pictures = read_pictures(session, (item for items in shown for item in items))
    tiles = widgets.tiles(parent, "groups", 300)
    for place, (rows, items) in enumerate(zip(groups, shown, strict=True)):
        card = widgets.column(tiles, f"group{place}", outline=True)
        _add_strip(card, session, items, pictures)
        near = rows[0]["near"]
        images = count_text(sum(row["size"] for row in rows), session.noun)
        name = widgets.shortened(near["label"])
        title = f"Perhaps “{name}”" if _is_unlikely(rows) else f"Like “{name}”"
        widgets.text(card, "title", title, size="0.9rem", bold=True)
        facts = f"{images} in {count_text(len(rows), 'clusters')}, {_likelihood(rows)}"
        widgets.text(card, "facts", facts, widgets.MUTED, "0.78rem")
        if near["is_confirmed"]:
            is_some = any(item in selected for row in rows for item in row["items"])
            _add_verdicts(card, session, rows, is_some, seq)
        else:
            _add_way_there(card, session, near)


def _likelihood(rows: Sequence[Row]) -> str:
    """How likely the clusters are to be that one, by GCN-C."""
    least, *_, most = sorted(2 * [round(100 * row["near"]["strength"]) for row in rows])
    only = "only " if _is_unlikely(rows) else ""
    return f"{only}{most} % likely" if least == most else f"{only}{least} to {most} % likely"


def _exemplars(rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """The surest image of each cluster."""
    return [row["exemplars"]["representative"][0] for row in rows[:PICTURES]]


def _add_strip(
    parent: types.Object, session: Session, items: list[Mapping[str, Any]], pictures: Pictures
) -> None:
    strip = widgets.row(parent, "strip", gap=0.5)
    for place, item in enumerate(items):
        words = f"surest image of small cluster {place + 1}"
        is_crop = session.noun == "patches"
        widgets.picture(
            strip, f"image{place}", picture_of(pictures, item), words, side=52, is_crop=is_crop
        )


def _add_verdicts(
    parent: types.Object, session: Session, rows: Sequence[Row], is_some: bool, seq: int
) -> None:
    near = rows[0]["near"]
    name = widgets.shortened(near["label"], 24)
    params = {
        "cluster": near["cluster"],
        "clusters": [row["cluster"] for row in rows],
        "based_on": seq,
    }
    is_unlikely = _is_unlikely(rows)
    if is_unlikely:
        params["is_sure"] = False
    buttons = widgets.row(parent, "buttons", gap=0.5)
    event = session.event("confirm_group")
    widgets.button(
        buttons,
        "all",
        f"All are “{name}” …" if is_unlikely else f"All are “{name}”",
        event,
        params,
        icon=None if is_unlikely else "check",
        tooltip="They are merged with it and confirmed",
        is_quiet=is_unlikely,
    )
    if is_some:
        widgets.button(
            buttons,
            "rest",
            "All but the selected",
            event,
            params | {"rest": True} | origin(session),
            tooltip="The selected ones stay to be decided on",
            is_quiet=True,
        )


def _add_way_there(parent: types.Object, session: Session, near: Row) -> None:
    """Adds a button to a cluster that nobody has confirmed, so that nothing may join it here."""
    widgets.button(
        parent,
        "look",
        f"Look at “{widgets.shortened(near['label'], 24)}” first",
        session.event("open_cluster"),
        {"cluster": near["cluster"]},
        tooltip="Once it is confirmed, these can join it here at one go",
        is_quiet=True,
    )


def _add_nothing(parent: types.Object, session: Session) -> None:
    box = widgets.column(parent, "nothing", outline=True, style=widgets.CENTERED)
    widgets.text(box, "words", "No small cluster is left without a name.", bold=True)
    words = "Small clusters, and what you leave out of large ones, come together here."
    widgets.text(box, "next", words, widgets.MUTED)
    widgets.button(box, "to_clusters", "Go to the clusters", session.event("open_clusters"))
