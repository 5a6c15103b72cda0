"""The corrections in words, newest first, and the way back to any point."""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from fiftyone.operators import types

from ..corrections import reads
from . import inputs, widgets
from .session import Session
from .truth import read_progress

LIMIT = 25


def add_history_page(parent: types.Object, session: Session) -> None:
    """Adds the history.

    Args:
        parent: The panel.
        session: The event.
    """
    state = session.state
    history = reads.read_history(
        session.dataset, run_key=state.run_key, offset=state.offset, limit=LIMIT
    )
    if history["total"] and not history["entries"]:
        # What was undone is gone once something else is corrected, perhaps in another window.
        session.change(offset=inputs.last_offset(history["total"], LIMIT))
        add_history_page(parent, session)
        return
    _add_files(parent, session, history["total"])
    if not history["entries"]:
        _add_nothing(parent, session)
        return
    entries = widgets.column(parent, "entries", gap=0)
    for entry in history["entries"]:
        _add_entry(entries, session, entry, history["seq"])
    turn = session.event("turn_page")
    inputs.pager(parent, turn, state.offset, LIMIT, history["total"], "corrections")


def _add_nothing(parent: types.Object, session: Session) -> None:
    """Says that there is no history; what is confirmed all the same is of the run before."""
    box = widgets.column(parent, "nothing", outline=True, style=widgets.CENTERED)
    words = "Nothing has been corrected yet. Whatever you do here can be undone."
    if read_progress(session)["confirmed"]:
        words = (
            "Nothing has been corrected since this was clustered again. What was confirmed, named "
            "or put aside before is kept. Whatever you do from now on can be undone."
        )
    widgets.text(box, "words", words)
    widgets.button(box, "to_clusters", "Go to the clusters", session.event("open_clusters"))


def _add_files(parent: types.Object, session: Session, total: int) -> None:
    line = widgets.row(parent, "files", style={"justifyContent": "flex-end"})
    widgets.button(
        line,
        "export",
        "Export…",
        session.event("export_corrections"),
        icon="file_download",
        tooltip="Write all corrections to a file",
        is_quiet=True,
        disabled=not total,
    )
    widgets.button(
        line,
        "import",
        "Import…",
        session.event("import_corrections"),
        icon="file_upload",
        tooltip="Carry out the corrections of a file that was exported from this run or a copy",
        is_quiet=True,
    )


def _add_entry(parent: types.Object, session: Session, entry: Mapping[str, Any], seq: int) -> None:
    number, is_done = entry["number"], entry["state"] == "done"
    looks = {
        "justifyContent": "space-between",
        "flexWrap": "nowrap",
        "padding": "6px 2px",
        "borderBottom": widgets.LINE,
    }
    line = widgets.row(parent, f"entry_{number}", style=looks)
    words = widgets.column(line, "words", gap=0, width=160)
    color = "text.primary" if is_done else "text.tertiary"
    widgets.text(words, "text", entry["text"] if is_done else f"Undone: {entry['text']}", color)
    widgets.text(words, "at", f"{number} · {ago(entry['at'])}", widgets.MUTED, "0.75rem")
    params = {"to": number - 1 if is_done else number, "based_on": seq}
    widgets.button(
        line,
        f"to_{number}",
        "Undo this and all after it" if is_done else "Redo to here",
        session.event("undo_to" if is_done else "redo_to"),
        params,
        tooltip="All of it can be redone" if is_done else "Redoes up to this one",
        is_quiet=True,
    )


def ago(at: str) -> str:
    """Words a time in the past.

    Args:
        at: ISO 8601, UTC.

    Returns:
        "5 minutes ago", or the date when it is longer than a day ago.
    """
    then = datetime.fromisoformat(at)
    if then.tzinfo is None:
        then = then.replace(tzinfo=timezone.utc)
    seconds = (datetime.now(timezone.utc) - then).total_seconds()
    if seconds < 60:
        return "just now"
    for unit, length, below in (("minute", 60, 3600), ("hour", 3600, 86400)):
        if seconds < below:
            number = int(seconds // length)
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return then.strftime("%d %B %Y, %H:%M UTC")
