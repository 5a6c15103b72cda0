"""Clusters as the panel sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..documents.review import Review

_SHOWN = ("label", "name", "size", "confirmed", "confidence", "state", "small", "mixed", "parts")
FIELDS = {name: 1 for name in (*_SHOWN, "cluster", "exemplars", "verdicts")}


def cluster_row(review: Review, card: Mapping[str, Any]) -> dict[str, Any]:
    """Words a cluster for the panel.

    Args:
        review: The review.
        card: Its document.

    Returns:
        Plain values.
    """
    shown = {name: card[name] for name in _SHOWN}
    return {"cluster": review.key(card["cluster"]), **shown, "exemplars": card["exemplars"]}


def read_rows(review: Review, clusters: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Reads some clusters.

    Args:
        review: The review.
        clusters: Their numbers.

    Returns:
        Row by number; those that do not exist are absent.
    """
    query = review.tables.query(cluster={"$in": sorted(set(clusters))})
    cards = review.tables.clusters.find(query, FIELDS)
    return {card["cluster"]: cluster_row(review, card) for card in cards}


def page(offset: Any, limit: Any) -> tuple[int, int]:
    """Checks which part of a list is wanted.

    Args:
        offset: Rows to pass over.
        limit: Rows to give, 200 at most.

    Returns:
        Both, as whole numbers in range.
    """
    return max(int(offset), 0), min(max(int(limit), 1), 200)
