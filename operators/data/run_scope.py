"""Which images a run is about, those included that came to the dataset after it."""

import json
from typing import Any

import fiftyone as fo

from .grouped import GROUP, image_slices
from .records import RunRecord

# Stages that leave out no image, and no object of one, but those of other slices.
_SLICES, _PATCHES = "SelectGroupSlices", "ToPatches"


def images_in_scope(
    dataset: fo.Dataset, record: RunRecord, group_slice: str | None = None
) -> dict[str, Any] | None:
    """Builds a query for the images that a run is about. Cheap: reads the record only.

    Args:
        dataset: The dataset of the run.
        record: The run's record.
        group_slice: The slice of a grouped dataset that is shown; None for its default.

    Returns:
        Conditions of MongoDB: none at all for a whole dataset, those of its slices for a grouped
        one. None where the run was made on a part on purpose, or not on the slice that is shown.
    """
    told = (record.config.get("target") or {}).get("stages")
    stages = {_kind(stage): stage for stage in json.loads(told)} if told is not None else {"": {}}
    if not stages.keys() <= {_SLICES, _PATCHES}:
        return None
    if dataset.media_type != GROUP:
        return None if _SLICES in stages else {}
    slices = _slices(dataset, stages.get(_SLICES, {}))
    if (group_slice or dataset.default_group_slice) not in slices:
        return None
    return {f"{dataset.group_field}.name": {"$in": slices}}


def _kind(stage: dict[str, Any]) -> str:
    return str(stage["_cls"]).rpartition(".")[2]


def _slices(dataset: fo.Dataset, stage: dict[str, Any]) -> list[str]:
    """Lists the slices that a stage takes; all with images where it names none."""
    taken = dict(stage.get("kwargs") or ()).get("slices") or image_slices(dataset)
    return [taken] if isinstance(taken, str) else list(taken)
