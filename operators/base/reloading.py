"""Reads a dataset again, whatever it is called by now, and whoever changed it."""

from datetime import datetime
from typing import Any

import fiftyone as fo
from fiftyone.core.odm import get_db_conn
from mongoengine.errors import DoesNotExist

from .plugin import METHOD
from .times import as_utc

# What tells that a run was written since; a time stands for each evaluation, which may be long.
_WATCHED = ("token", "status", "run_key", "evaluations.timestamp")


def reload_dataset(dataset: fo.Dataset) -> None:
    """Brings a dataset up to date with the database, with its name.

    `Dataset.reload()` looks for the name that the dataset had when it was loaded: of one that
    another program has renamed it finds nothing, or another dataset.

    Args:
        dataset: The dataset.

    Raises:
        DatasetNotFoundError: It was deleted.
    """
    name = dataset.name
    try:
        dataset._doc.reload("name")  # by its id
    except DoesNotExist as error:
        raise fo.DatasetNotFoundError(name) from error
    if dataset.name != name:
        _register(dataset, name)
    dataset.reload()


def reload_if_outdated(dataset: fo.Dataset) -> None:
    """Brings a dataset up to date if another program has changed our runs or its fields since.

    Python and its App are two programs. The App loads the dataset anew for each event, but who
    calls a function from Python passes what was loaded once.

    Args:
        dataset: The dataset.
    """
    database = get_db_conn()
    fields = {"runs": 1, "last_modified_at": 1}  # which does not change with a run's own record
    found = database["datasets"].find_one({"_id": dataset._doc.id}, fields)
    if found is None:
        return  # it was deleted, which whatever comes next says
    ids = found.get("runs") or {}
    wanted = {"_id": {"$in": list(ids.values())}, "config.method": METHOD}
    fields = dict.fromkeys((f"config.{name}" for name in _WATCHED), 1)
    stored = {run["_id"]: _marks(run["config"]) for run in database["runs"].find(wanted, fields)}
    known = {
        key: (run.pk, _marks(run.config))
        for key, run in dataset._doc.get_runs().items()
        if run.config.get("method") == METHOD
    }
    known_time, time = dataset._doc.last_modified_at, found.get("last_modified_at")
    is_known = known == {key: (run, stored[run]) for key, run in ids.items() if run in stored}
    if not is_known or _to_millisecond(known_time) != _to_millisecond(time):
        reload_dataset(dataset)


def _to_millisecond(time: datetime | None) -> str:
    """Words when a dataset was changed last, to the millisecond, which is what the database has."""
    return "" if time is None else as_utc(time).isoformat(timespec="milliseconds")


def _marks(config: dict[str, Any]) -> list[Any]:
    times = [evaluation["timestamp"] for evaluation in config.get("evaluations") or ()]
    return [config.get("token"), config.get("status"), config.get("run_key"), times]


def _register(dataset: fo.Dataset, old: str) -> None:
    """Has FiftyOne, which keeps the datasets of a program by name, find one by its new name."""
    known = fo.Dataset._instances
    if known.get(old) is dataset:
        del known[old]
    known.setdefault(dataset.name, dataset)
