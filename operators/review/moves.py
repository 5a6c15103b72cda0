"""Events that split a cluster, move what is selected, or go back and forth."""

from .. import correcting
from ..base.params import ParameterError
from ..base.wording import count_text
from ..corrections import reads
from . import grid
from .embedding_map import is_map_open
from .last_confirmation import bring_back
from .selection import MOST_SELECTED, chosen_items, lasso_items, seen_of, selected_items
from .session import TARGET_PATH, Session
from .steps import correct
from .values import choice, needed, whole

SPLITS = ("parts", "clustering")


def split_cluster(session: Session) -> None:
    """Splits a cluster into its parts, or by clustering it again.

    Args:
        session: The event, with `cluster` and `by`, and `num_clusters` where it is known.
    """
    cluster, by = needed(session.params, "cluster"), choice(session.params, "by", SPLITS)
    number = whole(session.params, "num_clusters") if "num_clusters" in session.params else None
    if by == "clustering" and not session.params.get("is_told"):
        # The browser shows nothing while an event works, and this one may work for long.
        session.say("Clustering it again. With thousands of images that takes some seconds …")
        session.next_event = ("split_cluster", {**session.params, "is_told": True})
        return
    correct(session, correcting.split_cluster, cluster=cluster, by=by, num_clusters=number)


def split_off(session: Session) -> None:
    """Makes a cluster of one part.

    Args:
        session: The event, with `cluster` and `part`.
    """
    cluster, part = needed(session.params, "cluster"), whole(session.params, "part")
    run_key = session.state.run_key
    found = reads.item_ids(session.dataset, cluster, run_key=run_key, part=part)
    groups = [found["items"]]
    correct(session, correcting.split_cluster, cluster=cluster, by="groups", groups=groups)


def select_part(session: Session) -> None:
    """Selects the items of one part in the grid too, to move them or to leave them out.

    Args:
        session: The event, with `cluster` and `part`.
    """
    cluster, part = needed(session.params, "cluster"), whole(session.params, "part")
    run_key = session.state.run_key
    found = reads.item_ids(session.dataset, cluster, run_key=run_key, part=part)["items"]
    # What is selected elsewhere has nothing to do with this cluster.
    before = selected_items(session) if session.state.in_grid == cluster else []
    items = list(dict.fromkeys([*before, *found]))
    if len(items) > MOST_SELECTED:
        raise ParameterError(
            "part",
            f"With this part {len(items):,} {session.noun} would be selected, more than "
            f"{MOST_SELECTED:,}; split it off instead",
        )
    if session.state.in_grid != cluster:
        grid.show_cluster(session, cluster)
    session.select(items)


def take_lasso(session: Session) -> None:
    """Selects what the lasso of the Embeddings panel holds.

    Args:
        session: The event.
    """
    items = lasso_items(session) or list(session.state.lasso)
    if not items:
        first = "press" if is_map_open(session) else "open the map beside 'Apply labels…', press"
        raise ParameterError(
            "items",
            f"There is no lasso on what the grid shows now: {first} Select in the Embeddings "
            "panel, draw around some points, and take them then",
        )
    if len(items) > MOST_SELECTED:
        raise ParameterError(
            "items",
            f"The lasso holds {len(items):,} {session.noun}, more than {MOST_SELECTED:,}; draw a "
            "smaller one",
        )
    _select_seen(session, items)


def _select_seen(session: Session, items: list[str]) -> None:
    """Selects of a lasso what the grid shows: nobody sees that the others are selected."""
    seen = seen_of(session, items)
    number = len(items) - len(seen)
    if not seen:
        raise ParameterError("items", "Nothing that the lasso holds is in this cluster")
    if number:
        verb = "is" if number == 1 else "are"
        words = (
            f"{count_text(number, session.noun)} that the lasso holds {verb} not in this cluster"
        )
        session.say(f"{words}, and not selected")
    session.select(seen)


def split_by_images(session: Session) -> None:
    """Splits a cluster around the selected items.

    Args:
        session: The event, with `cluster` and a selection.
    """
    items, cluster = _selection(session), needed(session.params, "cluster")
    correct(session, correcting.split_cluster, cluster=cluster, by="images", items=items)
    _end_selection(session)


def move_images(session: Session) -> None:
    """Moves the selected items to the cluster that was typed; an unknown name makes a new one.

    Args:
        session: The event, with a selection and a typed target.
    """
    target = session.typed(TARGET_PATH)
    if not target:
        raise ParameterError("cluster", "Choose the cluster to move to, or press New cluster")
    is_known = reads.has_cluster(session.dataset, target, run_key=session.state.run_key)
    to = {"cluster": target} if is_known else {"name": target}
    correct(session, correcting.move_to_cluster, items=_selection(session), **to)
    _end_selection(session)


def new_cluster(session: Session) -> None:
    """Makes a cluster of the selected items.

    Args:
        session: The event, with a selection.
    """
    correct(session, correcting.move_to_cluster, items=_selection(session))
    _end_selection(session)


def images_to_noise(session: Session) -> None:
    """Marks the selected items as noise.

    Args:
        session: The event, with a selection.
    """
    correct(session, correcting.mark_noise, items=_selection(session))
    _end_selection(session)


def restore_images(session: Session) -> None:
    """Takes the selected items back from the noise.

    Args:
        session: The event, with a selection.
    """
    correct(session, correcting.mark_noise, items=_selection(session), restore=True)
    _end_selection(session)


def _selection(session: Session) -> list[str]:
    items = chosen_items(session)
    if not items:
        raise ParameterError("items", f"Select some {session.noun} in the grid first")
    return items


def _end_selection(session: Session) -> None:
    session.clear_selection()
    session.fields[TARGET_PATH] = ""


def undo(session: Session) -> None:
    """Undoes the last correction.

    Args:
        session: The event.
    """
    before = session.state
    report = correct(session, correcting.undo_correction)
    bring_back(session, before, report)


def redo(session: Session) -> None:
    """Redoes the last correction that was undone.

    Args:
        session: The event.
    """
    correct(session, correcting.redo_correction)


def undo_to(session: Session) -> None:
    """Undoes everything after a point.

    Args:
        session: The event, with `to`.
    """
    correct(session, correcting.undo_correction, to=whole(session.params, "to"))


def redo_to(session: Session) -> None:
    """Redoes everything up to a point.

    Args:
        session: The event, with `to`.
    """
    correct(session, correcting.redo_correction, to=whole(session.params, "to"))
