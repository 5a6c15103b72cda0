"""The workspace of a run in the App: grid, review, and the map if there is one."""

import fiftyone as fo

from ..base.slugs import name_of_run, other_of_slug
from ..data import clusters
from ..data.records import RunRecord
from ..data.targets import target_of_record


def workspace_name(run_key: str) -> str:
    """Names the workspace of a run.

    Args:
        run_key: The run's key.

    Returns:
        The name.
    """
    return name_of_run(run_key, "review")


def _description(run_key: str) -> str:
    return f"Made for the run '{run_key}' of @autolabel/gcn"


def workspace_in_the_way(dataset: fo.Dataset, run_key: str, was: str | None = None) -> str | None:
    """Looks whether somebody else's workspace is where that of a run would be.

    Args:
        dataset: The dataset.
        run_key: The run's key.
        was: The key that it has before it is renamed.

    Returns:
        Its name; None if the place is free, or holds the run's own.
    """
    own = {_description(run_key), _description(str(was))}
    return other_of_slug(dataset.list_workspaces(info=True), workspace_name(run_key), own)


def has_workspace(dataset: fo.Dataset, run_key: str) -> bool:
    """Tells whether a run has a workspace that this plugin made.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        Whether it is there; one that somebody else called like that does not count.
    """
    name = workspace_name(run_key)
    is_there = dataset.has_workspace(name)
    return is_there and dataset.get_workspace_info(name)["description"] == _description(run_key)


def save_workspace(dataset: fo.Dataset, record: RunRecord, map_key: str | None) -> str:
    """Saves the workspace of a run in the place of its earlier one.

    Args:
        dataset: The dataset, with no workspace of somebody else in the way.
        record: The run's record.
        map_key: Key of the map; None for a workspace without one.

    Returns:
        Its name.
    """
    name, about = workspace_name(record.key), _description(record.key)
    space = layout(dataset, record, map_key)
    dataset.save_workspace(name, space, description=about, overwrite=True)
    return name


def rename_workspace(dataset: fo.Dataset, record: RunRecord, map_key: str | None, old: str) -> None:
    """Gives the workspace of a run, if it has one, its new name; may be repeated.

    Args:
        dataset: The dataset.
        record: The run's record, as it is called now.
        map_key: Key that the map has now; None if there is none.
        old: The key that the run had.
    """
    if has_workspace(dataset, old):
        info = {"name": workspace_name(record.key), "description": _description(record.key)}
        dataset.update_workspace_info(workspace_name(old), info)
    if has_workspace(dataset, record.key):
        save_workspace(dataset, record, map_key)  # it names the map


def layout(dataset: fo.Dataset, record: RunRecord, map_key: str | None) -> fo.Space:
    """Lays out grid, review, and the map if there is one.

    Args:
        dataset: The dataset.
        record: The run's record.
        map_key: Key of the map.

    Returns:
        The spaces of the App.
    """
    left = [_alone(fo.Panel(type="Samples", pinned=True))]
    if map_key is not None:
        target = target_of_record(dataset, record.patches_field)
        color = clusters.label_path(target, record.cluster_field)
        state = {"brainResult": map_key, "colorByField": color}
        left.append(_alone(fo.Panel(type="Embeddings", state=state)))
    column = fo.Space(children=left, orientation="vertical") if len(left) > 1 else left[0]
    review = _alone(fo.Panel(type="cluster_review"))
    return fo.Space(children=[column, review], orientation="horizontal")


def _alone(panel: fo.Panel) -> fo.Space:
    # Without the active child the App draws an empty pane.
    return fo.Space(children=[panel], active_child=panel.component_id)
