"""What a request means: which cluster stays, who has a name already, where images are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...base.params import ParameterError
from ...base.wording import count_text
from ..documents.ids import Ids, ids_of, rows_of
from ..documents.members import Loaded
from ..documents.review import Review
from ..partition.state import OUTSIDE, Int64, ReviewState
from ..partition.texts import quoted, shortened


class NameTakenError(ParameterError):
    """Another cluster has the name already.

    Attributes:
        clusters: Ids of the clusters that have it.
        name: As the first of them is written; case may differ from what was asked for.
    """

    def __init__(self, message: str, clusters: list[str], name: str) -> None:
        super().__init__("if_exists", message)
        self.clusters = clusters
        self.name = name


def choose_into(state: ReviewState, clusters: Sequence[int]) -> int:
    """Chooses the cluster that stays when some are merged.

    Args:
        state: Their state.
        clusters: The clusters.

    Returns:
        The named one; of those with equal names, or without any, the one with most confirmed
        images, then the largest.

    Raises:
        ParameterError: They have different names.
    """
    names = {state.names[cluster] for cluster in clusters if cluster in state.names}
    if len(names) > 1:
        listed = quoted(state, [c for c in clusters if c in state.names])
        raise ParameterError(
            "into",
            f"The clusters {listed} have different names; choose which one stays ('into')",
        )

    def rank(cluster: int) -> tuple[bool, int, int, int]:
        rows = state.members(cluster)
        return (cluster in state.names, int(state.confirmed[rows].sum()), len(rows), -cluster)

    return max(clusters, key=rank)


def check_name_free(review: Review, name: str, cluster: int) -> list[int]:
    """Looks for other clusters with a name.

    Args:
        review: The review.
        name: The name.
        cluster: The cluster that is to have it.

    Returns:
        The others that have it.
    """
    return [other for other in review.named(name) if other != cluster]


def name_taken(review: Review, name: str, others: Sequence[int]) -> NameTakenError:
    """Words that a name is taken, and the choices.

    Args:
        review: The review.
        name: The name.
        others: The clusters that have it.

    Returns:
        The error.
    """
    name = _as_written(review, name, others)
    return NameTakenError(
        f"{_who_has(review, name, others)}; choose to merge both clusters ('merge'), or to keep "
        "two of one name ('keep')",
        [review.key(other) for other in others],
        name,
    )


def no_new_name(review: Review, name: str, others: Sequence[int]) -> ParameterError:
    """Words that a new cluster cannot have a name, because images can be moved to who has it.

    Args:
        review: The review.
        name: The name.
        others: The clusters that have it.

    Returns:
        The error.
    """
    who = _who_has(review, _as_written(review, name, others), others)
    it = "it" if len(others) == 1 else "one of them"
    return ParameterError(
        "name", f"{who}; choose {it} as the cluster to move to ('cluster'), or another name"
    )


def _who_has(review: Review, name: str, others: Sequence[int]) -> str:
    is_one = len(others) == 1
    who = f"The cluster '{review.key(others[0])}' is" if is_one else f"{len(others)} clusters are"
    return f"{who} called '{shortened(name)}' already"


def _as_written(review: Review, name: str, others: Sequence[int]) -> str:
    card = review.tables.clusters.find_one(review.tables.query(cluster=others[0])) or {}
    return card.get("name") or name


def pick_rows(
    review: Review, items: Sequence[str], clusters: Sequence[int] = ()
) -> tuple[Loaded, Int64]:
    """Finds chosen images, and reads all clusters that they are in.

    Args:
        review: The review.
        items: Ids of the images or patches.
        clusters: Further clusters to read.

    Returns:
        The clusters, and the rows of the items in them.

    Raises:
        ParameterError: None is chosen, or some are in no cluster.
    """
    if not items:
        raise ParameterError("items", f"Select at least one of the {review.target.noun}")
    wanted = ids_of(items)
    homes = _homes(review, wanted)
    if (homes == OUTSIDE).any():
        raise ParameterError(
            "items", _not_in_run(review, int((homes == OUTSIDE).sum()), len(items))
        )
    loaded = review.load({*homes.tolist(), *clusters})
    return loaded, rows_of(loaded.items, wanted)


def _homes(review: Review, wanted: Ids) -> Int64:
    """Cluster of each item. Fields are quick to ask; where they fail, the review itself is."""
    if review.target.root is None:
        homes = review.clusters_of(wanted)
        loaded = review.load(np.unique(homes[homes != OUTSIDE]).tolist())
        rows = rows_of(loaded.items, wanted)
        if (rows >= 0).all():
            return loaded.state.clusters[rows]
    return review.search(wanted)


def _not_in_run(review: Review, number: int, total: int) -> str:
    noun = review.target.noun
    what = f"{number} of the {count_text(total, noun)}" if total > 1 else f"The {noun[:-1]}"
    if noun == "patches" and total == 1:
        what = "The patch"
    verb = "has" if number == 1 or total == 1 else "have"
    return (
        f"{what} {verb} no cluster in the run '{review.record.key}'; Assign new images "
        f"('assign_new_images') places {noun} that came later"
    )
