"""Brings clustering runs back."""

import uuid
from collections.abc import Callable
from typing import Any

import fiftyone as fo
from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import LoadRunParams
from ..base.params import ParameterError, parse
from ..base.progress import Progress
from ..base.terminal import told
from ..base.time_left import with_time_left
from ..corrections.documents.lock import writing
from ..corrections.documents.tables import Tables, forget_review, review_id
from ..corrections.writes.columns import corrected_columns
from ..corrections.writes.commit import take_notice
from ..corrections.writes.replacing import check_not_replaced
from ..data import clusters, records
from ..data.cluster_indexes import add_cluster_indexes
from ..data.hidden_images import check_not_hidden
from ..data.ownership import check_own_field
from ..data.read_only import check_not_read_only
from ..data.records import RunRecord
from ..data.targets import Target, dataset_of, target_of_record


def load_run(
    samples: SampleCollection,
    run_key: str,
    corrections: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Brings back the assignment of a run with all corrections, exactly as they left it.

    The contents of the run's cluster field are replaced; if the field was deleted, it is made
    again, and so is the saved view. Labels that somebody gave there by hand become a correction
    first.

    Args:
        samples: The dataset, or any view of it.
        run_key: Key of the run.
        corrections: False brings back what the run found, and deletes its corrections and what was
            labeled by hand.
        progress: Called with the share done in [0, 1] and what is going on.

    Returns:
        `run_key`, `cluster_field`, `restored` (number of labels), `saved_view`, and `notice` (which
        labels were taken over, and which of `apply_labels` could not be written; "" for none).

    Raises:
        ParameterError: There is no such run, it is incomplete, its field is taken or read-only, the
            record of its corrections is damaged, or somebody else is correcting it.
        ConnectionError: The database was lost.
    """
    params = parse(LoadRunParams, {"run_key": run_key, "corrections": corrections})
    cure = f"load '{run_key}' again"
    with clear_connection_errors("loading a run", cure), told(progress) as report:
        dataset, record = dataset_of(samples), prepare_load(samples, params)
        if not params.corrections:
            record = _forget_corrections(dataset, record)
        return _load(dataset, record, with_time_left(report))


def prepare_load(samples: SampleCollection, params: LoadRunParams) -> RunRecord:
    """Checks that a run can be loaded. Cheap: reads no samples.

    Args:
        samples: The dataset, or any view of it.
        params: The parameters.

    Returns:
        The run's record.

    Raises:
        ParameterError: It cannot be loaded.
    """
    dataset = dataset_of(samples)
    record = records.read_record(dataset, params.run_key)
    if record.status == records.INCOMPLETE:
        raise ParameterError(
            "run_key",
            f"The run '{record.key}' is being written or was interrupted; it can only be deleted",
        )
    target = target_of_record(dataset, record.patches_field)
    check_not_hidden(target, record, "load it in a flat copy")
    check_not_replaced(dataset, record.key)
    check_own_field(target, record)
    parts = clusters.part_names(target, record.cluster_field)
    check_not_read_only(target, parts, f"the run '{record.key}' cannot be loaded")
    return record


def _forget_corrections(dataset: fo.Dataset, record: RunRecord) -> RunRecord:
    """Gives the run a new review, which cannot be taken for the old one."""
    tables = Tables(review_id(dataset, record.config["token"]))
    tables.add_head()
    with writing(tables):  # what is being written now would land in the field after it was loaded
        check_not_replaced(dataset, record.key)
        # Nobody is to begin the new review with a field that still says what was corrected.
        records.update(dataset, record.key, token=uuid.uuid4().hex, status=records.RESTORING)
        forget_review(dataset, record.config["token"])
    return records.read_record(dataset, record.key)


def _load(dataset: fo.Dataset, record: RunRecord, progress: Progress) -> dict[str, Any]:
    target = target_of_record(dataset, record.patches_field)
    with corrected_columns(target, record) as (columns, alive):
        _write(target, record, columns, _watched(progress, alive))
    saved_view = _ensure_view(dataset, record, target)
    records.update(dataset, record.key, status=records.COMPLETE)
    return {
        "run_key": record.key,
        "cluster_field": record.path,
        "restored": clusters.count_clustered(target, record.cluster_field),
        "saved_view": saved_view,
        "notice": take_notice(Tables(review_id(dataset, record.config["token"]))),
    }


def _watched(progress: Progress, alive: Callable[[], None]) -> Progress:
    def report(share: float, label: str) -> None:
        alive()
        progress(share, label)

    return report


def _write(target: Target, record: RunRecord, columns: dict[str, Any], progress: Progress) -> None:
    dataset, name = target.dataset, record.cluster_field
    records.update(dataset, record.key, status=records.RESTORING)
    clusters.clear_clusters(target, name)
    clusters.add_cluster_field(target, name, record.key)
    for share, items, found in clusters.cluster_batches(columns):
        progress(share, f"Restoring '{target.path(name)}'")
        clusters.write_clusters(target, items, name, found)
    add_cluster_indexes(target, name)


def _ensure_view(dataset: fo.Dataset, record: RunRecord, target: Target) -> str | None:
    name = records.view_name(record.key)
    is_taken = records.view_in_the_way(dataset, name, record.key) is not None
    if is_taken or not record.config.get("saved_view"):
        return None
    view = clusters.cluster_view(target, record.cluster_field)
    return records.save_view(dataset, name, record.key, view)
