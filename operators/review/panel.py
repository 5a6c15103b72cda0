"""The panel `cluster_review`: takes an event, lets it act, and draws the page that follows."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..base.database import clear_connection_errors
from ..base.params import ParameterError
from . import asking, grid, keystrokes, navigation, sidebar_filters, turns
from .beginning import add_beginning
from .cluster_page import add_cluster_page
from .clusters_page import add_clusters_page
from .embedding_map import add_timers
from .empty_page import add_error, add_message, add_no_runs
from .events import EVENTS, LOOKING
from .header import add_header
from .history_page import add_history_page
from .pairs_page import add_pairs_page
from .session import Session
from .small_page import add_small_page

logger = logging.getLogger(__name__)

PAGES = {
    "clusters": add_clusters_page,
    "cluster": add_cluster_page,
    "small": add_small_page,
    "pairs": add_pairs_page,
    "history": add_history_page,
}


FRAME = {
    "display": "grid",
    "gridTemplateColumns": "minmax(0, 1fr)",
    "padding": "14px 16px 48px",
    # What is marked or selected is often far from where it is decided on: that stays in sight.
    "& > div:has([data-cy='marked'], [data-cy='selection'])": {
        "position": "sticky",
        "top": 0,
        "bottom": 0,
        "zIndex": 2,
    },
    "& > div:has([data-cy='told'])": {"position": "sticky", "bottom": "8px", "zIndex": 3},
    # Right on the bar, which is so high: what showed in a gap could be neither read nor pressed.
    "&:has([data-cy='marked']) > div:has([data-cy='told'])": {"bottom": "42px"},
}

# What the user did elsewhere or is still doing, and what the page sends by itself.
PASSIVE = ("on_change_selected", "on_change_extended_selection", "complete_name", "show_map")
# What comes with each key.
TYPED = ("complete_name", "search_clusters")
# What can be done on a dataset that was never clustered.
WITHOUT_RUNS = ("on_load", "refresh", "follow_runs", "start_over", "cluster_images")
# What names the run to show. The App sends the second one when the first has changed the dropdown,
# perhaps with the state from before.
FOLLOWING = ("follow_runs", "choose_run")


class ClusterReview(foo.Panel):
    """Where a person turns clusters into labels."""

    @property
    def config(self) -> foo.PanelConfig:
        """How FiftyOne lists the panel."""
        return foo.PanelConfig(
            name="cluster_review",
            label="Review clusters",
            icon="rule",
            category=foo.Categories.CURATE,
            surfaces="grid",
            help_markdown=(
                "Turn clusters into labels: confirm, merge, split, move, name, undo. "
                "Nothing is lost: every correction can be undone."
            ),
        )

    def on_load(self, ctx: foo.ExecutionContext) -> None:
        """Subscribes to the opening of the panel."""

    def on_change_selected(self, ctx: foo.ExecutionContext) -> None:
        """Subscribes to the selection in the grid."""

    def on_change_extended_selection(self, ctx: foo.ExecutionContext) -> None:
        """Subscribes to the lasso of the Embeddings panel."""

    def execute(self, ctx: foo.ExecutionContext) -> None:
        """Handles one event; FiftyOne's own way would let a browser call any method by name.

        Args:
            ctx: The App's context.
        """
        name = ctx.params.get("__method__")
        if name is None or name == "on_startup":
            self.on_startup(ctx)
            return
        session = Session(ctx, self.uri)
        page = _answer(session, name)
        if page is not None:
            ctx.ops.show_panel_output(types.Property(page, view=_frame()))

    def render(self, ctx: foo.ExecutionContext) -> types.Property:
        """Draws the page that is open.

        Args:
            ctx: The App's context.

        Returns:
            The page.
        """
        session = Session(ctx, self.uri)
        page = _answer(session, "refresh")
        return types.Property(page or types.Object(), view=_frame())


def _frame() -> types.GridView:
    return types.GridView(
        gap=1.5,
        componentsProps={"grid": {"sx": FRAME, "data-cy": "review"}},
    )


def _answer(session: Session, name: Any) -> types.Object | None:
    """Handles an event and draws the page; what goes wrong is told on it."""
    panel_id = session.ctx.panel_id
    key = _typed_key(session) if name in TYPED else None
    if key and not keystrokes.is_last_after_pause(panel_id, key):
        return None
    try:
        with clear_connection_errors("reviewing clusters", "press Start over"):
            _handle(session, name)
            page = None if session.is_silent else _draw(session)
            if _is_overtaken(session, name, key):
                return None
            if page is not None:
                _keep(session)
            if name not in PASSIVE:
                asking.note(panel_id, bool(session.question))
            return page
    except (ParameterError, ConnectionError) as error:
        if name in PASSIVE:
            return None
        if session.fields:
            # No later event fills them in again, such as the order that the list has at first.
            session.ctx.ops.patch_panel_state(session.fields)
        page = types.Object()
        add_error(page, session, str(error))
        return page


def _typed_key(session: Session) -> int:
    """Notes that a key was pressed, and what the App forgets with it."""
    sidebar_filters.note(session)
    return keystrokes.note(session.ctx.panel_id)


def _keep(session: Session) -> None:
    session.keep()
    if not session.is_passive:
        sidebar_filters.keep(session)


def _is_overtaken(session: Session, name: Any, key: int | None) -> bool:
    """Tells whether what came while the page was drawn counts more; so this is asked last."""
    panel_id = session.ctx.panel_id
    if key and not keystrokes.is_last(panel_id, key):
        return True
    if name == "complete_name" and asking.is_asking(panel_id):
        return True
    return name in PASSIVE and turns.is_over(session.turn)


def _handle(session: Session, name: Any) -> None:
    event = EVENTS.get(name) if isinstance(name, str) else None
    if event is None:
        raise ParameterError("event", f"The panel knows no event {name!r:.80}")
    session.restore(is_new=name == "start_over", follows=name in FOLLOWING)
    if not session.runs and name not in WITHOUT_RUNS:
        return
    if session.is_outdated and name != "follow_runs":
        event = _leave_page if name in PASSIVE else _anew(name)
    before = session.state
    try:
        event(session)
    except ConnectionError:
        raise
    except ImportError as error:
        session.state = before
        cure = "install the plugin's requirements"
        session.say(f"The networks cannot be imported ({error}); {cure}", "error")
    except (ValueError, OSError, MemoryError, RuntimeError) as error:
        # The networks say what they cannot do in other errors than ours; the page would stay as it
        # is else, perhaps with the notice that something is going on.
        if not isinstance(error, ParameterError):
            logger.error("An event of the panel failed", exc_info=error)
        session.state = before
        session.say(str(error), "error")


def _anew(name: str) -> Callable[[Session], None]:
    return partial(navigation.begin_anew, would_change=name not in LOOKING)


def _leave_page(session: Session) -> None:
    session.is_passive = session.is_silent = True


def _draw(session: Session) -> types.Object:
    page, body = types.Object(), types.Object()
    if not session.runs:
        add_no_runs(page, session)
        return page
    try:
        # First, although it stands below: what was deleted meanwhile is noticed by what it lists.
        PAGES[session.state.page](body, session)
        if session.has_turned:
            add_beginning(page, session.event("refresh"))
        add_header(page, session)
        page.properties |= body.properties
        add_message(page, session)
        add_timers(page, session)
    except ParameterError as error:
        if session.is_passive or session.state.page == "clusters":
            raise
        session.state = session.state.go("clusters", cluster="")
        grid.show_all(session)
        session.say(str(error), "warning")
        return _draw(session)
    return page
