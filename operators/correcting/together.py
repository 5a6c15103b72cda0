"""Confirms several clusters as one, with what does not belong left out: a single decision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..base.params import ParameterError
from ..base.wording import count_text
from ..corrections.documents.ids import ids_of, rows_of
from ..corrections.documents.members import Loaded
from ..corrections.documents.review import Review
from ..corrections.partition.actions import Action, Merge
from ..corrections.partition.leave_out import LeaveOut
from ..corrections.partition.state import Int64, ReviewState
from ..corrections.partition.statements import Confirm
from ..corrections.partition.texts import quoted, shortened
from ..corrections.writes.choose import check_name_free, choose_into, name_taken
from ..corrections.writes.commit import Planned
from .planning import planned, size_text


def plan_together(
    review: Review,
    numbers: Sequence[int],
    name: str | None,
    if_exists: str,
    without: Sequence[str],
) -> Planned:
    """Works out the confirmation of some clusters as one thing.

    Args:
        review: The review.
        numbers: The clusters, each once.
        name: What they are called then; None leaves the name that one of them has.
        if_exists: What to do where another cluster has the name: "ask", "merge" or "keep".
        without: Ids of images in them that do not belong.

    Returns:
        The correction.

    Raises:
        NameTakenError: `if_exists` is "ask" and the name is taken.
        ParameterError: It cannot be done.
    """
    namesakes = [] if name is None else check_name_free(review, name, numbers[0])
    others = [cluster for cluster in namesakes if cluster not in numbers]
    if others and if_exists == "ask":
        raise name_taken(review, str(name), others)
    clusters = [*numbers, *others[:1]] if if_exists == "merge" else list(numbers)
    loaded = review.load(clusters)
    rows = _rows_without(loaded, without)
    kept = _kept(loaded.state, clusters, rows)
    into = others[0] if others and if_exists == "merge" else _stays(loaded.state, kept)
    actions: list[Action] = [LeaveOut(rows)] if len(rows) else []
    if len(kept) > 1:
        actions.append(Merge(tuple(kept), into))
    actions.append(Confirm((into,), True, name))
    found = planned(loaded, actions, _text(review, loaded.state, kept, into, name, len(rows)))
    return found._replace(heading=type(found.heading)(Confirm.kind, found.heading.text))


def _stays(state: ReviewState, clusters: Sequence[int]) -> int:
    """Chooses the cluster that the others go into."""
    named = [cluster for cluster in clusters if cluster in state.names]
    if len({state.names[cluster] for cluster in named}) > 1:
        raise ParameterError(
            "clusters",
            f"The clusters {quoted(state, named)} have different names; leave one of them out, or "
            "rename it first",
        )
    return choose_into(state, clusters)


def _rows_without(loaded: Loaded, without: Sequence[str]) -> Int64:
    rows = rows_of(loaded.items, ids_of(without, "without"))
    if (rows < 0).any():
        raise ParameterError(
            "without",
            f"{count_text(int((rows < 0).sum()), 'images')} of those to leave out are in none of "
            "these clusters; select images of the clusters that you confirm",
        )
    return rows


def _kept(state: ReviewState, clusters: Sequence[int], rows: Int64) -> list[int]:
    """Clusters of which something stays."""
    stays = np.setdiff1d(np.arange(len(state.clusters)), rows)
    present = set(state.clusters[stays].tolist())
    kept = [cluster for cluster in clusters if cluster in present]
    if not kept:
        raise ParameterError(
            "without", "Every image would be left out; select only those that do not belong"
        )
    return kept


def _text(
    review: Review,
    state: ReviewState,
    kept: list[int],
    into: int,
    name: str | None,
    left_out: int,
) -> str:
    others = [cluster for cluster in kept if cluster != into]
    text = f"Confirmed {quoted(state, [into])}"
    text += f" with {quoted(state, others)}" if others else ""
    text += f" {size_text(review, state, kept)}"
    text += f" without {left_out:,} of them" if left_out else ""
    is_news = name is not None and name != state.names.get(into)
    return text + (f" as '{shortened(str(name))}'" if is_news else "")
