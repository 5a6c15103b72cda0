"""Images that got no group when their dataset got groups: FiftyOne shows them in no slice."""

from ..base.params import ParameterError
from .clusters import label_path
from .grouped import GROUP
from .records import RunRecord
from .targets import Target


def check_not_hidden(target: Target, record: RunRecord, cure: str) -> None:
    """Refuses what would take hidden images of a run for deleted ones. Cheap, by an index.

    Args:
        target: What was clustered.
        record: The run's record.
        cure: What to do about the run, a clause.

    Raises:
        ParameterError: The dataset hides images that have a cluster of the run; if the field is
            gone, which alone tells which those are, that it hides any.
    """
    dataset = target.dataset
    if dataset.media_type != GROUP:
        return
    wanted = {f"{dataset.group_field}._id": None}
    if dataset.get_field(record.path) is not None:
        wanted |= {label_path(target, record.cluster_field): {"$type": "string"}}
    if dataset._sample_collection.find_one(wanted, {"_id": 1}) is None:
        return
    raise ParameterError(
        "run_key",
        f"'{dataset.name}' has become a grouped dataset, which hides images of the run "
        f"'{record.key}', so nothing was changed; keep the run, and {cure}",
    )
