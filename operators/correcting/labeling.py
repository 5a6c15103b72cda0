"""Writes confirmed names into a label field."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..base.correction_params import ApplyLabelsParams
from ..base.params import ParameterError, parse
from ..base.wording import count_text
from ..corrections.documents.cards import UNNAMED
from ..corrections.documents.ids import texts_of
from ..corrections.documents.review import Review
from ..corrections.log.entries import Heading
from ..corrections.log.label_check import add_label_field, unfit
from ..corrections.log.labels import KIND, LabelChange, text_of_label
from ..corrections.partition.delta import compose
from ..corrections.partition.texts import shortened
from ..corrections.writes.commit import Planned
from ..corrections.writes.correct import Request, check_seen, correct
from ..corrections.writes.opening import open_review
from ..corrections.writes.outside import waiting_labels
from ..data import fields
from ..data.clusters import part_names
from ..data.items import Items
from ..data.read_only import check_objects_writable
from ..data.reserved_names import check_not_reserved
from ..data.stored_values import read_stored
from ..data.targets import Target

EXAMPLES = 5


@dataclasses.dataclass
class _Counts:
    """What would happen to the labels."""

    unchanged: int = 0
    conflicts: int = 0
    written: int = 0
    unnamed: int = 0
    examples: list[dict[str, str]] = dataclasses.field(default_factory=list)


def apply_labels(
    samples: SampleCollection,
    label_field: str,
    clusters: Sequence[str] | None = None,
    on_conflict: str = "error",
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    token: str | None = None,
) -> dict[str, Any]:
    """Writes the names of confirmed images' clusters into a label field; can be undone.

    Args:
        samples: The dataset, or any view of it.
        label_field: A Classification field, created if needed; for patches an attribute of the
            objects, "label" being their own label.
        clusters: Ids or names, at least one; if left out, all clusters with a name. Only their
            confirmed images get a label.
        on_conflict: What to do where an image has another label: "error" writes nothing at all,
            "skip" leaves it, "overwrite" replaces it.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to count what would be written.
        token: That of the run when its clusters were seen; guards against another clustering.

    Returns:
        The report (see `merge_clusters`), and `label_field`, `written`, `unchanged`, `unnamed`
        (confirmed images that get no label, since their cluster has no name; 0 where `clusters` are
        given), `conflicts` and `examples` of those: `item`, `old`, `new`.

    Raises:
        ParameterError: It cannot be done; the message is one sentence.
        StaleReviewError: Somebody else corrected one of the clusters since `based_on`.
        ConnectionError: The database was lost.
    """
    values = {"label_field": label_field, "clusters": clusters, "on_conflict": on_conflict}
    others = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(ApplyLabelsParams, values | others)
    counts = _Counts()

    def plan(review: Review) -> Planned:
        check_label_field(review, params.label_field)
        chosen = _chosen(review, params)
        if not params.dry_run:
            check_seen(review, params.based_on, chosen)  # labels alone touch no cluster
        change = _change(review, params, chosen, counts)
        counts.unnamed = _count_unnamed(review, params)
        if counts.conflicts and params.on_conflict == "error" and not params.dry_run:
            raise ParameterError("on_conflict", _conflict_text(review.target, params, counts))
        if change.items and not params.dry_run:
            add_label_field(review.target, params.label_field)
        number = count_text(len(change.items), "labels")
        text = f"Wrote {number} to '{review.target.path(params.label_field)}'"
        empty = compose([])
        labels = change if change.items else None
        return Planned(review.load([]), empty, Heading(KIND, text), labels)

    request = Request(KIND, values, params, reads=lambda review: _read(review, params))
    report = correct(samples, request, plan)
    return report | {"label_field": params.label_field, **dataclasses.asdict(counts)}


def count_labels_of_new_field(
    samples: SampleCollection, params: ApplyLabelsParams
) -> dict[str, Any] | None:
    """Counts the labels that a field which is not there yet would get, without reading images.

    Args:
        samples: The dataset, or any view of it.
        params: The parameters of `apply_labels`.

    Returns:
        Numbers of labels `written`, as the review knows it: what was deleted since it last looked
        counts too; and of `unnamed` ones, as `apply_labels` gives it; and `notice`: which labels by
        hand are taken over first. None if the field is there.

    Raises:
        ParameterError: No labels can be written.
    """
    review = open_review(samples, params.run_key)
    check_label_field(review, params.label_field)
    if review.dataset.get_field(review.target.path(params.label_field)) is not None:
        return None
    query = review.tables.query(cluster={"$in": _chosen(review, params)})
    cards = review.tables.clusters.find(query, {"confirmed": 1})
    written = sum(card["confirmed"] for card in cards)
    unnamed = _count_unnamed(review, params)
    return {"written": written, "unnamed": unnamed, "notice": waiting_labels(review)}


def _read(review: Review, params: ApplyLabelsParams) -> list[int] | None:
    """The clusters whose labels are read; None where any cluster may turn out to be one."""
    try:
        return review.resolve_all(params.clusters or ()) or None
    except ParameterError:
        return None  # the name may be one that somebody gave in the field


def _count_unnamed(review: Review, params: ApplyLabelsParams) -> int:
    if params.clusters is not None:
        return 0
    cards = review.tables.clusters.find(review.tables.query(**UNNAMED), {"confirmed": 1})
    return sum(card["confirmed"] for card in cards)


def _conflict_text(target: Target, params: ApplyLabelsParams, counts: _Counts) -> str:
    example = counts.examples[0]
    number = count_text(counts.conflicts, target.noun)
    verb = "has" if counts.conflicts == 1 else "have"
    return (
        f"{number} {verb} another label in '{target.path(params.label_field)}', for example "
        f"'{shortened(example['old'])}' instead of '{shortened(example['new'])}'; choose to leave "
        "('skip') or to replace them ('overwrite'), nothing was written"
    )


def check_label_field(review: Review, name: str) -> None:
    """Refuses a field that no labels may go to.

    Args:
        review: The review.
        name: Name of the field, without the path to the patches.

    Raises:
        ParameterError: It has no name, holds the clusters, is of a wrong type, or read-only.
    """
    if not name:
        raise ParameterError("label_field", "Name the field that the labels go to")
    if name in part_names(review.target, review.field):
        raise ParameterError(
            "label_field", f"'{name}' holds the clusters; choose another field for the labels"
        )
    owner = fields.run_key_of(review.target, name)
    if owner is not None:
        raise ParameterError(
            "label_field",
            f"'{name}' holds the clusters of the run '{owner}'; choose another field for labels",
        )
    if _is_own(review.target, name):
        raise ParameterError(
            "label_field", f"'{name}' is part of every object; choose 'label' or another field"
        )
    check_not_reserved(review.target, "label_field", [name])
    check_objects_writable(review.target, "label_field")
    found = unfit(review.target, name)
    if found is not None:
        raise ParameterError("label_field", f"{found.problem}; choose another field")


def _is_own(target: Target, name: str) -> bool:
    """Tells whether a field is one that all objects have, such as their box, but no label."""
    if target.root is None or name == "label":
        return False
    return name in target.dataset.get_field(target.root).field.document_type._fields


def _chosen(review: Review, params: ApplyLabelsParams) -> list[int]:
    query = review.tables.query(name={"$ne": None}, confirmed={"$gt": 0})
    ready = [card["cluster"] for card in review.tables.clusters.find(query, {"cluster": 1})]
    if params.clusters is None:
        if not ready:
            raise ParameterError(
                "clusters", "No cluster is named and confirmed yet; name and confirm some first"
            )
        return ready
    if not params.clusters:
        raise ParameterError(
            "clusters",
            "No cluster is chosen; name at least one, or leave 'clusters' out for all that have a "
            "name",
        )
    chosen = review.resolve_all(params.clusters)
    unready = [review.key(cluster) for cluster in chosen if cluster not in set(ready)]
    if unready:
        raise ParameterError(
            "clusters", f"'{unready[0]}' has no name or no confirmed images; name and confirm it"
        )
    return chosen


def _change(
    review: Review, params: ApplyLabelsParams, chosen: Sequence[int], counts: _Counts
) -> LabelChange:
    loaded = review.load(chosen)
    rows = np.flatnonzero(loaded.state.confirmed)
    items = Items(tuple(texts_of(loaded.items[rows])), tuple(texts_of(loaded.samples[rows])))
    names = [loaded.state.label(cluster) for cluster in loaded.state.clusters[rows].tolist()]
    old = _old_values(review.target, items, params.label_field)
    change = LabelChange(params.label_field, [], [], [], [])
    for item, sample, name in zip(items.ids, items.sample_ids, names, strict=True):
        if item in old and _is_written(
            counts, item, text_of_label(old[item]), name, params.on_conflict
        ):
            change.items.append(item)
            change.samples.append(sample)
            change.old.append(old[item])
            change.new.append(name)
    counts.written = len(change.items)
    return change


def _is_written(counts: _Counts, item: str, old: str | None, new: str, on_conflict: str) -> bool:
    if old == new:
        counts.unchanged += 1
        return False
    if old is None:
        return True
    counts.conflicts += 1
    if len(counts.examples) < EXAMPLES:
        counts.examples.append({"item": item, "old": old, "new": new})
    return on_conflict == "overwrite"


def _old_values(target: Target, items: Items, name: str) -> dict[str, Any]:
    """Reads what the field holds; items that are gone are absent."""
    probe = name if target.dataset.get_field(target.path(name)) is not None else "id"
    old: dict[str, Any] = {}
    for chunk in items.chunks(fields.BATCH):
        old |= read_stored(target, chunk, probe)
    return dict.fromkeys(old) if probe == "id" else old
