"""Events that decide on whole clusters: confirm, name, merge, put aside, answer."""

from typing import Any

from .. import correcting
from ..base.params import ParameterError
from ..corrections import reads
from ..corrections.writes.choose import NameTakenError
from .last_confirmation import remember
from .selection import chosen_items
from .session import NAME_PATH, Session
from .state import MOST_MARKS
from .steps import correct
from .values import based_on, choice, id_list, needed
from .widgets import shortened

ANSWERS = ("same", "different", "later", "open")
MOST_CHOICES = 8


def confirm_cluster(session: Session) -> None:
    """Confirms a cluster; on its page with those that are ticked, under the name that was typed.

    Args:
        session: The event, with `cluster`.
    """
    cluster = needed(session.params, "cluster")
    if session.state.page == "cluster":
        _confirm_page(session, cluster, [])
    else:
        correct(session, correcting.confirm_clusters, clusters=[cluster])


def confirm_rest(session: Session) -> None:
    """Confirms the open cluster with those that are ticked, without the selected items.

    Args:
        session: The event, with `cluster` and a selection.
    """
    _confirm_page(session, needed(session.params, "cluster"), left_out(session))


def left_out(session: Session) -> list[str]:
    """Finds what is selected, to be left out.

    Args:
        session: The event, with a selection.

    Returns:
        Its ids.

    Raises:
        ParameterError: Nothing is selected.
    """
    items = chosen_items(session)
    if not items:
        raise ParameterError("without", f"Select the {session.noun} that do not belong first")
    return items


def _confirm_page(session: Session, cluster: str, without: list[str]) -> None:
    name = session.typed(NAME_PATH)
    try:
        _confirm_open(session, cluster, without, **({"name": name} if name else {}))
    except NameTakenError as taken:
        is_lasso = session.params.get("from_lasso") is True
        rest = {"rest": bool(without), "from_lasso": is_lasso}
        _ask_if_exists(session, name, taken.name, "confirm_named", rest)


def _confirm_open(session: Session, cluster: str, without: list[str], **naming: str) -> None:
    before = session.state
    params = _together(session, cluster, without) | naming
    report = correct(session, correcting.confirm_clusters, **params)
    remember(session, before, cluster, report)
    # Nothing is left to do here, and the way to the next cluster is at the top.
    session.goes_up = True
    if without:
        session.clear_selection()


def _together(session: Session, cluster: str, without: list[str]) -> dict[str, Any]:
    ticked = [other for other in session.state.ticked if other != cluster]
    params: dict[str, Any] = {"clusters": [cluster, *ticked]}
    return params | ({"together": True, "without": without} if ticked or without else {})


def confirm_named(session: Session) -> None:
    """Confirms a cluster under a name that another one has, as the user chose.

    Args:
        session: The event, with `cluster`, `name`, `if_exists` and `rest`.
    """
    without = left_out(session) if session.params.get("rest") is True else []
    name = needed(session.params, "name")
    if_exists = choice(session.params, "if_exists", ("merge", "keep"))
    cluster = needed(session.params, "cluster")
    _confirm_open(session, cluster, without, name=name, if_exists=if_exists)


def rename_cluster(session: Session) -> None:
    """Names a cluster as was typed.

    Args:
        session: The event, with `cluster` and a typed name.
    """
    cluster, name = needed(session.params, "cluster"), session.typed(NAME_PATH)
    try:
        correct(session, correcting.rename_cluster, cluster=cluster, name=name)
    except NameTakenError as taken:
        _ask_if_exists(session, name, taken.name, "rename_named", {})


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


def _ask_if_exists(
    session: Session, name: str, taken: str, event: str, params: dict[str, Any]
) -> None:
    """Asks what is meant by a name that another cluster has, perhaps in other case."""
    words = f"Another cluster is called “{shortened(taken)}”. Merge with it, or keep both?"
    session.say(words, "warning")
    chosen = {
        "cluster": needed(session.params, "cluster"),
        "name": name,
        "based_on": based_on(session.params),
        **params,
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
        _ask_into(session, marked)
        return
    session.change(marked=())


def _marked(session: Session) -> list[str]:
    if not session.state.marked:
        raise ParameterError("marked", "Mark some clusters first")
    return list(session.state.marked)


def _ask_into(session: Session, clusters: list[str]) -> None:
    """Asks which of several names the merged cluster keeps."""
    run_key = session.state.run_key
    session.say("These clusters have different names. Which one stays?", "warning")
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
    left = tuple(cluster for cluster in session.state.marked if cluster not in clusters)
    session.change(marked=left)


def confirm_marked(session: Session) -> None:
    """Confirms the marked clusters; asks first if some look mixed.

    Args:
        session: The event; with `mixed` as the user chose: "confirm" or "leave" them.
    """
    marked = _marked(session)
    mixed = reads.mixed_among(session.dataset, marked, run_key=session.state.run_key)
    is_asked = session.params.get("mixed") is not None
    if mixed and not is_asked:
        _ask_about_mixed(session, marked, mixed)
        return
    is_left = is_asked and choice(session.params, "mixed", ("confirm", "leave")) == "leave"
    left = mixed if is_left else []
    clusters = [cluster for cluster in marked if cluster not in left]
    correct(session, correcting.confirm_clusters, clusters=clusters)
    session.change(marked=tuple(left))


def _ask_about_mixed(session: Session, marked: list[str], mixed: list[str]) -> None:
    """Asks what to do with those of the marked clusters that look mixed."""
    which = f"{len(mixed):,} of the {len(marked):,} marked clusters"
    who = which if len(marked) > 1 else "The marked cluster"
    verb, them = ("looks", "it") if len(mixed) == 1 else ("look", "them")
    words = f"{who} {verb} mixed: better open {them} first. What do you want to confirm?"
    session.say(words, "warning")
    params = {"based_on": based_on(session.params)}
    if len(mixed) < len(marked):
        session.question.append(("Only the others", "confirm_marked", params | {"mixed": "leave"}))
    session.question += [
        ("All of them anyway", "confirm_marked", params | {"mixed": "confirm"}),
        ("Cancel", "refresh", {}),
    ]


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
    """Takes back from the noise what came from a cluster, or everything if nothing did.

    Args:
        session: The event.
    """
    correct(session, correcting.mark_noise, clusters=["noise"], restore=True)


def answer_pair(session: Session) -> None:
    """Answers whether two clusters are the same; asks which name stays if both have one.

    Args:
        session: The event, with `first`, `second` and `answer`.
    """
    first, second = needed(session.params, "first"), needed(session.params, "second")
    answer = choice(session.params, "answer", ANSWERS)
    try:
        correct(session, correcting.answer_pair, first=first, second=second, answer=answer)
    except ParameterError as error:
        if error.parameter != "into":
            raise
        _ask_into(session, [first, second])
