"""Run records: FiftyOne custom runs that say what was clustered, how, and with which result."""

import dataclasses
from typing import Any

import fiftyone as fo

from .params import ParameterError, nearest

METHOD = "autolabel/gcn"
VERSION = "0.1.0"
COMPLETE, INCOMPLETE, RESTORING = "complete", "incomplete", "restoring"


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
        """One of "complete", "incomplete" and "restoring"."""
        return self.config["status"]

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
    records = [read_record(dataset, key) for key in dataset.list_runs(method=METHOD)]
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
    known = dataset.list_runs(method=METHOD)
    if not run_key:
        raise ParameterError("run_key", f"Name a clustering run: {nearest('', known)}")
    if run_key not in known:
        raise ParameterError(
            "run_key", f"There is no clustering run '{run_key}'; {nearest(run_key, known)}"
        )
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


def view_name(run_key: str) -> str:
    """Names the saved view of a run.

    Args:
        run_key: The run's key.

    Returns:
        The name.
    """
    return f"{run_key}: one tile per cluster"


def _view_description(run_key: str) -> str:
    return f"Made by the run '{run_key}' of @autolabel/gcn"


def is_view_free(dataset: fo.Dataset, run_key: str) -> bool:
    """Tells whether a run may write its saved view.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        False if somebody else's view has that name.
    """
    name = view_name(run_key)
    if not dataset.has_saved_view(name):
        return True
    return dataset.get_saved_view_info(name)["description"] == _view_description(run_key)


def save_view(dataset: fo.Dataset, run_key: str, view: fo.DatasetView) -> str:
    """Saves the view of a run.

    Args:
        dataset: The dataset.
        run_key: The run's key.
        view: The view.

    Returns:
        Its name.
    """
    name = view_name(run_key)
    dataset.save_view(name, view, description=_view_description(run_key), overwrite=True)
    return name


def delete_view(dataset: fo.Dataset, run_key: str) -> bool:
    """Deletes the saved view of a run, if it is there and the run's own.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        Whether it was there.
    """
    name = view_name(run_key)
    if not dataset.has_saved_view(name) or not is_view_free(dataset, run_key):
        return False
    dataset.delete_saved_view(name)
    return True
