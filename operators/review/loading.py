"""Runs that are being loaded: for some seconds, or for good if that was interrupted."""

import fiftyone as fo

from ..data import records


def loading_runs(dataset: fo.Dataset) -> list[str]:
    """Lists the runs that are being loaded, or stopped halfway.

    Args:
        dataset: The dataset.

    Returns:
        Their keys, oldest first.
    """
    found = records.list_records(dataset)
    return [record.key for record in found if record.status == records.RESTORING]


def being_loaded(run_key: str) -> str:
    """Words what a user can do about it.

    Args:
        run_key: The run's key.

    Returns:
        One sentence.
    """
    return (
        f"The run '{run_key}' is being loaded: press Start over in a while; if the loading was "
        "interrupted, load the run again"
    )
