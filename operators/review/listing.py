"""Events of a list: what it holds, in which order, which part of it, and what is marked in it."""

from ..base.params import ParameterError
from ..base.recent import Recent
from . import grid
from .session import SEARCH_PATH, Session
from .state import FILTERS, MOST_MARKS, SORTS
from .values import choice, needed, text, whole

# What was marked or ticked on a page since it was drawn.
_chosen_since: Recent[tuple[str, ...]] = Recent()


def filter_clusters(session: Session) -> None:
    """Lists the clusters of one kind.

    Args:
        session: The event, with `shown`.
    """
    shown = choice(session.params, "shown", FILTERS)
    session.state = session.state.go("clusters", shown=shown)


def sort_clusters(session: Session) -> None:
    """Lists the clusters in another order.

    Args:
        session: The event, with `value`.
    """
    sort = choice(session.params, "value", SORTS)
    session.state = session.state.go("clusters", sort=sort)


def search_clusters(session: Session) -> None:
    """Lists the clusters whose name contains a text.

    Args:
        session: The event, with `value`.
    """
    search = text(session.params, "value")
    session.state = session.state.go("clusters", search=search)


def show_all_clusters(session: Session) -> None:
    """Lists all clusters again.

    Args:
        session: The event.
    """
    session.state = session.state.go("clusters", shown="all", search="")
    session.fields[SEARCH_PATH] = ""


def turn_page(session: Session) -> None:
    """Shows another page of the list.

    Args:
        session: The event, with `offset`.
    """
    session.change(offset=whole(session.params, "offset"))
    if session.state.page == "small":
        grid.show_small(session)


def mark_cluster(session: Session) -> None:
    """Marks a cluster for a joint decision, or takes the mark away.

    Args:
        session: The event, with `cluster`.
    """
    session.change(marked=_toggled(session, "marked", session.state.marked))


def tick_cluster(session: Session) -> None:
    """Ticks a cluster to be confirmed together with the open one, or takes the tick away.

    Args:
        session: The event, with `cluster`.
    """
    session.change(ticked=_toggled(session, "ticked", session.state.ticked))


def _toggled(session: Session, kind: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    # A second click may come with the state from before the answer to the first.
    key, cluster = f"{kind} {session.turn}", needed(session.params, "cluster")
    since = _chosen_since.get(key) if session.turn else None
    chosen = chosen if since is None else since
    if cluster in chosen:
        result = tuple(other for other in chosen if other != cluster)
    elif len(chosen) < MOST_MARKS:
        result = (*chosen, cluster)
    else:
        raise ParameterError("cluster", f"At most {MOST_MARKS} clusters can be marked; clear some")
    _chosen_since.put(key, result)
    return result


def clear_marks(session: Session) -> None:
    """Takes all marks away.

    Args:
        session: The event.
    """
    session.change(marked=())
