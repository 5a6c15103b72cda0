"""Cluster fields: what they look like on images and on patches, and how they are written.

An image gets an `fo.Classification` with the attributes `cluster_id` and `confirmed`. The App
neither shows nor filters labels inside of labels, so a patch gets plain attributes instead: the
label under the name of the field, and `<field>_confidence`, `<field>_id`, `<field>_confirmed`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import fiftyone as fo

from ..base.plugin import METHOD
from .fields import BATCH, delete_field, run_key_of
from .items import Items
from .reports import label_width
from .stored_values import read_stored, stored_labels, write_stored
from .targets import Target

NOISE = "noise"
"""The label of items that belong to no cluster."""

DECIMALS = 6
"""Of confidences and strengths that are stored: what is written can be restored exactly."""

# What each part of a `Cluster` is called on a patch, behind the name of the field.
_SUFFIXES = {
    "label": "",
    "confidence": "_confidence",
    "cluster_id": "_id",
    "confirmed": "_confirmed",
}


class Cluster(NamedTuple):
    """The cluster of one item."""

    label: str
    """Name shown to the user: that of the cluster, or one that a person gave."""
    confidence: float
    """That the item belongs there, between 0 and 1."""
    cluster_id: str
    """Name of the cluster that never changes."""
    confirmed: bool
    """Whether a person has confirmed it."""


def part_names(target: Target, name: str) -> tuple[str, ...]:
    """Names the fields that hold a clustering.

    Args:
        target: What is worked on.
        name: Name of the cluster field.

    Returns:
        `name` for images; for patches one name per part of a `Cluster`, `name` being the first.
    """
    if target.root is None:
        return (name,)
    return tuple(value_name(target, name, part) for part in Cluster._fields)


def value_name(target: Target, name: str, part: str) -> str:
    """Finds where one part of a clustering is, seen from the item.

    Args:
        target: What is worked on.
        name: Name of the cluster field.
        part: Name of the part of a `Cluster`.

    Returns:
        "cluster.confidence" for images, "cluster_confidence" for patches.
    """
    return f"{name}.{part}" if target.root is None else f"{name}{_SUFFIXES[part]}"


def label_path(target: Target, name: str) -> str:
    """Finds where the label itself is.

    Args:
        target: What is worked on.
        name: Name of the cluster field.

    Returns:
        "cluster.label" for images, "ground_truth.detections.cluster" for patches.
    """
    return target.path(value_name(target, name, "label"))


def new_cluster(
    number: int, confidence: float, width: int, name: str | None = None, confirmed: bool = False
) -> Cluster:
    """Makes the cluster of one item as a run finds it.

    Args:
        number: The cluster's number; -1 for noise.
        confidence: Between 0 and 1.
        width: Digits of the number.
        name: A name that a person gave; None for none.
        confirmed: Whether a person has confirmed it.

    Returns:
        A cluster with the id "c00017", or "noise", and that as its label if it has no name.
    """
    key = NOISE if number < 0 else f"c{number:0{width}d}"
    return Cluster(name or key, confidence, key, confirmed)


def cluster_batches(results: Mapping[str, Any]) -> Iterator[tuple[float, Items, list[Cluster]]]:
    """Turns a stored assignment into clusters to write.

    Args:
        results: The columns `ids`, `sample_ids` (None for images), `labels` and `confidence`; and
            if a person had corrected clusters, `confirmed` and `names` (pairs of number and name).

    Yields:
        The share that is done, some items and the cluster of each.
    """
    ids, numbers, confidence = results["ids"], results["labels"], results["confidence"]
    confirmed = results.get("confirmed") or [False] * len(ids)
    names = dict(results.get("names") or ())
    width = results.get("width") or label_width(numbers)
    done = 0
    for chunk in Items(tuple(ids), tuple(results["sample_ids"] or ids)).chunks(BATCH):
        rows = range(done, done + len(chunk))
        yield (
            done / len(ids),
            chunk,
            [
                new_cluster(n := numbers[i], confidence[i], width, names.get(n), confirmed[i])
                for i in rows
            ],
        )
        done += len(chunk)


def write_clusters(target: Target, items: Items, name: str, clusters: list[Cluster]) -> None:
    """Writes the clusters of some items; items that are gone are passed over.

    Args:
        target: What is worked on.
        items: The items, some 10,000 at most.
        name: Name of the cluster field.
        clusters: The cluster of each item.
    """
    if target.root is None:
        labels = stored_labels([cluster._asdict() for cluster in clusters])
        write_stored(target, items, [{name: label} for label in labels])
        return
    parts = part_names(target, name)
    write_stored(target, items, [dict(zip(parts, one, strict=True)) for one in clusters])


def add_cluster_field(target: Target, name: str, run_key: str) -> None:
    """Declares the cluster field, where it does not exist yet.

    Args:
        target: What is worked on.
        name: Name of the field.
        run_key: The run that it belongs to.
    """
    add, path = target.dataset.add_sample_field, target.path(name)
    about = owner_of(run_key)
    if target.root is None:
        add(path, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification, **about)
        add(f"{path}.cluster_id", fo.StringField)
        add(f"{path}.confirmed", fo.BooleanField)
        return
    types = (fo.StringField, fo.FloatField, fo.StringField, fo.BooleanField)
    for part, kind in zip(part_names(target, name), types, strict=True):
        add(target.path(part), kind, **about)


def owner_of(run_key: str) -> dict[str, Any]:
    """Says in a field which run it belongs to.

    Args:
        run_key: The run.

    Returns:
        The field's `description` and `info`.
    """
    return {
        "description": f"Clusters of the run '{run_key}' of @autolabel/gcn",
        "info": {"method": METHOD, "run_key": run_key},
    }


def clear_clusters(target: Target, name: str) -> None:
    """Empties a cluster field.

    Args:
        target: What is worked on.
        name: Name of the field.
    """
    for part in part_names(target, name):
        if target.dataset.get_field(target.path(part)) is not None:
            target.dataset.clear_sample_field(target.path(part))


def delete_clusters(target: Target, name: str) -> bool:
    """Deletes a cluster field with all its parts, if they are this plugin's.

    Args:
        target: What is worked on.
        name: Name of the field.

    Returns:
        Whether there was anything to delete.
    """
    own = [part for part in part_names(target, name) if run_key_of(target, part) is not None]
    return any([delete_field(target, part) for part in own])


def count_clustered(target: Target, name: str) -> int:
    """Counts the items that have a cluster, in the whole dataset.

    Args:
        target: What is worked on.
        name: Name of the cluster field.

    Returns:
        Their number.
    """
    return int(target.everything.count(label_path(target, name)))


def cluster_view(target: Target, name: str) -> fo.DatasetView:
    """Builds the view with one tile per cluster, its surest image on top.

    Args:
        target: What was clustered.
        name: Name of the cluster field.

    Returns:
        The view in the order of the labels, the largest cluster of a run being "c00000"; without
        the items that have no cluster.
    """
    label, confidence = (
        target.path_in_patches(value_name(target, name, part)) for part in ("label", "confidence")
    )
    if target.patches_field is None:
        view = target.everything.exists(name)
    else:
        view = target.everything.to_patches(target.patches_field).exists(label)
    # Sorted afterwards: groups come in the order of insertion, whatever the order before.
    return view.group_by(label, order_by=confidence, reverse=True).sort_by(
        label, create_index=False
    )


def read_contents(target: Target, name: str) -> Iterator[list[list[Any]]]:
    """Reads all there is in a cluster field, to be able to put it back.

    Args:
        target: What is worked on; the whole dataset is read.
        name: Name of the field.

    Yields:
        Batches of rows: item id, sample id, and a value that the database can store for each part.
    """
    everything = Target(target.everything, target.dataset, target.patches_field, target.root)
    for items in everything.items().chunks(BATCH):
        columns = [read_stored(target, items, part) for part in part_names(target, name)]
        yield [
            [item, sample, *(column.get(item) for column in columns)]
            for item, sample in zip(items.ids, items.sample_ids, strict=True)
            if any(column.get(item) is not None for column in columns)
        ]


def is_in_cluster(row: list[Any]) -> bool:
    """Tells whether an item was in a cluster, noise being none.

    Args:
        row: A row that `read_contents` gave.

    Returns:
        Whether it was.
    """
    value = row[2]
    label = value.get("label") if isinstance(value, Mapping) else value
    return label not in (None, NOISE)


def write_contents(target: Target, name: str, rows: list[list[Any]]) -> None:
    """Puts back rows that `read_contents` gave.

    Args:
        target: What is worked on.
        name: Name of the field.
        rows: One batch.
    """
    items = Items(tuple(row[0] for row in rows), tuple(row[1] for row in rows))
    parts = part_names(target, name)
    write_stored(target, items, [dict(zip(parts, row[2:], strict=True)) for row in rows])
