"""Who may write where: the rules for run keys and cluster fields. Cheap: reads no samples."""

from ..base.operator_params import DEFAULT_EMBEDDINGS_FIELD, ClusterImagesParams
from ..base.params import ParameterError
from ..base.plugin import METHOD
from ..data import fields
from ..data.clusters import part_names
from ..data.hidden_images import check_not_hidden
from ..data.read_only import check_objects_writable, read_only_path
from ..data.records import (
    RunRecord,
    check_new_key,
    incomplete_key,
    list_records,
    read_record,
    view_in_the_way,
    view_name,
)
from ..data.reserved_names import check_not_reserved
from ..data.targets import Target


def default_run_key(target: Target, params: ClusterImagesParams) -> str:
    """Names a run for which no key was given.

    Args:
        target: What is to be clustered.
        params: The parameters, with `cluster_field`.

    Returns:
        The run that the field belongs to, which may have been renamed; else "cluster" for images,
        "ground_truth_cluster" for patches.
    """
    owner = _owner(target, params)
    if owner is not None:
        return owner
    if target.patches_field is None:
        return params.cluster_field
    return f"{target.patches_field.replace('.', '_')}_{params.cluster_field}"


def _owner(target: Target, params: ClusterImagesParams) -> str | None:
    """Finds the run that writes to the field, if one does."""
    slot = (target.patches_field, params.cluster_field)
    owners = (one.config["run_key"] for one in list_records(target.dataset) if one.slot == slot)
    return next(owners, None)


def check_slot(target: Target, params: ClusterImagesParams) -> None:
    """Refuses to write over what is not this run's own.

    Args:
        target: What is to be clustered.
        params: The parameters, with `cluster_field`, `run_key` and `overwrite`.

    Raises:
        ParameterError: The run key, the field or the saved view is taken.
    """
    _check_run_key(target, params)
    _check_field(target, params)
    key = str(params.run_key)
    other = view_in_the_way(target.dataset, view_name(key), key) if params.save_view else None
    if other is not None:
        raise ParameterError(
            "run_key",
            f"There is a saved view '{other}' of somebody else, whose place that of this run would "
            "take; choose another run key, or save no view",
        )


def _check_run_key(target: Target, params: ClusterImagesParams) -> None:
    key = str(params.run_key)
    check_new_key("run_key", key)
    for taken in (key, incomplete_key(key)):
        if taken not in target.dataset.list_runs():
            continue
        if taken not in target.dataset.list_runs(method=METHOD):
            raise ParameterError(
                "run_key", f"The run '{taken}' is not one of this plugin; choose another run key"
            )
        _check_own_run(target, params, read_record(target.dataset, taken))


def _check_own_run(target: Target, params: ClusterImagesParams, record: RunRecord) -> None:
    if not params.overwrite:
        state = "was interrupted or is being written" if record.status != "complete" else "exists"
        raise ParameterError(
            "overwrite",
            f"The run '{record.key}' {state}; overwrite it, or choose another run key and cluster "
            "field",
        )
    if record.slot != (target.patches_field, params.cluster_field):
        raise ParameterError(
            "cluster_field",
            f"The run '{record.key}' writes to '{record.path}', so it cannot be replaced by one "
            f"that writes to '{target.path(params.cluster_field)}'; choose another run key",
        )
    check_not_hidden(target, record, "choose another run key and cluster field")


def _check_field(target: Target, params: ClusterImagesParams) -> None:
    check_objects_writable(target, "patches_field")
    path = target.path(params.cluster_field)
    owner = _owner(target, params)
    if owner not in (None, params.run_key):
        raise ParameterError(
            "cluster_field",
            f"The field '{path}' belongs to the run '{owner}'; choose another name, or give that "
            "run key to cluster it again",
        )
    _check_not_embeddings(target, params)
    parts = part_names(target, params.cluster_field)
    check_not_reserved(target, "cluster_field", parts)
    for name in parts:
        _check_part(target, params, name)


def _check_not_embeddings(target: Target, params: ClusterImagesParams) -> None:
    """Refuses one name for both: that of embeddings to come is in no schema yet."""
    name = params.embeddings_field or DEFAULT_EMBEDDINGS_FIELD
    if params.brain_key is None and name in part_names(target, params.cluster_field):
        raise ParameterError(
            "cluster_field",
            f"'{target.path(name)}' is where the embeddings are; choose another name for the "
            "clusters",
        )


def _check_part(target: Target, params: ClusterImagesParams, name: str) -> None:
    path = target.path(name)
    field = target.dataset.get_field(path)
    if field is None:
        return
    read_only = read_only_path(target, name)
    owner = fields.run_key_of(target, name)
    if owner == params.run_key and read_only is None:
        if params.overwrite:
            return
        raise ParameterError(
            "overwrite", f"The field '{path}' exists; overwrite it, or choose another name"
        )
    kind = fields.type_name(field)
    what = f"'{path}' ({kind}) was not written by this plugin"
    if owner not in (None, params.run_key):  # FiftyOne renamed or cloned it, with all it says
        what = f"'{path}' was written by the run '{owner}' under another name"
    if read_only is not None:
        what = f"'{read_only}' is read-only"
    raise ParameterError("cluster_field", f"The field {what}; choose another name")
