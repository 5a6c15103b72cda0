"""The list of clusters: filters, order, search, cards, and decisions on several at once."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..base.wording import count_text
from ..corrections import reads
from . import indicators, inputs, widgets
from .cards import add_mixed, add_strip, add_title
from .pictures import Pictures, exemplars, read_pictures
from .session import Session
from .unplaced import add_unplaced

LIMIT = 12
# Characters: of several warnings of a run, those that leave the first clusters in sight.
LONGEST_WARNING = 350
ENDS: widgets.Style = {"justifyContent": "space-between"}
FILTER_LABELS = {
    "all": "All",
    "new": "New",
    "partly": "Partly",
    "confirmed": "Confirmed",
    "unnamed": "No name yet",
    "small": "Small",
    "mixed": "Mixed",
    "noise": "Noise",
}
SORT_LABELS = {
    "useful": "Most useful next",
    "size": "Largest first",
    "confidence": "Least sure first",
    "name": "By name",
}
NOTHING = {
    "all": "There are no clusters",
    "new": "No cluster is new: every one has been looked at",
    "partly": "No cluster is partly confirmed",
    "confirmed": "Nothing is confirmed yet: open a cluster, look at it, and press Confirm",
    "unnamed": "Every confirmed cluster has a name",
    "small": "There are no clusters of fewer than ten",
    "mixed": "No cluster looks mixed",
    "noise": "Nothing is marked as noise",
}


def add_clusters_page(parent: types.Object, session: Session) -> None:
    """Adds the list of clusters.

    Args:
        parent: The panel.
        session: The event.
    """
    state = session.state
    page = reads.list_clusters(
        session.dataset,
        run_key=state.run_key,
        sort=state.sort,
        state=None if state.shown == "all" else state.shown,
        search=state.search,
        offset=state.offset,
        limit=LIMIT,
    )
    rows, total = page["clusters"], page["total"]
    if total and not rows:
        # The last of this page was decided on, so the page before is the last one now.
        session.change(offset=inputs.last_offset(total, LIMIT))
        add_clusters_page(parent, session)
        return
    if _is_beginning(session):
        _add_warnings(parent, session)
        add_unplaced(parent, session)
    _add_tools(parent, session)
    if not rows:
        _add_nothing(parent, session)
    else:
        _add_cards(parent, session, page)
    # Last, where it stays in sight and moves no card when the first one is marked.
    if state.marked:
        _add_marked(parent, session, page["seq"])


def _is_beginning(session: Session) -> bool:
    """Tells whether the list begins here: what is about the whole run is said nowhere else."""
    state = session.state
    return not state.offset and not state.search and state.shown == "all"


def _add_warnings(parent: types.Object, session: Session) -> None:
    """Says what is doubtful about the whole run."""
    words = ""
    for sentence in session.run["warnings"]:
        if words and len(words) + len(sentence) > LONGEST_WARNING:
            break
        words = f"{words} {sentence.rstrip('.')}.".lstrip()
    if words:
        indicators.notice(parent, "doubtful", words, "warning")


def _add_cards(parent: types.Object, session: Session, page: Mapping[str, Any]) -> None:
    rows = page["clusters"]
    pictures = read_pictures(session, (item for row in rows for _, item in exemplars(row)))
    tiles = widgets.tiles(parent, "cards", 300)
    for place, row in enumerate(rows):
        key = None if place else "n"
        _add_card(tiles, session, row, pictures, page["seq"], key)
    offset, total = session.state.offset, page["total"]
    inputs.pager(parent, session.event("turn_page"), offset, LIMIT, total, "clusters")


def _add_tools(parent: types.Object, session: Session) -> None:
    state = session.state
    tools = widgets.row(parent, "tools", style=ENDS)
    chips = widgets.row(tools, "chips", gap=0.5)
    for shown, label in FILTER_LABELS.items():
        widgets.button(
            chips,
            f"filter_{shown}",
            label,
            session.event("filter_clusters"),
            {"shown": shown},
            is_on=shown == state.shown,
            is_quiet=shown != state.shown,
        )
    find = widgets.row(tools, "find")
    inputs.dropdown(find, "sort", SORT_LABELS, session.event("sort_clusters"), 150)
    inputs.search_field(find, "search", session.event("search_clusters"))


def _add_marked(parent: types.Object, session: Session, seq: int) -> None:
    bar = widgets.row(parent, "marked", style=widgets.BAR)
    number = len(session.state.marked)
    widgets.text(bar, "number", f"{count_text(number, 'clusters')} marked", bold=True)
    params = {"based_on": seq}
    widgets.button(
        bar,
        "merge_marked",
        "Merge into one",
        session.event("merge_marked"),
        params,
        icon="merge",
        is_main=True,
        disabled=number < 2,
    )
    widgets.button(bar, "confirm_marked", "Confirm", session.event("confirm_marked"), params)
    widgets.button(bar, "noise_marked", "Noise", session.event("noise_marked"), params)
    widgets.button(bar, "clear_marks", "Clear", session.event("clear_marks"), is_quiet=True)


def _add_nothing(parent: types.Object, session: Session) -> None:
    state = session.state
    box = widgets.column(parent, "nothing", outline=True, style=widgets.CENTERED)
    words = NOTHING[state.shown]
    if state.search:
        words = f"No cluster here has a name with “{widgets.shortened(state.search)}”"
    widgets.text(box, "words", words)
    if state.search or state.shown != "all":
        widgets.button(box, "show_all", "Show all clusters", session.event("show_all"))


def _add_card(
    parent: types.Object,
    session: Session,
    row: Mapping[str, Any],
    pictures: Pictures,
    seq: int,
    key: str | None,
) -> None:
    cluster = row["cluster"]
    is_marked = cluster in session.state.marked
    frame = {"borderColor": "var(--fo-palette-primary-main)"} if is_marked else {}
    card = widgets.column(parent, f"card_{cluster}", outline=True, style=frame)
    add_strip(card, session, row, pictures)
    line = _add_words(card, session, row, key)
    buttons = widgets.row(line, "buttons", gap=0.5, style={"flexWrap": "nowrap"}, is_rigid=True)
    params = {"cluster": cluster}
    if row["mixed"]:
        _add_doubtful(buttons, session, row, params | {"based_on": seq})
    elif row["state"] in ("new", "partly"):
        widgets.button(
            buttons,
            "confirm",
            "Confirm",
            session.event("confirm_cluster"),
            params | {"based_on": seq},
            tooltip=f"All {row['size']:,} {session.noun} belong together",
        )
    if row["state"] != "noise":
        widgets.button(
            buttons,
            "mark",
            "",
            session.event("mark_cluster"),
            params,
            icon="check_box" if is_marked else "check_box_outline_blank",
            tooltip="Mark, to decide on several clusters at once",
            is_quiet=True,
            is_on=is_marked,
        )


def _add_words(
    card: types.Object, session: Session, row: Mapping[str, Any], key: str | None
) -> types.Object:
    """Adds the name of a cluster and what is known of it; gives the line, to go on with buttons.

    Beside the buttons of one that looks mixed, which are three, the facts would break.
    """
    if row["mixed"]:
        add_title(card, session, row, key, says_mixed=False)
    line = widgets.row(card, "line", style={**ENDS, "flexWrap": "nowrap"})
    if row["mixed"]:
        add_mixed(line)
    else:
        add_title(line, session, row, key)
    return line


def _add_doubtful(
    parent: types.Object, session: Session, row: Mapping[str, Any], params: Mapping[str, Any]
) -> None:
    """Adds what to do with a cluster that looks mixed: nobody confirms it without a look."""
    widgets.button(
        parent,
        "look",
        "Look first",
        session.event("open_cluster"),
        params,
        tooltip="See its parts, then split it, or confirm it all the same",
    )
    widgets.button(
        parent,
        "split",
        "Split",
        session.event("split_cluster"),
        {**params, "by": "parts"},
        tooltip=f"Into the {row['parts']:,} parts that it was put together from",
        is_quiet=True,
    )
