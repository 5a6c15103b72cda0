"""The top of every page: the run, how far the review is, the pages, undo and redo."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..corrections import reads
from . import indicators, inputs, widgets
from .session import Session
from .truth import add_truth, read_progress

TABS = {
    "clusters": "Clusters",
    "small": "Small ones",
    "pairs": "Same or different?",
    "history": "History",
}


def add_header(parent: types.Object, session: Session) -> None:
    """Adds the header.

    Args:
        parent: The panel.
        session: The event.
    """
    progress = read_progress(session)
    history = reads.read_history(session.dataset, run_key=session.state.run_key, limit=1)
    head = widgets.column(parent, "head", gap=0.75)
    top = widgets.row(head, "top", style={"justifyContent": "space-between"})
    reached = widgets.row(top, "reached")
    widgets.text(reached, "progress", progress["text"], size="0.875rem", bold=True)
    add_truth(reached, session, progress)
    _add_actions(top, session, progress)
    indicators.progress_bar(head, "bar", progress["confirmed"] / max(progress["images"], 1))
    tabs = widgets.row(head, "tabs", style={"justifyContent": "space-between"})
    _add_tabs(tabs, session)
    _add_undo(tabs, session, history)
    if history["notice"]:
        indicators.notice(head, "notice", history["notice"], "warning")
    if history["undo_text"]:
        words = f"Last: {history['undo_text']}"
        widgets.text(
            head,
            "last",
            widgets.shortened(words, widgets.LONGEST_SENTENCE),
            widgets.MUTED,
            "0.78rem",
        )


def _add_actions(parent: types.Object, session: Session, progress: Mapping[str, Any]) -> None:
    actions = widgets.row(parent, "actions", gap=0.5)
    if len(session.runs) > 1:
        runs = {run["run_key"]: run["run_key"] for run in session.runs}
        choose = session.event("choose_run")
        inputs.dropdown(actions, "run", runs, choose, 120)
    widgets.button(
        actions,
        "apply",
        "Apply labels…",
        session.event("apply_labels"),
        icon="label",
        tooltip="Write the names of the confirmed clusters to a label field",
        disabled=not progress["confirmed"],
    )
    widgets.button(
        actions,
        "workspace",
        "",
        session.event("open_workspace"),
        icon="space_dashboard",
        tooltip="Lay out grid, review and a map of the embeddings",
        is_quiet=True,
    )


def _add_tabs(parent: types.Object, session: Session) -> None:
    tabs = widgets.row(parent, "pages", gap=0.5)
    for page, label in TABS.items():
        is_open = page == session.state.page or (page, session.state.page) == (
            "clusters",
            "cluster",
        )
        is_back = page == "clusters" and session.state.page == "cluster"
        widgets.button(
            tabs,
            f"page_{page}",
            label,
            session.event(f"open_{page}"),
            icon="arrow_back" if is_back else None,
            tooltip="Back to the list (Alt+B)" if is_back else None,
            key="b" if is_back else None,
            is_on=is_open,
            is_quiet=not is_open,
        )


def _add_undo(parent: types.Object, session: Session, history: Mapping[str, Any]) -> None:
    row = widgets.row(parent, "undoing", gap=0.5)
    params = {"based_on": history["seq"]}
    for name, key, can, words in (
        ("undo", "u", history["can_undo"], history["undo_text"]),
        ("redo", "r", history["can_redo"], history["redo_text"]),
    ):
        label = name.capitalize()
        about = widgets.shortened(f"{label} (Alt+{key.upper()}): {words}", widgets.LONGEST_SENTENCE)
        widgets.button(
            row,
            name,
            label,
            session.event(name),
            params,
            icon=name,
            tooltip=about if can else f"Nothing to {name}",
            is_quiet=True,
            disabled=not can,
            key=key,
        )
