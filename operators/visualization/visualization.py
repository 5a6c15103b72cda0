"""A map of the embeddings in two dimensions, and the workspace with grid, map and review."""

from typing import Any

import fiftyone as fo
from fiftyone.core.collections import SampleCollection

from ..base.database import clear_connection_errors
from ..base.operator_params import METHODS, VisualizeClustersParams
from ..base.params import ParameterError, parse
from ..base.plugin import METHOD
from ..base.progress import Progress, silent
from ..data import records
from ..data.grouped import all_images
from ..data.records import RunRecord
from ..data.targets import dataset_of, target_of_record
from ..embedding.sources import check_embeddings_of_run
from .map_settings import map_settings
from .workspaces import (
    has_workspace,
    rename_workspace,
    save_workspace,
    workspace_in_the_way,
    workspace_name,
)

# One thread and one seed, so that the same embeddings give the same map.
SEED = 51


def visualize_clusters(
    samples: SampleCollection,
    run_key: str | None = None,
    method: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Computes a map of the embeddings of a run, and saves a workspace to review the run with.

    The map is a visualization run of FiftyOne Brain, "<run_key>_map", for the Embeddings panel;
    the workspace shows it colored by cluster, beside the grid and the panel `cluster_review`.

    Args:
        samples: The dataset, or any view of it.
        run_key: The clustering run; may be left out if there is only one.
        method: "umap" keeps neighbors together, "tsne" more so but slowly, "pca" is instant;
            if left out, that of the map that is there, or else "umap".
        overwrite: Whether a map that is there is computed again; one by another method, or of other
            embeddings, by which the run was found before, always is.
        progress: Called with the share done in [0, 1] and what is going on.

    Returns:
        `run_key`, `brain_key` and `workspace` (names), `is_new` (whether a map was computed).

    Raises:
        ParameterError: There is no such run, or its embeddings are gone.
        ConnectionError: The database was lost.
    """
    values = {"run_key": run_key, "method": method, "overwrite": overwrite}
    params = parse(VisualizeClustersParams, values)
    with clear_connection_errors("mapping clusters", "map them again"):
        record = prepare_visualization(samples, params)
        return _visualize(dataset_of(samples), record, params, progress or silent)


def prepare_visualization(samples: SampleCollection, params: VisualizeClustersParams) -> RunRecord:
    """Checks that the embeddings of a run can be mapped. Cheap: reads no samples.

    Args:
        samples: The dataset, or any view of it.
        params: The parameters.

    Returns:
        The run's record.

    Raises:
        ParameterError: They cannot.
    """
    dataset = dataset_of(samples)
    keys = dataset.list_runs(method=METHOD)
    only = keys[0] if len(keys) == 1 else ""
    record = records.read_finished(dataset, params.run_key or only)
    target = target_of_record(dataset, record.patches_field)
    key = brain_key(record.key)
    if key in dataset.list_brain_runs() and not is_own_map(dataset, record.key):
        raise ParameterError(
            "run_key", f"There is a brain run '{key}' of somebody else; rename it first"
        )
    other = workspace_in_the_way(dataset, record.key)
    if other is not None:
        raise ParameterError(
            "run_key", f"There is a workspace '{other}' of somebody else; rename it first"
        )
    check_embeddings_of_run(target, record)
    return record


def _visualize(
    dataset: fo.Dataset, record: RunRecord, params: VisualizeClustersParams, progress: Progress
) -> dict[str, Any]:
    key = brain_key(record.key)
    method = params.method or _stored_method(dataset, record) or METHODS[0]
    is_new = params.overwrite or not _is_mapped(dataset, record, method)
    if is_new:
        progress(0.1, f"Placing the embeddings on a map ({method})")
        _compute(dataset, record, method)
    progress(0.95, "Saving the workspace")
    name = save_workspace(dataset, record, key)
    return {"run_key": record.key, "brain_key": key, "workspace": name, "is_new": is_new}


def _stored_method(dataset: fo.Dataset, record: RunRecord) -> str | None:
    key = brain_key(record.key)
    # A map is registered before it is computed, so one that was interrupted has no results.
    if key not in dataset.list_brain_runs() or dataset.load_brain_results(key) is None:
        return None
    return dataset.get_brain_info(key).config.method


def _is_mapped(dataset: fo.Dataset, record: RunRecord, method: str) -> bool:
    """Tells whether there is such a map of what a run was found by, not was found by once."""
    if _stored_method(dataset, record) != method:
        return False
    config = dataset.get_brain_info(brain_key(record.key)).config
    mapped, source = (config.embeddings_field, config.similarity_index), record.config["embeddings"]
    return mapped == (source.get("embeddings_field"), source.get("brain_key"))


def _compute(dataset: fo.Dataset, record: RunRecord, method: str) -> None:
    import fiftyone.brain as fob

    source, key = record.config["embeddings"], brain_key(record.key)
    settings = map_settings(dataset, record, method)
    if key in dataset.list_brain_runs():
        dataset.delete_brain_run(key)
    try:
        fob.compute_visualization(
            all_images(dataset),
            patches_field=record.patches_field,
            embeddings=source.get("embeddings_field"),
            similarity_index=source.get("brain_key"),
            method=method,
            brain_key=key,
            seed=SEED,
            verbose=False,
            progress=False,
            **settings,
        )
    except ValueError as error:
        if key in dataset.list_brain_runs():
            dataset.delete_brain_run(key)
        reason = str(error).partition("\n")[0][:200]
        raise ParameterError(
            "method",
            f"'{method}' cannot map these embeddings ({reason}); choose another method",
        ) from error


def brain_key(run_key: str) -> str:
    """Names the map of a run.

    Args:
        run_key: The run's key.

    Returns:
        The brain key.
    """
    return f"{run_key}_map"


def is_own_map(dataset: fo.Dataset, run_key: str) -> bool:
    """Tells whether the brain run in the place of a run's map is one that this plugin made.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        Whether it is a visualization with this plugin's seed.
    """
    key = brain_key(run_key)
    if key not in dataset.list_brain_runs(type="visualization"):
        return False
    return getattr(dataset.get_brain_info(key).config, "seed", None) == SEED


def list_map(dataset: fo.Dataset, run_key: str) -> list[str]:
    """Names the map and the workspace of a run, if they are there.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        What `delete_map` would delete, in words.
    """
    named: list[str] = []
    if is_own_map(dataset, run_key):
        named.append(f"brain run '{brain_key(run_key)}'")
    if has_workspace(dataset, run_key):
        named.append(f"workspace '{workspace_name(run_key)}'")
    return named


def delete_map(dataset: fo.Dataset, run_key: str) -> list[str]:
    """Deletes the map and the workspace of a run, if they are there.

    Args:
        dataset: The dataset.
        run_key: The run's key.

    Returns:
        What was deleted, in words.
    """
    deleted = list_map(dataset, run_key)
    if is_own_map(dataset, run_key):
        dataset.delete_brain_run(brain_key(run_key))
    if has_workspace(dataset, run_key):
        dataset.delete_workspace(workspace_name(run_key))
    return deleted


def rename_map(dataset: fo.Dataset, record: RunRecord, old: str, new: str) -> None:
    """Gives the map and the workspace of a run its new name; may be repeated.

    Args:
        dataset: The dataset.
        record: The run's record, as it is called now.
        old: The key that the run had.
        new: The key that it has; a map that is called like that already stays as it is.
    """
    if is_own_map(dataset, old) and brain_key(new) not in dataset.list_brain_runs():
        dataset.rename_brain_run(brain_key(old), brain_key(new))
    map_key = brain_key(new) if is_own_map(dataset, new) else None
    rename_workspace(dataset, record, map_key, old)


def check_map_name(dataset: fo.Dataset, old: str, new: str) -> None:
    """Refuses a new key of a run under which somebody else's map or workspace is.

    Args:
        dataset: The dataset.
        old: The key that the run has.
        new: The key that it is to get.

    Raises:
        ParameterError: Its own map or workspace could not take that name.
    """
    if is_own_map(dataset, old) and brain_key(new) in dataset.list_brain_runs():
        what = f"a brain run '{brain_key(new)}'"
    elif has_workspace(dataset, old) and (other := workspace_in_the_way(dataset, new, old)):
        what = f"a workspace '{other}'"
    else:
        return
    raise ParameterError(
        "new_run_key", f"There is {what} of somebody else; choose another name, or rename that"
    )
