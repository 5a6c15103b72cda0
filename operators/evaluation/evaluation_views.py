"""Saved views of where a clustering goes wrong."""

import fiftyone as fo
from fiftyone import ViewField as F

from ..data import records
from ..data.clusters import value_name
from ..data.label_fields import LabelField
from ..data.records import RunRecord
from ..data.targets import Target
from .evaluation_table import EvaluationTable

SPLIT, MIXED = "most split classes", "most mixed clusters"
SHOWN = 10
"""Classes or clusters in a view."""


def save_views(
    target: Target, record: RunRecord, label: LabelField, table: EvaluationTable
) -> list[str]:
    """Saves the views of an evaluation in the place of those of the one before.

    Args:
        target: What the run clustered.
        record: The run.
        label: The field with the classes.
        table: The evaluation.

    Returns:
        Names of the views: with the images of the classes that lost most to being split, class by
        class, and with those of the clusters that lost most to being mixed, cluster by cluster, the
        worst first. A view is left out if nothing is split or mixed, or if somebody else's has its
        name.
    """
    cluster = value_name(target, record.cluster_field, "label")
    split = [row["class"] for row in table.classes if row["clusters"] > 1][:SHOWN]
    mixed = [row["cluster"] for row in table.clusters if row["classes"] > 1][:SHOWN]
    names: list[str] = []
    for content, path, values, other in (
        (SPLIT, label.value, split, cluster),
        (MIXED, cluster, mixed, label.value),
    ):
        name = records.view_name(record.key, content)
        if records.view_in_the_way(target.dataset, name, record.key) is not None:
            continue
        if values:
            view = _view(target, path, values, other)
            names.append(records.save_view(target.dataset, name, record.key, view))
        elif target.dataset.has_saved_view(name):
            target.dataset.delete_saved_view(name)
    return names


def _view(target: Target, path: str, values: list[str], other: str) -> fo.DatasetView:
    """Shows the items of each value in turn, side by side, those that differ in `other` apart."""
    samples = target.everything
    if target.patches_field is not None:
        samples = samples.to_patches(target.patches_field)
    value, other = F(target.path_in_patches(path)), target.path_in_patches(other)
    view = samples.match(value.is_in(values)).exists(other)
    rank = value.map_values({name: number for number, name in enumerate(values)})
    return view.sort_by([(rank, 1), (other, 1)], create_index=False)
