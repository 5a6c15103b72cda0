"""Events that decide on whole clusters: confirm, name, merge, put aside, answer."""

from collections.abc import Callable
from typing import Any

from .. import correcting
from ..corrections import reads
from ..corrections.choose import NameTakenError
from ..params import ParameterError
from .session import NAME_PATH, Session
from .state import MOST_MARKS
from .steps import correct
from .values import based_on, choice, id_list, needed
from .widgets import shortened

ANSWERS = ("same", "different", "later", "open")
MOST_CHOICES = 8


def confirm_cluster(session: Session) -> None:
    """Confirms a cluster, under the name that was typed if there is one.

    Args:
        session: The event, with `cluster`; on its page with a typed name.
    """
    cluster, is_page = needed(session.params, "cluster"), session.state.page == "cluster"
    name = session.typed(NAME_PATH) if is_page else ""
    if not name:
        correct(session, correcting.confirm_clusters, clusters=[cluster])
        return
    _naming(session, correcting.confirm_clusters, name, {"clusters": [cluster]}, "confirm_named")


def confirm_named(session: Session) -> None:
    """Confirms a cluster under a name that another one has, as the user chose.

    Args:
        session: The event, with `cluster`, `name` and `if_exists`.
    """
    correct(
        session,
        correcting.confirm_clusters,
        clusters=[needed(session.params, "cluster")],
        name=needed(session.params, "name"),
        if_exists=choice(session.params, "if_exists", ("merge", "keep")),
    )


def rename_cluster(session: Session) -> None:
    """Names a cluster as was typed.

    Args:
        session: The event, with `cluster` and a typed name.
    """
    cluster, name = needed(session.params, "cluster"), session.typed(NAME_PATH)
    _naming(session, correcting.rename_cluster, name, {"cluster": cluster}, "rename_named")


def rename_named(session: Session) -> None:
    """Names a cluster as another one is named, as the user chose.

    Args:
        session: The event, with `cluster`, `name` and `if_exists`.
    """
    correct(
        session,
        correcting.rename_cluster,
        cluster=needed(session.params, "cluster"),
        name=needed(session.params, "name"),
        if_exists=choice(session.params, "if_exists", ("merge", "keep")),
    )


def _naming(
    session: Session,
    act: Callable[..., dict[str, Any]],
    name: str,
    params: dict[str, Any],
    event: str,
) -> None:
    """Gives a name; if another cluster has it, asks what is meant."""
    try:
        correct(session, act, name=name, **params)
    except NameTakenError:
        words = f"Another cluster is called “{shortened(name)}”. Merge with it, or keep both?"
        session.say(words, "warning")
        chosen = {
            "cluster": needed(session.params, "cluster"),
            "name": name,
            "based_on": based_on(session.params),
        }
        session.question = [
            ("Merge with it", event, chosen | {"if_exists": "merge"}),
            ("Keep both", event, chosen | {"if_exists": "keep"}),
            ("Cancel", "refresh", {}),
        ]


def unconfirm_cluster(session: Session) -> None:
    """Takes a confirmation back.

    Args:
        session: The event, with `cluster`.
    """
    cluster = needed(session.params, "cluster")
    correct(session, correcting.confirm_clusters, clusters=[cluster], unconfirm=True)


def merge_marked(session: Session) -> None:
    """Merges the marked clusters.

    Args:
        session: The event.
    """
    marked = _marked(session)
    try:
        correct(session, correcting.merge_clusters, clusters=marked)
    except ParameterError as error:
        if error.parameter != "into":
            raise
        _ask_into(session, marked, str(error))
        return
    session.change(marked=())


def _marked(session: Session) -> list[str]:
    if not session.state.marked:
        raise ParameterError("marked", "Mark some clusters first")
    return list(session.state.marked)


def _ask_into(session: Session, clusters: list[str], words: str) -> None:
    """Asks which of several names the merged cluster keeps."""
    run_key = session.state.run_key
    session.say(words, "warning")
    for cluster in clusters[:MOST_CHOICES]:
        row = reads.read_cluster(session.dataset, cluster, run_key=run_key, limit=1)
        if row["name"]:
            params = {"clusters": clusters, "into": cluster, "based_on": row["seq"]}
            label = f"Keep “{shortened(row['name'])}”"
            session.question.append((label, "merge_into", params))
    session.question.append(("Cancel", "refresh", {}))


def merge_into(session: Session) -> None:
    """Merges clusters into the one whose name the user chose to keep.

    Args:
        session: The event, with `clusters` and `into`.
    """
    clusters = id_list(session.params, "clusters", MOST_MARKS)
    into = needed(session.params, "into")
    correct(session, correcting.merge_clusters, clusters=clusters, into=into)
    session.change(marked=())


def confirm_marked(session: Session) -> None:
    """Confirms the marked clusters.

    Args:
        session: The event.
    """
    correct(session, correcting.confirm_clusters, clusters=_marked(session))
    session.change(marked=())


def noise_marked(session: Session) -> None:
    """Marks the marked clusters as noise.

    Args:
        session: The event.
    """
    correct(session, correcting.mark_noise, clusters=_marked(session))
    session.change(marked=())


def mark_noise(session: Session) -> None:
    """Marks a cluster as noise.

    Args:
        session: The event, with `cluster`.
    """
    correct(session, correcting.mark_noise, clusters=[needed(session.params, "cluster")])


def restore_all(session: Session) -> None:
    """Takes everything back from the noise.

    Args:
        session: The event.
    """
    found = reads.item_ids(session.dataset, "noise", run_key=session.state.run_key)
    correct(session, correcting.mark_noise, items=found["items"], restore=True)


def answer_pair(session: Session) -> None:
    """Answers whether two clusters are the same.

    Args:
        session: The event, with `first`, `second` and `answer`.
    """
    correct(
        session,
        correcting.answer_pair,
        first=needed(session.params, "first"),
        second=needed(session.params, "second"),
        answer=choice(session.params, "answer", ANSWERS),
    )
