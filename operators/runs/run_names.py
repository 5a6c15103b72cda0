"""Renames clustering runs."""

from typing import Any

import fiftyone as fo
from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import RenameRunParams
from ..base.params import ParameterError, parse
from ..base.plugin import METHOD
from ..corrections.documents.lock import writing
from ..corrections.documents.tables import Tables, review_id
from ..data import clusters, fields, records
from ..data.read_only import check_not_read_only
from ..data.records import RunRecord
from ..data.targets import dataset_of
from ..visualization import visualization
from .journal import target_if_there


def rename_run(samples: SampleCollection, run_key: str, new_run_key: str) -> dict[str, Any]:
    """Gives a run another key; its field, corrections, saved view and map stay with it.

    Args:
        samples: The dataset, or any view of it.
        run_key: The key it has.
        new_run_key: The key it gets: letters, digits and underscores.

    Returns:
        `run_key` (the new one) and `was`.

    Raises:
        ParameterError: There is no such run, it is being loaded or corrected, or the new key is
            taken.
        ConnectionError: The database was lost.
    """
    values = {"run_key": run_key, "new_run_key": new_run_key}
    params = parse(RenameRunParams, values)
    with clear_connection_errors("renaming a run", "look which name it has"):
        dataset, record = dataset_of(samples), prepare_rename(samples, params)
        tables = Tables(review_id(dataset, record.config["token"]))
        tables.add_head()
        with writing(tables):  # what loads the run writes its record, under the name that it knows
            _rename(dataset, prepare_rename(samples, params), params.new_run_key)
    return {"run_key": params.new_run_key, "was": params.run_key}


def prepare_rename(samples: SampleCollection, params: RenameRunParams) -> RunRecord:
    """Checks that a run can be renamed. Cheap: reads no samples.

    Args:
        samples: The dataset, or any view of it.
        params: The parameters.

    Returns:
        The run's record; under the new key, if an earlier renaming was interrupted.

    Raises:
        ParameterError: It cannot be renamed.
    """
    dataset, new = dataset_of(samples), params.new_run_key
    if _is_half_renamed(dataset, params):
        return records.read_record(dataset, new)
    record = records.read_record(dataset, params.run_key)
    key = records.incomplete_key(params.run_key)
    if record.status == records.INCOMPLETE or key in dataset.list_runs():
        raise ParameterError(
            "run_key", f"The run '{record.key}' is being written or was interrupted; wait or delete"
        )
    if not new:
        raise ParameterError("new_run_key", "Type the new name of the run")
    records.check_new_key("new_run_key", new)
    if new in dataset.list_runs():
        raise ParameterError("new_run_key", f"There is a run '{new}' already; choose another name")
    target = target_if_there(dataset, record)
    if target is not None:
        parts = clusters.part_names(target, record.cluster_field)
        check_not_read_only(target, parts, f"the run '{record.key}' cannot be renamed")
    for view in records.list_views(dataset, record.key):
        name = _renamed_view(view, record.key, new)
        other = records.view_in_the_way(dataset, name, new, record.key)
        if other is not None:
            raise ParameterError(
                "new_run_key",
                f"There is a saved view '{other}' of somebody else; choose another name",
            )
    visualization.check_map_name(dataset, record.key, new)
    return record


def _is_half_renamed(dataset: fo.Dataset, params: RenameRunParams) -> bool:
    known = dataset.list_runs(method=METHOD)
    if params.run_key in known or params.new_run_key not in known:
        return False
    return records.read_record(dataset, params.new_run_key).config["run_key"] == params.run_key


def _rename(dataset: fo.Dataset, record: RunRecord, new: str) -> None:
    old = record.config["run_key"]
    if record.key != new:
        dataset.rename_run(record.key, new)
    target = target_if_there(dataset, record)
    if target is not None:
        for part in clusters.part_names(target, record.cluster_field):
            if fields.run_key_of(target, part) == old:
                fields.set_owner(target, part, clusters.owner_of(new))
    records.rename_views(dataset, old, new)
    visualization.rename_map(dataset, records.read_record(dataset, new), old, new)
    saved = record.config.get("saved_view")
    if saved:
        records.update(dataset, new, saved_view=_renamed_view(saved, old, new))
    records.update(dataset, new, run_key=new)  # the last step: until then it can be repeated


def _renamed_view(view: str, old: str, new: str) -> str:
    return records.view_name(new, view.removeprefix(records.view_name(old, "")))
