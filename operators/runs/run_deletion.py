"""Deletes clustering runs with all that belongs to them, and tells beforehand what goes."""

from typing import Any

import fiftyone as fo
from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import DeleteRunParams
from ..base.params import parse
from ..base.wording import count_text
from ..corrections.documents.lock import writing
from ..corrections.documents.tables import Tables, count_corrections, forget_review, review_id
from ..corrections.writes.replacing import check_not_replaced
from ..data import clusters, fields, records
from ..data.read_only import check_not_read_only
from ..data.records import RunRecord
from ..data.targets import Target, dataset_of
from ..visualization import visualization
from .journal import target_if_there, undo


def delete_run(
    samples: SampleCollection, run_key: str, delete_embeddings: bool = False
) -> dict[str, Any]:
    """Deletes a run with its cluster field, its saved views, its map and its workspace.

    An incomplete run is undone instead: what its field held before comes back. If it was complete
    and only had to take the place of an earlier run, it does that.

    Args:
        samples: The dataset, or any view of it.
        run_key: Key of the run.
        delete_embeddings: Whether the embeddings field goes too, if this plugin computed it and
            no other run uses it, nor a similarity run of FiftyOne Brain.

    Returns:
        `run_key` and `deleted`, the list of what was deleted, in words.

    Raises:
        ParameterError: There is no such run, it is being clustered again or corrected, or a field
            that goes with it is read-only; nothing was deleted.
        ConnectionError: The database was lost.
    """
    values = {"run_key": run_key, "delete_embeddings": delete_embeddings}
    params = parse(DeleteRunParams, values)
    dataset = dataset_of(samples)
    with clear_connection_errors("deleting a run", f"delete '{run_key}' again"):
        record = records.read_record(dataset, params.run_key)
        if record.status == records.INCOMPLETE:
            return {"run_key": record.key, "deleted": undo(dataset, record)}
        tables = Tables(review_id(dataset, record.config["token"]))
        tables.add_head()
        with writing(tables):  # what is being written now would land where the field was
            check_not_replaced(dataset, record.key)
            return {"run_key": record.key, "deleted": _delete(dataset, record, params)}


def _delete(dataset: fo.Dataset, record: RunRecord, params: DeleteRunParams) -> list[str]:
    target = target_if_there(dataset, record)
    names = fields_to_delete(dataset, record, params.delete_embeddings)
    _check_deletable(target, record, names)
    deleted = [f"run '{record.key}'"]
    deleted += [
        f"field '{target.path(name)}'"
        for name in names
        if target is not None and fields.delete_field(target, name)
    ]
    if target is not None:
        clusters.delete_clusters(target, record.cluster_field)  # the other parts, on patches
    deleted += [f"saved view '{name}'" for name in records.delete_views(dataset, record.key)]
    deleted += visualization.delete_map(dataset, record.key)
    forget_review(dataset, record.config["token"])
    dataset.delete_run(record.key)
    return deleted


def _check_deletable(target: Target | None, record: RunRecord, names: list[str]) -> None:
    if target is not None:
        parts = clusters.part_names(target, record.cluster_field) if names else ()
        going = dict.fromkeys([*names, *parts])
        check_not_read_only(target, list(going), f"'{record.key}' cannot be deleted")


def fields_to_delete(dataset: fo.Dataset, record: RunRecord, with_embeddings: bool) -> list[str]:
    """Lists the fields that go with a run.

    Args:
        dataset: The dataset.
        record: The run's record.
        with_embeddings: Whether the embeddings that the run used go too, if this plugin computed
            them and no other run uses them, nor a similarity run of FiftyOne Brain.

    Returns:
        Their names, without the path to the patches; not those that became somebody else's.
    """
    target = target_if_there(dataset, record)
    if target is None:
        return []
    names = []
    if fields.run_key_of(target, record.cluster_field) == record.config["run_key"]:
        names.append(record.cluster_field)
    used = _embeddings_of(record)
    others = [other for other in records.list_records(dataset) if other.key != record.key]
    is_shared = used in [*map(_embeddings_of, others), *_read_by_brain(dataset)]
    if with_embeddings and used[1] and not is_shared and fields.backbone_of(target, used[1]):
        names.append(used[1])
    return names


def _embeddings_of(record: RunRecord) -> tuple[str | None, str | None]:
    return (record.patches_field, record.config.get("embeddings", {}).get("embeddings_field"))


def _read_by_brain(dataset: fo.Dataset) -> list[tuple[str | None, str | None]]:
    """Lists the fields that similarity runs of FiftyOne Brain read each time they are used."""
    keys = dataset.list_brain_runs(type="similarity")
    configs = [dataset.get_brain_info(key).config for key in keys]
    return [
        (getattr(config, "patches_field", None), getattr(config, "embeddings_field", None))
        for config in configs
    ]


def what_goes(dataset: fo.Dataset, record: RunRecord, params: DeleteRunParams) -> list[str]:
    """Names what `delete_run` would delete.

    Args:
        dataset: The dataset.
        record: The run's record.
        params: The parameters.

    Returns:
        Words for each thing that goes.

    Raises:
        ParameterError: The run is being clustered again, or a field that goes is read-only.
    """
    if record.is_taking_place:
        earlier = record.config["run_key"]
        return [f"what is left of the earlier run '{earlier}', whose place the new one takes"]
    what = [f"the run '{record.key}'"]
    target = target_if_there(dataset, record)
    if record.status == records.INCOMPLETE:
        return [*what, f"what it wrote to '{record.path}' (what was there before comes back)"]
    check_not_replaced(dataset, record.key)
    number = count_corrections(dataset, record.config["token"])
    if number:
        what.append(f"its {count_text(number, 'corrections')}")
    names = fields_to_delete(dataset, record, params.delete_embeddings)
    _check_deletable(target, record, names)
    what += [f"the field '{target.path(name)}'" for name in names if target is not None]
    what += [f"the saved view '{name}'" for name in records.list_views(dataset, record.key)]
    return what + [f"the {name}" for name in visualization.list_map(dataset, record.key)]
