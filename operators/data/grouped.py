"""Grouped datasets, of which FiftyOne's queries see one slice unless they are told otherwise."""

import fiftyone as fo
import fiftyone.core.stages as fos
from fiftyone.core.collections import SampleCollection

GROUP = "group"


def all_images(dataset: fo.Dataset) -> SampleCollection:
    """Gives all images of a dataset, whatever slice of a grouped one is shown.

    Args:
        dataset: The dataset.

    Returns:
        The dataset itself; of a grouped one a flat view of all its slices of images.
    """
    if dataset.media_type != GROUP:
        return dataset
    return dataset.select_group_slices(media_type="image")


def flattened(samples: SampleCollection) -> SampleCollection:
    """Takes the slice that is shown where there is a tile per group.

    Args:
        samples: A dataset or view.

    Returns:
        It, if its tiles are no groups or dynamic ones, which have no slices; a flat view of the
        slice if they are.
    """
    if samples.media_type != GROUP or samples._is_dynamic_groups:
        return samples
    return samples.select_group_slices(samples.group_slice)


def image_slices(dataset: fo.Dataset) -> list[str]:
    """Lists the slices of a grouped dataset that hold images.

    Args:
        dataset: The dataset.

    Returns:
        Their names; none where there are no groups.
    """
    if dataset.media_type != GROUP:
        return []
    return sorted(name for name, kind in dataset.group_media_types.items() if kind == "image")


def slices_of(samples: SampleCollection) -> list[str]:
    """Lists the slices of a grouped dataset that are worked on.

    Args:
        samples: A dataset or view of images.

    Returns:
        Their names; none where there are no groups, or the view is one of patches.
    """
    dataset, view = samples._root_dataset, flattened(samples)
    path = f"{dataset.group_field}.name"
    return view.distinct(path) if dataset.group_field and view.get_field(path) else []


def slice_alone(samples: SampleCollection) -> str | None:
    """Finds the slice that a flat view takes of several, by its stages: reads no samples.

    Args:
        samples: A dataset or view, flat.

    Returns:
        The slice's name; None where there are no others with images, or several are taken.
    """
    if len(image_slices(samples._root_dataset)) < 2:
        return None
    for stage in reversed(getattr(samples, "_all_stages", [])):
        if isinstance(stage, fos.SelectGroupSlices):
            taken = stage.slices
            names = [taken] if isinstance(taken, str) else list(taken or [])
            return names[0] if len(names) == 1 else None
    return None


def how_to_take_slices(dataset: fo.Dataset) -> str:
    """Says how several slices are taken together in the App.

    Args:
        dataset: A dataset with several slices of images.

    Returns:
        The middle of a sentence.
    """
    names = ",".join(image_slices(dataset))
    return f"add the stage SelectGroupSlices with {names} to the view bar"
