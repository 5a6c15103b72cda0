"""Run records: FiftyOne custom runs that say what was clustered, how, and with which result."""

import dataclasses
from typing import Any

import fiftyone as fo
from bson import json_util

from ..base.checks import text
from ..base.params import ParameterError, nearest
from ..base.plugin import METHOD
from ..base.reloading import reload_if_outdated
from ..base.slugs import name_of_run, other_of_slug

VERSION = "0.1.0"
COMPLETE, INCOMPLETE, RESTORING = "complete", "incomplete", "restoring"


_SUFFIX = "_incomplete"


def incomplete_key(run_key: str | None) -> str:
    """Key of what is to replace a run of that key, until it is complete."""
    return f"{run_key}{_SUFFIX}"


def check_new_key(parameter: str, run_key: str) -> None:
    """Refuses a key that would be taken for that of an unfinished run.

    Args:
        parameter: The parameter that holds it.
        run_key: The key.

    Raises:
        ParameterError: It ends like one.
    """
    if run_key.endswith(_SUFFIX):
        raise ParameterError(
            parameter,
            f"'{run_key}' ends with '{_SUFFIX}', which names runs that are being written; choose "
            "another run key",
        )


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """One run as it is stored.

    Attributes:
        key: The run's key.
        config: Everything recorded about it, in plain values.
        timestamp: When it was registered, ISO 8601, UTC.
    """

    key: str
    config: dict[str, Any]
    timestamp: str

    @property
    def status(self) -> str:
        """One of "complete", "incomplete" and "restoring".

        What replaces another run is incomplete until it has taken that one's key.
        """
        is_waiting = self.key == incomplete_key(self.config.get("run_key"))
        return INCOMPLETE if is_waiting else self.config["status"]

    @property
    def is_taking_place(self) -> bool:
        """Whether it is complete, and lacks nothing but the key of the run that it replaces."""
        return self.status == INCOMPLETE and self.config["status"] == COMPLETE

    @property
    def cluster_field(self) -> str:
        """Name of the cluster field, without the path to the patches."""
        return self.config["cluster_field"]

    @property
    def patches_field(self) -> str | None:
        """The field whose objects were clustered; None for whole images."""
        return self.config["patches_field"]

    @property
    def path(self) -> str:
        """Full path of the cluster field."""
        return self.config["path"]

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """What `evaluate_clusters` kept: at most one evaluation per label field, newest last."""
        return list(self.config.get("evaluations") or ())

    @property
    def slot(self) -> tuple[str | None, str]:
        """What the run writes to: no two runs share it."""
        return (self.patches_field, self.cluster_field)


def list_records(dataset: fo.Dataset) -> list[RunRecord]:
    """Reads the records of all runs of this plugin.

    Args:
        dataset: The dataset.

    Returns:
        The records, oldest first.
    """
    reload_if_outdated(dataset)
    records = [_read(dataset, key) for key in dataset.list_runs(method=METHOD)]
    return sorted(records, key=lambda record: record.timestamp)


def read_record(dataset: fo.Dataset, run_key: str) -> RunRecord:
    """Reads the record of one run.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        The record.

    Raises:
        ParameterError: There is no such run of this plugin.
    """
    reload_if_outdated(dataset)
    known = dataset.list_runs(method=METHOD)
    if not run_key:
        raise ParameterError("run_key", f"Name a clustering run: {nearest('', known)}")
    if text("run_key", run_key) not in known:
        raise ParameterError(
            "run_key", f"There is no clustering run '{run_key}'; {nearest(run_key, known)}"
        )
    return _read(dataset, run_key)


def read_finished(dataset: fo.Dataset, run_key: str) -> RunRecord:
    """Reads the record of a run whose clusters are all in its field.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        The record.

    Raises:
        ParameterError: There is no such run of this plugin, or it is not finished.
    """
    record = read_record(dataset, run_key)
    if record.status != COMPLETE:
        cure = "load it again" if record.status == RESTORING else "delete it"
        raise ParameterError(
            "run_key",
            f"The run '{record.key}' is being written or was interrupted; wait for it, or {cure}",
        )
    return record


def _read(dataset: fo.Dataset, run_key: str) -> RunRecord:
    info = dataset.get_run_info(run_key)
    return RunRecord(
        run_key, dict(info.config.serialize()), info.timestamp.isoformat(timespec="seconds")
    )


def register(dataset: fo.Dataset, run_key: str, config: dict[str, Any]) -> None:
    """Stores the record of a new run.

    Args:
        dataset: The dataset.
        run_key: The run's key, which is free.
        config: What to record, in plain values.
    """
    run_config = dataset.init_run(**config)
    run_config.method = METHOD
    dataset.register_run(run_key, run_config)


def update(dataset: fo.Dataset, run_key: str, /, **changes: Any) -> None:
    """Changes what is recorded about a run.

    Args:
        dataset: The dataset.
        run_key: The run's key.
        **changes: New values by name.
    """
    run_config = dataset.get_run_info(run_key).config
    for name, value in changes.items():
        setattr(run_config, name, value)
    dataset.update_run_config(run_key, run_config)


def view_name(run_key: str, content: str = "one tile per cluster") -> str:
    """Names a saved view of a run.

    Args:
        run_key: The run's key.
        content: What the view shows.

    Returns:
        The name.
    """
    return name_of_run(run_key, content)


def _view_description(run_key: str) -> str:
    return f"Made by the run '{run_key}' of @autolabel/gcn"


def view_in_the_way(
    dataset: fo.Dataset, name: str, run_key: str, was: str | None = None
) -> str | None:
    """Looks whether somebody else's saved view is where one of a run would be.

    Args:
        dataset: The dataset.
        name: Name of the run's view.
        run_key: The run's key.
        was: The key that it has before it is renamed.

    Returns:
        The name of the other; None if the place is free, or holds the run's own.
    """
    own = {_view_description(run_key), _view_description(str(was))}
    return other_of_slug(dataset.list_saved_views(info=True), name, own)


def save_view(dataset: fo.Dataset, name: str, run_key: str, view: fo.DatasetView) -> str:
    """Saves a view of a run; one that is there as it should be stays.

    FiftyOne deletes a view before it writes another one in its place.

    Args:
        dataset: The dataset.
        name: Name of the view.
        run_key: The run's key.
        view: The view.

    Returns:
        The name.
    """
    if name not in list_views(dataset, run_key) or not _is_saved(dataset, name, view):
        dataset.save_view(name, view, description=_view_description(run_key), overwrite=True)
    return name


def _is_saved(dataset: fo.Dataset, name: str, view: fo.DatasetView) -> bool:
    stages = [json_util.dumps(stage) for stage in view._serialize(include_uuids=False)]
    return list(dataset._get_saved_view_doc(name).view_stages) == stages


def list_views(dataset: fo.Dataset, run_key: str) -> list[str]:
    """Lists the saved views that a run made.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        Their names.
    """
    views = dataset.list_saved_views(info=True)
    return [view["name"] for view in views if view["description"] == _view_description(run_key)]


def rename_views(dataset: fo.Dataset, old: str, new: str) -> None:
    """Gives the saved views of a run the names that go with its new key.

    Args:
        dataset: The dataset.
        old: The run's key so far.
        new: Its new key.
    """
    for name in list_views(dataset, old):
        renamed = view_name(new, name.removeprefix(view_name(old, "")))
        info = {"name": renamed, "description": _view_description(new)}
        dataset.update_saved_view_info(name, info)


def delete_views(dataset: fo.Dataset, run_key: str) -> list[str]:
    """Deletes the saved views that a run made.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        The names of those that were there.
    """
    names = list_views(dataset, run_key)
    for name in names:
        dataset.delete_saved_view(name)
    return names
