"""What the panel shows of a review; everything in plain JSON types, a page at a time."""

from .cluster import item_ids, items_among, read_cluster
from .clusters import has_cluster, list_clusters, list_names, reviewable_runs
from .history import read_history
from .media import media
from .progress import quick_progress, review_progress
from .questions import suggest_pairs
from .small import items_view, list_small
from .unplaced import count_unplaced
from .upcoming import mixed_among, next_cluster
from .views import cluster_view, pair_view

__all__ = [
    "cluster_view",
    "count_unplaced",
    "has_cluster",
    "item_ids",
    "items_among",
    "items_view",
    "list_clusters",
    "list_names",
    "list_small",
    "media",
    "mixed_among",
    "next_cluster",
    "pair_view",
    "quick_progress",
    "read_cluster",
    "read_history",
    "review_progress",
    "reviewable_runs",
    "suggest_pairs",
]
