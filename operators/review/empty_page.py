"""What the panel shows when there is nothing to review, or when something went wrong."""

from fiftyone.operators import types

from . import indicators, widgets
from .loading import being_loaded, loading_runs
from .session import Session

_OTHER_RUNS = 4
# Errors that end so are cured by another operator, which newcomers would not know by its name.
_TO_LOAD = "load the run"

_TOLD: widgets.Style = {
    "background": "var(--fo-palette-background-level2)",
    "borderRadius": "6px",
    "boxShadow": "0 2px 14px rgba(0, 0, 0, 0.45)",
    "paddingBottom": "2px",
}


def add_no_runs(parent: types.Object, session: Session) -> None:
    """Adds the way in for a dataset that was never clustered.

    Args:
        parent: The panel.
        session: The event.
    """
    loading = loading_runs(session.dataset)
    if loading:
        add_error(parent, session, being_loaded(loading[-1]))
        return
    box = widgets.column(parent, "empty", outline=True, style=widgets.CENTERED)
    widgets.text(box, "title", "This dataset has no clusters yet", size="1.05rem", bold=True)
    words = (
        "Cluster its images first. Then you confirm, merge and split the clusters here, give "
        "them names, and write the names as labels."
    )
    widgets.text(box, "words", words, widgets.MUTED)
    event = session.event("cluster_images")
    widgets.button(
        box, "cluster_images", "Cluster images", event, icon="bubble_chart", is_main=True
    )


def add_error(parent: types.Object, session: Session, words: str) -> None:
    """Adds what went wrong when a page cannot be shown, and the way on.

    Args:
        parent: The panel.
        session: The event.
        words: One sentence.
    """
    indicators.notice(parent, "problem", words, "error")
    row = widgets.row(parent, "ways_on")
    widgets.button(row, "start_over", "Start over", session.event("start_over"), icon="refresh")
    current = session.state.run_key
    if not current:
        return  # the state itself cannot be used
    if _TO_LOAD in words:
        event = session.event("load_run")
        widgets.button(row, "load_run", "Load the run…", event, icon="restore", is_main=True)
    # To start over leads to the latest run, which may be the one that cannot be shown.
    others = [run["run_key"] for run in reversed(session.runs) if run["run_key"] != current]
    for number, key in enumerate(others[:_OTHER_RUNS]):
        label = f"Review {widgets.shortened(key, 24)}"
        event = session.event("choose_run")
        widgets.button(row, f"other{number}", label, event, {"value": key}, is_quiet=True)


def add_message(parent: types.Object, session: Session) -> None:
    """Adds what the last event has to say, and the choices it asks for.

    It stays in sight at the bottom, wherever one scrolled to, and moves nothing above it: a second
    click on a button that was refused shall meet the same button.

    Args:
        parent: The panel.
        session: The event.
    """
    if not session.message:
        return
    box = widgets.column(parent, "told", style=_TOLD)
    indicators.notice(box, "message", session.message, session.severity)
    if session.question:
        row = widgets.row(box, "choices")
        for number, (label, event, params) in enumerate(session.question):
            widgets.button(
                row, f"choice{number}", label, session.event(event), params, is_main=not number
            )
