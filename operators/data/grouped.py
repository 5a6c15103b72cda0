"""Grouped datasets, of which FiftyOne's queries see one slice unless they are told otherwise."""

import fiftyone as fo
from fiftyone.core.collections import SampleCollection

from ..base.params import ParameterError
from ..base.wording import list_text

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


def hides_images(dataset: fo.Dataset) -> bool:
    """Looks whether a dataset got a group field while it had images, which are in no group.

    Args:
        dataset: The dataset.

    Returns:
        Whether there are images that FiftyOne shows in no slice.
    """
    if dataset.media_type != GROUP:
        return False
    wanted = {f"{dataset.group_field}._id": None}
    return dataset._sample_collection.find_one(wanted, {"_id": 1}) is not None


def flattened(samples: SampleCollection) -> SampleCollection:
    """Takes the slice that is shown where there is a tile per group.

    Args:
        samples: A dataset or view.

    Returns:
        It, if its tiles are images already; a flat view of the slice if not.

    Raises:
        ParameterError: There are no images in that slice.
    """
    if samples.media_type != GROUP:
        return samples
    name, kinds = samples.group_slice, samples.group_media_types
    images = sorted(slice_ for slice_, kind in kinds.items() if kind == "image")
    if name not in images:
        cure = f"show one of images ({list_text(images)})" if images else "open one with images"
        raise ParameterError(
            "view_target",
            f"Only images can be clustered, and the slice '{name}' has {kinds.get(name)} media; "
            f"{cure}",
        )
    return samples.select_group_slices(name)


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
