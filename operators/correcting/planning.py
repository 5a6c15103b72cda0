"""What all corrections share: some actions, worked out as one change with one sentence."""

from collections.abc import Sequence

import numpy as np

from ..base.params import ParameterError
from ..base.wording import count_text
from ..corrections.documents.members import Loaded
from ..corrections.documents.review import Review
from ..corrections.log.entries import Heading
from ..corrections.partition.actions import Action, Merge, carry_out
from ..corrections.partition.delta import compose
from ..corrections.partition.state import ReviewState
from ..corrections.partition.texts import counted, quoted
from ..corrections.writes.choose import choose_into
from ..corrections.writes.commit import Planned


def planned(loaded: Loaded, actions: Sequence[Action], text: str) -> Planned:
    """Works out actions that follow each other, as one correction.

    Args:
        loaded: All clusters that they are about.
        actions: The actions.
        text: What the log says.

    Returns:
        The correction; its kind is that of the first action.
    """
    state, deltas = loaded.state, []
    for action in actions:
        state, delta = carry_out(state, action)
        deltas.append(delta)
    delta = deltas[0] if len(deltas) == 1 else compose(deltas)
    return Planned(loaded, delta, Heading(actions[0].kind, text))


def plan_merge(review: Review, clusters: list[int], into: int | None) -> Planned:
    """Works out a merge.

    Args:
        review: The review.
        clusters: The clusters.
        into: The one that stays; None to choose it.

    Returns:
        The correction.

    Raises:
        ParameterError: It cannot be done.
    """
    if not clusters:
        raise ParameterError("clusters", "Name at least two clusters to merge")
    if into is not None and into not in clusters:
        clusters = [*clusters, into]
    loaded = review.load(clusters)
    state = loaded.state
    stays = choose_into(state, clusters) if into is None else into
    others = [cluster for cluster in clusters if cluster != stays]
    moved = sum(len(state.members(cluster)) for cluster in others)
    text = (
        f"Merged {quoted(state, others)} into {quoted(state, [stays])} "
        f"({count_text(moved, review.target.noun)} moved)"
        if others
        else ""
    )
    return planned(loaded, [Merge(tuple(clusters), stays)], text)


def size_text(review: Review, state: ReviewState, clusters: Sequence[int]) -> str:
    """Counts the images of clusters.

    Args:
        review: The review.
        state: Their state.
        clusters: The clusters.

    Returns:
        "(12 images)".
    """
    return counted(int(np.isin(state.clusters, list(clusters)).sum()), review.target.noun)
