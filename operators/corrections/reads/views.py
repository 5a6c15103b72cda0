"""Views of clusters for the grid of the App: one, or two beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import fiftyone as fo
from fiftyone import ViewField as F
from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ...data.clusters import value_name
from ..documents.review import Review
from ..writes.opening import open_review
from .clusters import CURE


def cluster_view(
    samples: SampleCollection, cluster: str, run_key: str | None = None
) -> fo.DatasetView:
    """Makes a view of one cluster, weakest first.

    Args:
        samples: The dataset, or any view of it.
        cluster: Its id or name.
        run_key: The run; None for the only one.

    Returns:
        A view of images, or of patches if patches were clustered.

    Raises:
        ParameterError: There is no such cluster.
    """
    with clear_connection_errors("showing a cluster", CURE):
        review = open_review(samples, run_key)
        keys = [review.key(review.resolve(cluster))]
    return _members(review, keys).sort_by(_path(review, "confidence"), create_index=False)


def pair_view(
    samples: SampleCollection, first: str, second: str, run_key: str | None = None
) -> fo.DatasetView:
    """Makes a view of two clusters, all of the first before all of the second, surest first.

    Args:
        samples: The dataset, or any view of it.
        first: Id or name of one cluster.
        second: Id or name of the other.
        run_key: The run; None for the only one.

    Returns:
        A view of images, or of patches if patches were clustered.

    Raises:
        ParameterError: There is no such cluster.
    """
    with clear_connection_errors("showing two clusters", CURE):
        review = open_review(samples, run_key)
        keys = [review.key(review.resolve(cluster)) for cluster in (first, second)]
    order = 1 if keys[0] < keys[1] else -1
    by = [(_path(review, "cluster_id"), order), (_path(review, "confidence"), -1)]
    return _members(review, keys).sort_by(by, create_index=False)


def _members(review: Review, keys: Sequence[str]) -> fo.DatasetView:
    """All images, or patches, of some clusters."""
    target, cluster_id = review.target, value_name(review.target, review.field, "cluster_id")
    if target.patches_field is None:
        # As a plain condition: with an expression, MongoDB would not look into its index.
        return target.everything.match({cluster_id: {"$in": list(keys)}})
    found = target.everything.filter_labels(target.patches_field, F(cluster_id).is_in(list(keys)))
    return found.to_patches(target.patches_field)


def _path(review: Review, value: str) -> str:
    return review.target.path_in_patches(value_name(review.target, review.field, value))
