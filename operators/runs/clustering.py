"""Clusters images or patches: embeddings in, cluster field and run record out."""

import dataclasses
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import ClusterImagesParams
from ..base.params import ParameterError, parse
from ..base.progress import Progress, part
from ..base.reloading import reload_dataset
from ..base.terminal import told
from ..base.time_left import with_time_left
from ..base.wording import count_text
from ..data import clusters
from ..data.cluster_indexes import no_room_texts
from ..data.records import INCOMPLETE, incomplete_key, read_record
from ..data.reports import ClusteringReport
from ..data.targets import Target, resolve_target
from ..embedding.embeddings import check_not_empty
from ..embedding.sourcing import check_source, read_embeddings
from ..embedding.vectors import EmbeddingTable
from ..training.models import checkpoint_path
from .carry_over import carry_over_texts, embeddings_of, results_of, rows_to_cluster
from .earlier import Earlier, constraints, earlier_review, latest_review, nobody_correcting
from .journal import Journal, undo
from .known_labels import KnownLabels, label_field_of, read_known, with_known
from .run_config import counts_of, describe_run, warnings_of
from .slots import check_slot, default_run_key

if TYPE_CHECKING:
    from ...gcn import ClusterResult


def cluster_images(
    samples: SampleCollection,
    patches_field: str | None = None,
    embeddings_field: str | None = None,
    brain_key: str | None = None,
    backbone: str | None = None,
    batch_size: int | None = None,
    checkpoint: str | None = None,
    label_field: str | None = None,
    num_clusters: int | None = None,
    k: int | None = None,
    seed: int = 0,
    cluster_field: str = "cluster",
    run_key: str | None = None,
    save_view: bool = True,
    overwrite: bool = False,
    keep_corrections: bool = True,
    progress: Progress | None = None,
) -> ClusteringReport:
    """Sorts images, or image patches, into clusters.

    Writes a label such as "c00017" with a confidence to each image (None: not clustered), and a
    run record from which `load_run` brings the assignment back. If anything fails, the cluster
    field is as it was before; embeddings that were computed on the way stay. On patches, the
    label is an attribute of the object, with `_confidence`, `_id` and `_confirmed` beside it.

    Args:
        samples: A dataset or view; a patches view stands for its patches.
        patches_field: A Detections or Polylines field; its objects are clustered, and the cluster
            becomes their attribute `<patches_field>.detections.<cluster_field>`.
        embeddings_field: A field with vectors. Without it and `brain_key`, embeddings are computed
            into "gcn_embedding" where they are missing.
        brain_key: A similarity run of FiftyOne Brain to take the embeddings from.
        backbone: The network to compute missing embeddings with; "efficientnet-lite0" by default.
        batch_size: Images at a time in that network; at least 1.
        checkpoint: Name of a model that `train_model` made, or path of a checkpoint file; None or
            "shipped" for the one that ships with the plugin.
        label_field: A field with labels that some of the images have already: those of one label
            are confirmed as one cluster of that name, which others join, and so is how fine
            clusters are learned. Of a cluster field, what is confirmed counts. What was confirmed
            in a run that is replaced stays where it is.
        num_clusters: About how many there should be, where you know it; at least 1, at most the
            number of images. Of more, those that belong together most are joined; of fewer, some
            come in parts. What was confirmed stays together and apart.
        k: Neighbors per image; at least 1, below the number of images; None chooses up to 80.
        seed: At least 0; only recorded, since nothing in clustering is random.
        cluster_field: Where the clusters go; created if needed.
        run_key: Name of the run; by default that of the cluster field, for patches with the
            patches field before it ("ground_truth_cluster").
        save_view: Whether to save a view with one tile per cluster.
        overwrite: Whether to replace the run of that name and the contents of its field.
        keep_corrections: Whether what was confirmed in the run that is replaced stays together and
            apart, and names, noise and answers carry over; so does what is corrected while this
            goes on, up to the writing. Confirmed images that are not in `samples`, or have no
            embedding now, keep their cluster; unconfirmed ones have none afterwards, and the report
            counts them.
        progress: Called with the share done in [0, 1] and what is going on; may raise to cancel.

    Returns:
        What was found.

    Raises:
        ParameterError: A parameter does not fit; its message is one sentence.
        ValueError: The embeddings or the checkpoint cannot be used.
        ConnectionError: The database was lost.
    """
    params = parse(
        ClusterImagesParams,
        {
            "patches_field": patches_field,
            "embeddings_field": embeddings_field,
            "brain_key": brain_key,
            "backbone": backbone,
            "batch_size": batch_size,
            "checkpoint": checkpoint,
            "label_field": label_field,
            "num_clusters": num_clusters,
            "k": k,
            "seed": seed,
            "cluster_field": cluster_field,
            "run_key": run_key,
            "save_view": save_view,
            "overwrite": overwrite,
            "keep_corrections": keep_corrections,
        },
    )
    cure = "delete the run if it is listed as incomplete, and cluster again"
    with clear_connection_errors("clustering", cure), told(progress) as report:
        target, params = prepare_clustering(samples, params)
        return _cluster(target, params, report)


def prepare_clustering(
    samples: SampleCollection, params: ClusterImagesParams
) -> tuple[Target, ClusterImagesParams]:
    """Checks everything that can be known before work begins. Cheap: reads no samples.

    Args:
        samples: The dataset or view.
        params: The parameters.

    Returns:
        The target, and the parameters with a run key.

    Raises:
        ParameterError: The target is unfit, or a parameter does not fit to it.
    """
    target = resolve_target(samples, params.patches_field)
    params = dataclasses.replace(params, run_key=params.run_key or default_run_key(target, params))
    check_not_empty(target)
    enough = max((params.k or 1) + 1, params.num_clusters or 1)
    _check_count(target.count_up_to(enough), params, target.noun)
    checkpoint_path("checkpoint", params.checkpoint)
    label_field_of(target, params)
    check_source(target, params)
    check_slot(target, params)
    return target, params


def _check_count(count: int, params: ClusterImagesParams, noun: str) -> None:
    if count < 2:
        raise ParameterError(
            "view_target",
            f"Clustering needs at least 2 {noun} (got {count}); add more, or take a larger view",
        )
    k, number = params.k, params.num_clusters
    if k is not None and count <= k:
        raise ParameterError(
            "k", f"'k' must be smaller than the number of {noun} (got {k} for {count} {noun})"
        )
    if number is not None and count < number:
        raise ParameterError(
            "num_clusters",
            f"'num_clusters' must be at most the number of {noun} (got {number} for {count}"
            f" {noun})",
        )


def _cluster(target: Target, params: ClusterImagesParams, progress: Progress) -> ClusteringReport:
    from ... import gcn

    start = time.perf_counter()
    progress(0.0, "Loading the networks")
    _finish_earlier(target, params)
    model = gcn.load_model(checkpoint_path("checkpoint", params.checkpoint))
    items = target.items()
    known = read_known(target, params, items)  # embeddings may take an hour
    table, computed = read_embeddings(target, items, params, part(progress, 0.0, 0.6))
    first = earlier_review(target, params, table)
    earlier = with_known(first, known, table.items)
    taking = rows_to_cluster(table, earlier)
    _check_count(int(taking.sum()), params, f"{target.noun} with an embedding")
    links = constraints(earlier, taking)
    result = gcn.cluster(
        embeddings_of(table, taking),
        model=model,
        k=params.k,
        num_clusters=params.num_clusters,
        seed=params.seed,
        must_link=links.must_link if links else None,
        cannot_link=links.cannot_link if links else None,
        progress=gcn.tell_first_run(with_time_left(part(progress, 0.6, 0.85))),
    )
    record = describe_run(target, params, table, result, str(model.sha256), computed)
    found = _Found(table, taking, result, first, known)
    name = _write(target, params, found, record, with_time_left(part(progress, 0.85, 1.0)))
    return ClusteringReport(
        run_key=str(params.run_key),
        cluster_field=target.path(params.cluster_field),
        saved_view=name,
        counts=record["counts"],
        largest=record["largest"],
        failed=computed.failed if computed else {},
        embeddings=table.source,
        stages=record["stages"],
        warnings=record["warnings"],
        corrections=record["corrections"],
        seconds=time.perf_counter() - start,
    )


def _finish_earlier(target: Target, params: ClusterImagesParams) -> None:
    """Leads the earlier run to its place, if it was interrupted on the way and cannot be read."""
    key = incomplete_key(params.run_key)
    if key in target.dataset.list_runs():
        record = read_record(target.dataset, key)
        if record.is_taking_place:
            undo(target.dataset, record)


class _Found(NamedTuple):
    """A clustering before what was corrected since is known."""

    table: EmbeddingTable
    taking: np.ndarray
    result: "ClusterResult"
    earlier: Earlier | None
    known: KnownLabels | None


def _write(
    target: Target,
    params: ClusterImagesParams,
    found: _Found,
    record: dict[str, Any],
    progress: Progress,
) -> str | None:
    """Writes field and run; adds to the record what is known only now."""
    reload_dataset(target.dataset)
    check_slot(target, params)  # others may have clustered, or renamed a run, since it was free
    _remove_leftovers(target, params)
    with Journal(target, str(params.run_key), params.cluster_field) as journal:
        columns, kept = _settled(target, params, found, journal)
        record |= counts_of(columns, record) | {"corrections": kept}
        labels = np.asarray(columns["labels"])[: len(found.taking)][found.taking]
        record["warnings"] = warnings_of(labels, found.result) + carry_over_texts(kept)
        n_emptied = journal.begin(columns["ids"])
        record["counts"]["emptied"] = n_emptied
        if n_emptied:
            why = "not clustered this time" + (" and not confirmed" * params.keep_corrections)
            lost = count_text(n_emptied, target.noun)
            cleared = "what cluster they had is cleared; 'Assign new images' places them"
            record["warnings"].append(f"{lost} {why}: {cleared}")
        for share, items, batch in clusters.cluster_batches(columns):
            progress(share, f"Writing clusters to '{target.path(params.cluster_field)}'")
            journal.write(items, batch)
        n_gone = len(columns["ids"]) - clusters.count_clustered(target, params.cluster_field)
        if n_gone:
            gone = count_text(n_gone, target.noun)
            record["warnings"].append(f"{gone} deleted while the run was going on")
        record["warnings"] += no_room_texts(target, params.cluster_field)
        return journal.commit(record, columns, params.save_view)


def _settled(
    target: Target, params: ClusterImagesParams, found: _Found, journal: Journal
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Honors all corrections up to now, and lets no further ones into the run that is replaced."""
    with nobody_correcting(target, params) as lock:
        latest = latest_review(target, params, found.table, found.earlier, lock)
        latest = with_known(latest, found.known, found.table.items)
        settled = results_of(target, found.table, found.taking, found.result, latest)
        if lock is not None:
            lock.keep()
        journal.announce()
    return settled


def _remove_leftovers(target: Target, params: ClusterImagesParams) -> None:
    """Undoes an interrupted run in the place of this one; only `overwrite` comes so far."""
    for key in (incomplete_key(params.run_key), str(params.run_key)):
        if key in target.dataset.list_runs():
            record = read_record(target.dataset, key)
            if record.status == INCOMPLETE:
                undo(target.dataset, record)
