"""Keeps a run as it is while a new clustering takes its place."""

from __future__ import annotations

import fiftyone as fo
from fiftyone.core.odm import get_db_conn

from ...base.params import ParameterError
from ...data.records import incomplete_key


def check_not_replaced(dataset: fo.Dataset, run_key: str) -> None:
    """Refuses to correct clusters that are being written anew.

    The database is asked, not the dataset at hand, which may have been loaded before.

    Args:
        dataset: The dataset.
        run_key: The run that is to be corrected; the caller has the right to write into its review.

    Raises:
        ParameterError: A clustering is writing to its field, or was interrupted at that.
    """
    key = incomplete_key(run_key)
    database = get_db_conn()
    found = database["datasets"].find_one({"_id": dataset._doc.id}, {f"runs.{key}": 1}) or {}
    record = found.get("runs", {}).get(key)
    wanted = {"_id": record, "config.run_key": run_key}
    if record is not None and database["runs"].find_one(wanted, {"_id": 1}) is not None:
        raise ParameterError(
            "run_key",
            f"The run '{run_key}' is being clustered again, so nothing was changed; look again "
            f"when that is done, or delete the run '{key}' if it was interrupted",
        )
