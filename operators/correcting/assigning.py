"""Places images that came after a run, without touching the others."""

import dataclasses
from typing import Any

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..base.correction_params import AssignNewImagesParams
from ..base.database import clear_connection_errors
from ..base.operator_params import ComputeEmbeddingsParams
from ..base.params import ParameterError, parse
from ..base.progress import Progress, silent
from ..base.wording import count_text
from ..corrections.documents.ids import Ids, ids_of, rows_of, texts_of
from ..corrections.documents.members import Loaded, with_rows
from ..corrections.documents.review import Review
from ..corrections.partition.actions import Place
from ..corrections.partition.state import OUTSIDE, Int64
from ..corrections.writes.by_hand import foretold, with_labels_by_hand
from ..corrections.writes.commit import Planned, preview, take_notice
from ..corrections.writes.correct import Request, StaleReviewError, check_token, correct
from ..corrections.writes.opening import open_review
from ..data import fields
from ..data.items import Items
from ..data.read_only import check_not_read_only, is_read_only
from ..data.targets import Target, resolve_target
from ..embedding.embeddings import fill_embeddings
from ..embedding.sources import vectors_of_run
from ..embedding.vectors import EmbeddingTable
from ..training.models import model_of_run
from .planning import planned


def assign_new_images(
    samples: SampleCollection,
    run_key: str | None = None,
    based_on: int | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    token: str | None = None,
) -> dict[str, Any]:
    """Places images that have no cluster yet, into clusters that there are or into new ones.

    What has a cluster is not touched. Images without an embedding get one first, if the run's
    embeddings were computed by this plugin.

    Args:
        samples: The dataset, or a view: only its images are placed.
        run_key: The clustering run; may be left out if there is only one.
        based_on: Number of the last correction that was seen; guards against a second window.
        dry_run: Whether only to tell what would be done; missing embeddings are computed for it.
        progress: Called with the share done in [0, 1] and what is going on; may raise to cancel.
        token: That of the run when it was looked at; guards against another clustering.

    Returns:
        The report (see `merge_clusters`), and `assigned` (images that joined a cluster),
        `founded` (images in new clusters) and `without_embedding`; all 0, and no `entry`, where
        every image has a cluster already.

    Raises:
        ParameterError: It cannot be done; the message is one sentence.
        ConnectionError: The database was lost.
    """
    values = {"run_key": run_key, "based_on": based_on, "dry_run": dry_run, "token": token}
    params = parse(AssignNewImagesParams, values)
    report = progress or silent
    with clear_connection_errors("placing new images", "place them again"):
        review = open_review(samples, params.run_key)
        check_token(review, params.token)
        given, notice = set[str](), ""
        if params.dry_run:
            given, notice = foretold(review)
        else:
            review = with_labels_by_hand(review)
        seen = review.number if params.based_on is None else params.based_on
        target = resolve_target(samples, review.record.patches_field)
        new, known = _new_items(review, target, given)
        if not len(new):
            return _nothing_new(review, params.dry_run) | ({"notice": notice} if notice else {})
        table = _embeddings(review, target, new, report)
        labels, confidence = _placed(review, table, known, report)

    is_known = np.isin(labels, known.state.clusters)

    def plan(now: Review) -> Planned:
        if now.number != review.number:
            _check_still_new(now, table.items)
        return _plan(now, table.items, labels, is_known, confidence)

    # The numbers that were found are those of this clustering, which may be replaced by now.
    params = dataclasses.replace(params, based_on=seen, token=review.token)
    request = Request("place", {"items": sorted(table.items.ids)}, params)
    done = correct(samples, request, plan)
    return done | {
        "notice": done["notice"] or notice,
        "assigned": int(is_known.sum()),
        "founded": int((~is_known).sum()),
        "without_embedding": len(new) - len(table.items),
    }


def _new_items(review: Review, target: Target, given: set[str]) -> tuple[Items, Loaded]:
    """Finds what has no cluster, nor is `given` one before it is placed; and all that has."""
    items = target.items()
    known = _everything(review)
    is_new = rows_of(known.items, ids_of(items.ids)) < 0
    rows = [row for row in np.flatnonzero(is_new).tolist() if items.ids[row] not in given]
    return items.keep(rows), known


def _nothing_new(review: Review, dry_run: bool) -> dict[str, Any]:
    noun, key = review.target.noun, review.record.key
    text = f"Nothing to place: all {noun} here have a cluster in the run '{key}'"
    nothing = Place(np.empty(0, np.int64), np.empty(0, np.int64))
    report = preview(review, planned(review.load([]), [nothing], text))
    notice = "" if dry_run else take_notice(review.tables)
    return report | {"notice": notice, "assigned": 0, "founded": 0, "without_embedding": 0}


def _everything(review: Review) -> Loaded:
    return review.load(review.tables.clusters.distinct("cluster", review.tables.query()))


def _check_still_new(review: Review, items: Items) -> None:
    """Refuses images that another window placed meanwhile: an image is in one cluster only."""
    number = int((rows_of(_everything(review).items, ids_of(items.ids)) >= 0).sum())
    if number:
        raise StaleReviewError(
            "based_on",
            f"{count_text(number, review.target.noun)} got a cluster while the new images were "
            "compared; place the others again",
        )


def _embeddings(review: Review, target: Target, new: Items, progress: Progress) -> EmbeddingTable:
    source = review.record.config.get("embeddings", {})
    name = source.get("embeddings_field")
    backbone = fields.backbone_of(target, name) if name else None
    if name and backbone:
        _check_writable(target, name, new)
        wanted = ComputeEmbeddingsParams(
            patches_field=review.record.patches_field,
            embeddings_field=name,
            backbone=backbone,
            only_missing=True,
        )
        fill_embeddings(target, new, wanted, lambda share, text: progress(0.5 * share, text))
    progress(0.5, "Reading embeddings")
    return vectors_of_run(review.record, target, new)


def _check_writable(target: Target, name: str, new: Items) -> None:
    """Says what to do before computing would refuse: another field would not help the run."""
    if is_read_only(target, name) and not set(new.ids) <= fields.ids_with(target, name):
        why = f"embeddings that {target.noun} lack cannot be computed"
        check_not_read_only(target, [name], why)


def _placed(
    review: Review, table: EmbeddingTable, known: Loaded, progress: Progress
) -> tuple[Int64, np.ndarray]:
    from ...gcn import assign

    rows = np.flatnonzero(known.state.clusters >= 0)
    if not len(rows):
        raise ParameterError(
            "run_key",
            f"No cluster is left in the run '{review.record.key}' to compare with; take some "
            f"{review.target.noun} back from the noise, or cluster them all again",
        )
    items = Items(tuple(texts_of(known.items[rows])), tuple(texts_of(known.samples[rows])))
    old = vectors_of_run(review.record, review.target, items)
    found = rows_of(known.items, ids_of(old.items.ids))
    result = assign(
        old.embeddings,
        known.state.clusters[found],
        table.embeddings,
        model=model_of_run(review.record.config),
        progress=lambda share, text: progress(0.6 + 0.4 * share, text),
        log_odds_shift=review.record.config.get("log_odds_shift", 0.0),
        confirmed=known.state.confirmed[found],
    )
    return result.labels, result.confidence


def _plan(
    review: Review, items: Items, labels: Int64, is_known: np.ndarray, confidence: np.ndarray
) -> Planned:
    present = review.load(np.unique(labels[is_known]).tolist())
    if not np.isin(labels[is_known], present.state.clusters).all():
        raise StaleReviewError(
            "based_on",
            "Clusters were merged or emptied while the new images were compared; place them again",
        )
    fresh = np.unique(labels[~is_known])
    numbers = review.head["next_id"] + np.searchsorted(fresh, labels)
    targets = np.where(is_known, labels, numbers)
    start = len(present.items)
    loaded = _with_items(present, ids_of(items.ids), ids_of(items.sample_ids), targets, confidence)
    rows = start + np.arange(len(items))
    number = count_text(len(items), review.target.noun)
    made = count_text(len(fresh), "clusters")
    text = f"Placed {number}: {int(is_known.sum()):,} in clusters that were there before"
    if len(fresh):
        text += f", {int((~is_known).sum()):,} in {made} of their own"
    return planned(loaded, [Place(rows, targets)], text)


def _with_items(
    loaded: Loaded, items: Ids, samples: Ids, targets: Int64, confidence: np.ndarray
) -> Loaded:
    number = len(items)
    columns: dict[str, Any] = {
        "clusters": np.full(number, OUTSIDE, np.int64),
        "confirmed": np.zeros(number, bool),
        "confidence": confidence.astype(np.float32),
        "parts": np.full(number, -10 - loaded.state.next_id, np.int64),  # a part of their own
        "origins": targets,
    }
    return with_rows(loaded, items, samples, columns)
