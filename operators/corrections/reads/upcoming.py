"""What to look at next, and which clusters want a look before they are confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ..partition.state import cluster_number
from ..writes.opening import open_review
from .clusters import CURE, SORTS, check_order, listed

DECIDED = ("confirmed", "noise")


def next_cluster(
    samples: SampleCollection,
    run_key: str | None = None,
    sort: str = "useful",
    state: str | None = None,
    search: str = "",
    passed: Sequence[str] = (),
) -> str | None:
    """Finds the first cluster of a list that is still to be decided on.

    Args:
        samples: The dataset, or any view of it.
        run_key: The run; None for the only one.
        sort: Order of the list; see `list_clusters`.
        state: Which clusters it holds; of those that are decided on already, any is given.
        search: Part of a name; case matters not.
        passed: Ids of clusters that are passed over.

    Returns:
        Its id; None if no such cluster is left.

    Raises:
        ParameterError: A parameter does not fit.
    """
    check_order(sort, state)
    with clear_connection_errors("looking for the next cluster", CURE):
        review = open_review(samples, run_key)
        query = listed(review, state, search)
        if state not in DECIDED:
            query["state"] = query.get("state", {"$nin": list(DECIDED)})
        numbers = [cluster_number(cluster) for cluster in passed]
        query = {"$and": [query, {"cluster": {"$nin": numbers}}]}
        card = review.tables.clusters.find_one(query, {"cluster": 1}, sort=SORTS[sort])
        return None if card is None else review.key(card["cluster"])


def mixed_among(
    samples: SampleCollection, clusters: Sequence[str], run_key: str | None = None
) -> list[str]:
    """Finds the clusters that are likely to hold several classes.

    Args:
        samples: The dataset, or any view of it.
        clusters: Ids of the clusters to look among.
        run_key: The run; None for the only one.

    Returns:
        Their ids, in the order given.
    """
    with clear_connection_errors("reading clusters", CURE):
        review = open_review(samples, run_key)
        numbers = [cluster_number(cluster) for cluster in clusters]
        query = review.tables.query(cluster={"$in": numbers}, mixed=True)
        found = {card["cluster"] for card in review.tables.clusters.find(query, {"cluster": 1})}
    return [c for c, number in zip(clusters, numbers, strict=True) if number in found]
