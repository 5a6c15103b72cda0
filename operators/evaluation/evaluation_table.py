"""Turns two columns, clusters and classes, into scores with one row per class and per cluster."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.params import ParameterError
from ..base.wording import count_text
from ..data.clusters import NOISE
from ..data.label_fields import LabelField
from ..data.records import RunRecord
from ..data.targets import Target
from ..training.classes import numbered

if TYPE_CHECKING:
    from ...gcn import Groups

Row = dict[str, Any]

_NONE = -1


class EvaluationTable(NamedTuple):
    """An evaluation in plain values; `EvaluationReport` says what is in each part."""

    scores: dict[str, float | int]
    counts: dict[str, int]
    classes: list[Row]
    clusters: list[Row]


def evaluation_table(
    record: RunRecord,
    target: Target,
    label: LabelField,
    found: Sequence[str | None],
    true: Sequence[Hashable | None],
) -> EvaluationTable:
    """Compares clusters with classes.

    Args:
        record: The run.
        target: What it clustered.
        label: The field with the classes.
        found: Name of the cluster of each item; None for none.
        true: Class of each item; None for unknown.

    Returns:
        The evaluation of the items that have both.

    Raises:
        ParameterError: No item has both.
    """
    from ...gcn import break_down

    has_cluster = np.array([name is not None for name in found], bool)
    classes, labels_true = numbered(true)
    clusters, labels_pred = numbered([None if name == NOISE else name for name in found])
    is_used = has_cluster & (labels_true != _NONE)
    if not is_used.any():
        with_cluster = count_text(int(has_cluster.sum()), target.noun)
        with_class = count_text(int((labels_true != _NONE).sum()), target.noun)
        raise ParameterError(
            "label_field",
            f"No {target.noun} have both a cluster and a class: {with_cluster} in the clusters of "
            f"'{record.path}', {with_class} with a class in '{label.name}'; choose another run or "
            "label field",
        )
    result = break_down(labels_true[is_used], labels_pred[is_used])
    counts = {
        "evaluated": int(is_used.sum()),
        "unlabeled": int((has_cluster & (labels_true == _NONE)).sum()),
        "not_clustered": int((~has_cluster & (labels_true != _NONE)).sum()),
        "noise": int((is_used & (labels_pred == _NONE)).sum()),
    }
    return EvaluationTable(
        scores=result.scores.as_dict(),
        counts=counts,
        classes=_rows(
            result.classes, result.classes.recall, classes, clusters,
            ("class", "clusters", "largest_cluster"),
        ),
        clusters=_rows(
            result.clusters, result.clusters.precision, clusters, classes,
            ("cluster", "classes", "main_class"),
        ),
    )  # fmt: skip


def _rows(
    groups: "Groups",
    kept: np.ndarray,
    names: Sequence[Any],
    part_names: Sequence[Any],
    keys: tuple[str, str, str],
) -> list[Row]:
    """Words groups as rows, those first in which most images are lost: size x (1 - `kept`)."""
    order = np.lexsort((-groups.size, np.round(-groups.size * (1 - kept), 9)))
    name, parts, main = keys
    return [
        {
            name: names[int(groups.ids[i])],
            "size": int(groups.size[i]),
            "precision": float(groups.precision[i]),
            "recall": float(groups.recall[i]),
            parts: int(groups.num_parts[i]),
            main: part_names[int(groups.main_part[i])] if groups.main_part[i] != _NONE else NOISE,
            "share": float(groups.main_share[i]),
        }
        for i in order.tolist()
    ]
