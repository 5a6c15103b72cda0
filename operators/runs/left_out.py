"""What clustering a part again takes from the rest: said before, since it cannot be seen there."""

from ..base.operator_params import ClusterImagesParams
from ..base.params import ParameterError
from ..base.plugin import METHOD
from ..base.wording import count_text
from ..corrections.reads import quick_progress
from ..data.clusters import value_name
from ..data.fields import count_values
from ..data.grouped import how_to_take_slices, slice_alone
from ..data.records import COMPLETE, read_record
from ..data.targets import Target


def left_out_text(target: Target, params: ClusterImagesParams) -> list[str]:
    """Says how many items will be in no cluster any more because they are not in the target.

    Reads the items of a view, and of all others no more than what the review counts.

    Args:
        target: What is to be clustered, checked.
        params: The parameters, with a run key.

    Returns:
        One sentence; none where nothing is lost, or cannot be counted since the run is damaged.
    """
    if not params.overwrite or not target.is_narrowed:
        return []
    dataset, key = target.dataset, str(params.run_key)
    if key not in dataset.list_runs(method=METHOD) or read_record(dataset, key).status != COMPLETE:
        return []
    try:
        progress = quick_progress(dataset, key)
    except ParameterError:
        return []
    counts = count_values(target, value_name(target, params.cluster_field, "confirmed"))
    lost = progress["images"] - progress["confirmed"] - counts.get(False, 0)
    which = "others that are not confirmed"
    if not params.keep_corrections:
        lost += progress["confirmed"] - counts.get(True, 0)
        which = "others, confirmed or not,"
    if lost <= 0:
        return []
    taken = count_text(sum(counts.values()), target.noun)
    return [
        f"{taken} will be clustered, and {lost:,} {which} will lose the cluster that they have; "
        f"{_cure(target)} to cluster them too"
    ]


def _cure(target: Target) -> str:
    """Says what to take instead; the App never offers the whole dataset for slices or patches."""
    if target.view._is_patches:
        return f"leave this view and choose the patches field '{target.patches_field}'"
    if slice_alone(target.view) is None:
        return "take the dataset or a larger view"
    return how_to_take_slices(target.dataset)
