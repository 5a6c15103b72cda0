"""Where a clustering goes wrong: the same scores class by class and cluster by cluster."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .labels import UNKNOWN
from .metrics import Scores, contingency, scores_of

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


class Groups(NamedTuple):
    """The R classes, or the R clusters, of an evaluation; "parts" are where it meets the others.

    A class's parts are the clusters that its images are in, a cluster's parts the classes of its
    images.

    Attributes:
        ids: Class or cluster, ascending, shape (R,), int64.
        size: Images, shape (R,), int64.
        precision: Mean BCubed precision of its images, in (0, 1], shape (R,), float64.
        recall: Mean BCubed recall of its images, in (0, 1], shape (R,), float64.
        num_parts: Parts, shape (R,), int64; an image without a cluster is a part of its own.
        main_part: The largest part, shape (R,), int64; -1 is an image without a cluster.
        main_share: Share of its images in the largest part, in (0, 1], shape (R,), float64.
    """

    ids: Int64
    size: Int64
    precision: Float64
    recall: Float64
    num_parts: Int64
    main_part: Int64
    main_share: Float64


class Breakdown(NamedTuple):
    """An evaluation in full.

    Attributes:
        scores: Of all images with a known class.
        classes: One row per class.
        clusters: One row per cluster, without the images that have none.
    """

    scores: Scores
    classes: Groups
    clusters: Groups


def break_down(labels_true: npt.ArrayLike, labels_pred: npt.ArrayLike) -> Breakdown:
    """Scores predicted clusters against true classes, as a whole and one by one.

    Args:
        labels_true: Class of each image, shape (N,), integers; -1 is unknown,
            and such images are left out of everything.
        labels_pred: Cluster of each image, shape (N,), integers; -1 is none,
            and each such image counts as a cluster of its own.

    Returns:
        The scores and both tables.

    Raises:
        TypeError: Labels are not integers.
        ValueError: Labels are not 1-D, not equally long, below -1, or no class is known.
    """
    table = contingency(labels_true, labels_pred)
    precision, recall = (
        table.cells**2 / sizes for sizes in (table.cluster_sizes, table.class_sizes)
    )
    shares = (table.cells, precision, recall)
    classes = _groups(table.class_ids, table.class_of, table.cluster_ids[table.cluster_of], *shares)
    clusters = _groups(
        table.cluster_ids, table.cluster_of, table.class_ids[table.class_of], *shares
    )
    return Breakdown(scores_of(table), classes, clusters)


def _groups(
    ids: Int64, group_of: Int64, part: Int64, cells: Int64, precision: Float64, recall: Float64
) -> Groups:
    size = np.bincount(group_of, cells).astype(np.int64)
    # The last cell of each group in this order is its largest.
    order = np.lexsort((cells, group_of))
    last = np.cumsum(np.bincount(group_of)) - 1
    known = ids != UNKNOWN  # an image without a cluster is none
    return Groups(
        ids=ids[known],
        size=size[known],
        precision=(np.bincount(group_of, precision) / size)[known],
        recall=(np.bincount(group_of, recall) / size)[known],
        num_parts=np.bincount(group_of)[known],
        main_part=part[order][last][known],
        main_share=(cells[order][last] / size)[known],
    )
