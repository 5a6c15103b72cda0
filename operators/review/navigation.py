"""Events that open a page, a cluster or a run, and change nothing else."""

from ..base.params import ParameterError
from ..corrections import reads
from ..corrections.writes.outside import notice_labels
from . import grid, sidebar_filters, turns
from .embedding_map import color_map
from .offered_names import are_too_many
from .selection import is_used, lasso_inside, selected_items
from .session import RUN_PATH, SEARCH_PATH, SORT_PATH, TRUTH_PATH, Session
from .state import MOST_MARKS, PanelState
from .truth import NONE, truth_fields
from .values import choice, needed


def load(session: Session) -> None:
    """Opens the panel, perhaps again; the grid shows all again if an earlier panel narrowed it.

    Args:
        session: The event.
    """
    if not session.state.in_grid:
        grid.show_all(session)
    _begin(session)


def _begin(session: Session) -> None:
    """Fills in what the page begins with."""
    session.is_fresh = True
    session.fields |= {SORT_PATH: session.state.sort, SEARCH_PATH: session.state.search}
    session.fields[RUN_PATH] = session.state.run_key
    session.fields[TRUTH_PATH] = session.state.truth or NONE
    if session.runs:
        color_map(session)
        _notice_labels(session)


def begin_anew(session: Session, is_told: bool = True, would_change: bool = True) -> None:
    """Shows the clusters of a run that was clustered anew, in place of whatever was asked for.

    The numbers of clusters mean others now, those in the state and in the event included.

    Args:
        session: The event, with a state from before.
        is_told: Whether the user has to be told.
        would_change: Whether what was asked for was a change, which was not made.
    """
    grid.show_all(session)
    old = session.state
    session.state = PanelState(
        run_key=old.run_key, sort=old.sort, selected=old.selected, truth=old.truth
    )
    _begin(session)
    if is_told:
        grid.follow(session)  # nobody has told the App yet that its labels are others
        nothing = ", so nothing was changed" if would_change else ""
        session.say(
            f"The run '{old.run_key}' was clustered or loaded anew since this page was "
            f"drawn{nothing}; these are its clusters now",
            "warning",
        )


def follow_runs(session: Session) -> None:
    """Shows the runs as an operator beside the panel left them.

    Args:
        session: The event, with `keeps_grid` if the operator made the grid show something, and
            `value` if it was about one run, which is shown then.
    """
    if session.params.get("keeps_grid") is True:
        session.change(in_grid="")
        session.has_new_grid = True
    if session.params.get("value") not in (None, session.state.run_key):
        choose_run(session)
    elif session.is_outdated:
        begin_anew(session, is_told=False)
    elif session.state.run_key != session.came_under:
        if session.state.page == "clusters":
            grid.show_all(session)
        _begin(session)


def refresh(session: Session) -> None:
    """Shows the page as it is now in the database.

    Args:
        session: The event.
    """
    if session.runs:
        _notice_labels(session)


def _notice_labels(session: Session) -> None:
    """Takes over what was labeled outside of the review since somebody looked last."""
    try:
        notice = notice_labels(session.dataset, session.state.run_key)
    except ParameterError:
        return  # the page says why the run cannot be reviewed; what is only being written can wait
    if notice:
        session.say(notice)
        if session.state.in_grid:
            grid.follow(session)


def start_over(session: Session) -> None:
    """Forgets where the user was; the grid shows all again if it showed a cluster.

    Args:
        session: The event.
    """
    grid.show_all(session)
    run_key = session.runs[-1]["run_key"] if session.runs else ""
    session.state = PanelState(run_key=run_key)
    _begin(session)


def follow_selection(session: Session) -> None:
    """Shows what can be done with a new selection, on the page where something can.

    The App sends this along with other events too, perhaps with a state from before them; nothing
    but the selection is taken from it.

    Args:
        session: The event.
    """
    session.is_passive = True
    sidebar_filters.note_until_typed(session)
    number = len(selected_items(session))
    told = turns.selected_on(session.turn)
    known = session.state.selected if told is None else told
    session.is_silent = not is_used(session.state.page) or number == known


def open_clusters(session: Session) -> None:
    """Opens the list of clusters; the grid shows all again if it showed one of them.

    Args:
        session: The event.
    """
    is_back = session.state.page == "cluster"
    session.state = session.state.go("clusters", offset=session.state.came_from if is_back else 0)
    grid.show_all(session)


def open_pairs(session: Session) -> None:
    """Opens the suggestions; the grid shows the clusters that the first one is about.

    Args:
        session: The event.
    """
    session.state = session.state.go("pairs")


def open_small(session: Session) -> None:
    """Opens the page of the small clusters and shows them all in the grid.

    Args:
        session: The event.
    """
    session.state = session.state.go("small")
    grid.show_small(session)


def open_history(session: Session) -> None:
    """Opens the history.

    Args:
        session: The event.
    """
    session.state = session.state.go("history")
    grid.show_all(session)


def open_cluster(session: Session) -> None:
    """Opens the page of a cluster and shows it in the grid, weakest first.

    Args:
        session: The event, with `cluster`.
    """
    if session.state.page == "clusters":
        session.change(passed=())
    _open(session, needed(session.params, "cluster"))


def _open(session: Session, cluster: str) -> None:
    state = session.state
    offset = state.offset if state.page == "clusters" else state.came_from
    opened = {"cluster": cluster, "came_from": offset, "ticked": (), "last_entry": 0}
    session.state = state.go("cluster", **opened, lasso=lasso_inside(session, cluster))
    session.is_fresh = True
    grid.show_cluster(session, cluster)


def next_cluster(session: Session) -> None:
    """Opens the first cluster of the list that is still to be decided on and was not just open.

    Args:
        session: The event.
    """
    current = (session.state.cluster,) if session.state.cluster else ()
    passed = (*(other for other in session.state.passed if other not in current), *current)
    found = _first_open(session, passed)
    if found is None:  # all that are left were passed: once more from the first
        passed, found = (), _first_open(session, current)
    session.change(passed=passed[-MOST_MARKS:])
    if found is None:
        session.state = session.state.go("clusters")
        grid.show_all(session)
        session.say("No other cluster of this list is left to be decided on", "success")
    else:
        _open(session, found)


def _first_open(session: Session, passed: tuple[str, ...]) -> str | None:
    state = session.state
    return reads.next_cluster(
        session.dataset,
        run_key=state.run_key,
        sort=state.sort,
        state=None if state.shown == "all" else state.shown,
        search=state.search,
        passed=passed,
    )


def complete_name(session: Session) -> None:
    """Offers the names nearest to what is typed, where there are too many to offer them all.

    Args:
        session: The event.
    """
    session.is_passive = True
    session.is_silent = not are_too_many(session)


def show_in_grid(session: Session) -> None:
    """Shows a cluster in the grid, weakest first.

    Args:
        session: The event, with `cluster`.
    """
    grid.show_cluster(session, needed(session.params, "cluster"))


def show_pair(session: Session) -> None:
    """Shows the two clusters of a question in the grid again, whatever it shows now.

    Args:
        session: The event.
    """
    session.change(in_grid="")  # so the page makes it show them


def choose_run(session: Session) -> None:
    """Reviews another run.

    Args:
        session: The event, with `value`.
    """
    run_key = choice(session.params, "value", [run["run_key"] for run in session.runs])
    if run_key != session.state.run_key:
        grid.show_all(session)
        session.state = PanelState(run_key=run_key)
        _begin(session)


def choose_truth(session: Session) -> None:
    """Compares the confirmed clusters with a field of true labels, or with none.

    Args:
        session: The event, with `value`.
    """
    chosen = choice(session.params, "value", [NONE, *truth_fields(session)])
    session.change(truth="" if chosen == NONE else chosen)
