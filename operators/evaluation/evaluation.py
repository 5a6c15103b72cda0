"""Evaluates the clusters of a run against known classes."""

import time
from datetime import datetime, timezone

import fiftyone as fo
from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import EvaluateClustersParams
from ..base.params import ParameterError, parse
from ..base.progress import Progress, silent
from ..data import fields, records
from ..data.clusters import value_name
from ..data.label_fields import LabelField, resolve_label_field
from ..data.ownership import check_own_field
from ..data.records import RunRecord
from ..data.targets import Target, dataset_of, target_of_record
from .evaluation_report import EvaluationReport, comparison
from .evaluation_table import EvaluationTable, evaluation_table
from .evaluation_views import save_views

STORED_ROWS = 200
"""Classes and clusters that the run record keeps, the worst ones: a record stays small."""


def evaluate_clusters(
    samples: SampleCollection,
    run_key: str | None = None,
    label_field: str | None = None,
    save_views: bool = True,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Compares the clusters of a run with the classes that a field gives.

    What counts is the cluster field as it is now in the whole dataset, corrections included.
    Clusters of the same name are one; each image marked as noise counts as a cluster of its own.
    Images without a class or without a cluster are left out and counted. The scores are kept in
    the run record, one evaluation per label field, so that runs can be compared.

    Args:
        samples: The dataset, or any view of it.
        run_key: Key of the run; that of the newest finished run by default.
        label_field: The true classes: for images a Classification or text field, "ground_truth"
            by default; for patches the patches field, whose objects' labels are meant (the
            default), or an attribute of its objects.
        save_views: Whether to save a view with the images of the most split classes, and one with
            those of the most mixed clusters; they replace those of the evaluation before.
        progress: Called with the share done in [0, 1] and what is going on; may raise to cancel.

    Returns:
        The scores, as a whole, by class and by cluster.

    Raises:
        ParameterError: A parameter does not fit; its message is one sentence.
        ConnectionError: The database was lost.
    """
    values = {"run_key": run_key, "label_field": label_field, "save_views": save_views}
    params = parse(EvaluateClustersParams, values)
    with clear_connection_errors("evaluating a run", "evaluate it again"):
        evaluated = prepare_evaluation(samples, params)
        return _evaluate(*evaluated, params.save_views, progress or silent)


def prepare_evaluation(
    samples: SampleCollection, params: EvaluateClustersParams
) -> tuple[RunRecord, Target, LabelField]:
    """Checks that a run can be evaluated. Cheap: reads no samples.

    Args:
        samples: The dataset, or any view of it.
        params: The parameters.

    Returns:
        The run's record, what it clustered, and the field with the classes.

    Raises:
        ParameterError: It cannot be evaluated.
    """
    dataset = dataset_of(samples)
    record = run_to_evaluate(dataset, params.run_key)
    target = target_of_record(dataset, record.patches_field)
    if dataset.get_field(record.path) is None:
        raise ParameterError(
            "run_key",
            f"The field '{record.path}' of the run '{record.key}' was deleted; load the run to "
            "bring it back",
        )
    check_own_field(target, record, "choose another run")
    label = resolve_label_field(target, params.label_field)
    if label.value == value_name(target, record.cluster_field, "label"):
        raise ParameterError(
            "label_field",
            f"'{label.name}' holds the clusters of the run '{record.key}' themselves; choose a "
            "field with the true classes",
        )
    return record, target, label


def run_to_evaluate(dataset: fo.Dataset, run_key: str | None) -> RunRecord:
    """Finds a finished run.

    Args:
        dataset: The dataset.
        run_key: Key of the run; None for the newest finished one.

    Returns:
        Its record.

    Raises:
        ParameterError: There is no such run, or it is not finished.
    """
    if run_key is None:
        finished = [
            record for record in records.list_records(dataset) if record.status == records.COMPLETE
        ]
        if not finished:
            raise ParameterError(
                "run_key", f"'{dataset.name}' has no finished clustering run; cluster images first"
            )
        return finished[-1]
    return records.read_finished(dataset, run_key)


def _evaluate(
    record: RunRecord, target: Target, label: LabelField, with_views: bool, progress: Progress
) -> EvaluationReport:
    start = time.perf_counter()
    progress(0.0, f"Reading '{record.path}' and '{label.name}'")
    cluster_name = value_name(target, record.cluster_field, "label")
    _, found, true = fields.read_columns(target, [cluster_name, label.value])
    # An empty text is what is left where somebody deleted a label.
    true = [None if value == "" else value for value in true]
    progress(0.5, "Comparing clusters with classes")
    table = evaluation_table(record, target, label, found, true)
    progress(0.8, "Keeping the result")
    views = save_views(target, record, label, table) if with_views else []
    now = datetime.now(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds")
    _keep(target.dataset, record.key, label.name, now, table)
    return EvaluationReport(
        run_key=record.key,
        cluster_field=record.path,
        label_field=label.name,
        timestamp=now,
        scores=table.scores,
        counts=table.counts,
        classes=table.classes,
        clusters=table.clusters,
        saved_views=views,
        runs=comparison(target.dataset, record.patches_field, label.name),
        seconds=time.perf_counter() - start,
    )


def _keep(
    dataset: fo.Dataset, run_key: str, label_field: str, now: str, table: EvaluationTable
) -> None:
    # Read anew: the run may have been deleted, or evaluated in another window.
    kept = records.read_record(dataset, run_key).evaluations
    others = [other for other in kept if other["label_field"] != label_field]
    evaluation = {
        "label_field": label_field,
        "timestamp": now,
        "scores": table.scores,
        "counts": table.counts,
        "classes": table.classes[:STORED_ROWS],
        "clusters": table.clusters[:STORED_ROWS],
    }
    records.update(dataset, run_key, evaluations=[*others, evaluation])
