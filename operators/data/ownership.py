"""Whether the cluster field of a run is still its own."""

from ..base.params import ParameterError
from .fields import run_key_of
from .records import RunRecord
from .targets import Target

_CURE = "rename or delete the field first"


def check_own_field(target: Target, record: RunRecord, cure: str = _CURE) -> None:
    """Refuses a run whose field holds something else by now; one that is gone is fine.

    Args:
        target: What was clustered.
        record: The run's record.
        cure: What to do about a field of somebody else, a clause.

    Raises:
        ParameterError: The field is another's, or the renaming of the run is not finished.
    """
    owner = run_key_of(target, record.cluster_field)
    if owner == record.key or target.dataset.get_field(record.path) is None:
        return
    if owner == record.config["run_key"] and owner not in target.dataset.list_runs():
        # FiftyOne's own `rename_run` leaves field, map and views as they were.
        raise ParameterError(
            "run_key",
            f"The run '{record.key}' was called '{owner}', and its field '{record.path}' still is "
            "that run's; finish the renaming with this plugin's rename_run(dataset, "
            f"'{owner}', '{record.key}')",
        )
    raise ParameterError(
        "run_key", f"The field '{record.path}' is no longer that of the run '{record.key}'; {cure}"
    )
