"""What an operator works on: the images, or the image patches, of a dataset or view."""

import dataclasses
import json
from typing import Any

import fiftyone as fo
from bson import json_util
from fiftyone import ViewField as F
from fiftyone.core.collections import SampleCollection

from ..base.params import ParameterError, nearest
from ..base.reloading import reload_if_outdated
from ..base.wording import count_text, list_text, shown
from .grouped import all_images, flattened, image_slices
from .items import Items

# Attribute that holds the objects of each kind of label list that has boxes.
_LABEL_LISTS = {fo.Detections: "detections", fo.Polylines: "polylines"}


@dataclasses.dataclass(frozen=True)
class Target:
    """The images or patches to work on.

    Attributes:
        view: The dataset or view as it was given.
        dataset: The dataset that is read and written.
        patches_field: The field whose objects are the items; None for whole images.
        root: Path of the list of objects, such as "ground_truth.detections"; None for images.
    """

    view: SampleCollection
    dataset: fo.Dataset
    patches_field: str | None
    root: str | None

    @property
    def everything(self) -> SampleCollection:
        """All images of the dataset, those of all slices of a grouped one: what is read from."""
        return all_images(self.dataset)

    @property
    def noun(self) -> str:
        """What the items are called in messages."""
        return "images" if self.root is None else "patches"

    def path(self, name: str) -> str:
        """Full path of a field that is kept per item.

        Args:
            name: Name of the field, such as "cluster".

        Returns:
            `name` for images, "ground_truth.detections.cluster" for patches.
        """
        return name if self.root is None else f"{self.root}.{name}"

    def path_in_patches(self, name: str) -> str:
        """Path of a field that is kept per item, in a view with one item a sample.

        Args:
            name: Name of the field, such as "cluster".

        Returns:
            `name` for images; "ground_truth.cluster" for patches, in a patches view of them.
        """
        return name if self.patches_field is None else f"{self.patches_field}.{name}"

    def count_up_to(self, limit: int) -> int:
        """Counts the items, looking at no more than `limit` images.

        Args:
            limit: Where the counting may stop; at least 1.

        Returns:
            The number of images up to `limit`; of patches, those on the first `limit` images
            that have any.
        """
        if self.root is None or self._is_patches_view:
            return len(self.view.limit(limit))
        # Not `exists`: an empty list exists.
        having_any = self.view.match(F(self.root).length() > 0)
        return int(having_any.limit(limit).count(self.root))

    @property
    def is_narrowed(self) -> bool:
        """Whether it may lack some of the dataset's items."""
        return isinstance(self.view, fo.DatasetView) and bool(self.view._all_stages)

    def items(self) -> Items:
        """Reads the ids of all items, which stay fixed from then on.

        Returns:
            The items, in the order of the view; one that joined views have in common counts once.

        Raises:
            ParameterError: Patches of the dataset share their ids.
        """
        if self.root is None:
            ids = tuple(dict.fromkeys(self.view.values("id")))
            return Items(ids, ids)
        pairs = self._patches(self.view)
        # Others than those of the view count too: clusters are kept by the id of the patch.
        everything = pairs if self.view is self.dataset else self._patches(self.everything)
        _check_own_ids(str(self.patches_field), [label for label, _ in everything])
        pairs = list(dict.fromkeys(pairs))
        return Items(tuple(label for label, _ in pairs), tuple(sample for _, sample in pairs))

    def _patches(self, samples: SampleCollection) -> list[tuple[str, str]]:
        """Reads the ids of patches, each with that of its image."""
        if samples._is_patches:
            return list(zip(*samples.values(["id", "sample_id"]), strict=True))
        rows = zip(*samples.values(["id", f"{self.root}.id"]), strict=True)
        return [(label, sample) for sample, labels in rows for label in labels or ()]

    def describe(self) -> dict[str, Any]:
        """Describes the target for the run record.

        Returns:
            Plain values: the patches field and the view's stages as MongoDB's "Extended JSON",
            which are None where they name so many ids that they would not fit into a record.
        """
        is_view = isinstance(self.view, fo.DatasetView)
        stages = json.dumps(
            self.view._serialize(include_uuids=False) if is_view else [],
            default=json_util.default,  # an expression may hold ids, dates and patterns
        )
        is_small = len(stages) < 1_000_000
        return {"patches_field": self.patches_field, "stages": stages if is_small else None}

    @property
    def _is_patches_view(self) -> bool:
        return self.view._is_patches


def dataset_of(samples: SampleCollection) -> fo.Dataset:
    """Finds the dataset that a call is about.

    Args:
        samples: The dataset, or any view of it.

    Returns:
        The dataset.

    Raises:
        TypeError: `samples` is no dataset or view.
    """
    if not isinstance(samples, SampleCollection):
        raise TypeError(f"'samples' must be a FiftyOne dataset or view (got {shown(samples)})")
    return samples._root_dataset


def resolve_target(samples: SampleCollection, patches_field: str | None = None) -> Target:
    """Works out what to work on, and refuses what cannot be clustered. Cheap: reads no samples.

    Args:
        samples: A dataset or view of images, or a patches view; of a grouped one the slice that is
            shown is meant.
        patches_field: A Detections or Polylines field whose objects are the items.

    Returns:
        The target.

    Raises:
        TypeError: `samples` is no dataset or view.
        ParameterError: The media cannot be clustered, or `patches_field` does not fit.
    """
    dataset = dataset_of(samples)
    reload_if_outdated(dataset)
    samples = flattened(samples)
    _check_media(samples)
    if samples._is_patches:
        patches_field = _field_of_patches(samples, patches_field)
    if patches_field is None:
        return Target(samples, dataset, None, None)
    root = f"{patches_field}.{_label_list(dataset, patches_field)}"
    if not samples._is_patches and samples.get_field(root) is None:
        raise ParameterError(
            "patches_field",
            f"The view leaves out the field '{patches_field}', whose patches are asked for; take "
            "a view that keeps it, or the dataset",
        )
    return Target(samples, dataset, patches_field, root)


def target_of_record(dataset: fo.Dataset, patches_field: str | None) -> Target:
    """Rebuilds the writing side of a target from a run record.

    Args:
        dataset: The dataset of the run.
        patches_field: The recorded patches field; None for images.

    Returns:
        A target whose view is the whole dataset.

    Raises:
        ParameterError: The patches field is gone.
    """
    if patches_field is None:
        return Target(all_images(dataset), dataset, None, None)
    attribute = _list_attribute(dataset, patches_field)
    if attribute is None:
        raise ParameterError(
            "run_key",
            f"The patches of '{patches_field}' were clustered, and '{dataset.name}' has no such "
            "field of Detections or Polylines any more; if it has another name now, give it back "
            f"the old one: dataset.rename_sample_field('<new name>', '{patches_field}')",
        )
    root = f"{patches_field}.{attribute}"
    return Target(all_images(dataset), dataset, patches_field, root)


def _check_own_ids(patches_field: str, ids: list[str]) -> None:
    shared = len(ids) - len(set(ids))
    if shared:
        which = f"{count_text(shared, 'patches')} of '{patches_field}'"
        raise ParameterError(
            "patches_field",
            f"{which} {'has' if shared == 1 else 'have'} the id of another one, as copies made "
            "with new_ids=True do; give the copies their own ids in Python: for sample in "
            f"<copies>.iter_samples(autosave=True): sample['{patches_field}'] = "
            f"sample['{patches_field}'].copy()",
        )


def _check_media(samples: SampleCollection) -> None:
    if isinstance(samples, fo.DatasetView) and samples._is_dynamic_groups:
        raise ParameterError(
            "view_target",
            "The view shows one tile per group; clear the view or pick the dataset, so that "
            "every image is seen",
        )
    media_type = samples.media_type
    if samples._is_frames or samples._is_clips or media_type not in (None, "image"):
        kind = "video" if samples._is_frames or samples._is_clips else media_type
        slices = image_slices(samples._root_dataset)
        cure = "open a dataset of images"
        if kind == "mixed":
            cure = "take the slices with images, with select_group_slices(media_type='image')"
        elif slices and kind == media_type:
            cure = f"show a slice of images ({list_text(slices)})"
        elif kind == "video":
            cure = "make one of frames in Python with dataset.to_frames(sample_frames=True).clone()"
        raise ParameterError(
            "view_target", f"Only images can be clustered (got {kind} media); {cure}"
        )


def _field_of_patches(samples: SampleCollection, patches_field: str | None) -> str:
    fields = samples._label_fields
    if len(fields) != 1:
        raise ParameterError(
            "view_target",
            "Evaluation patches cannot be clustered; show the patches of a field with the patches "
            "button above the grid, or with to_patches('<field>')",
        )
    if patches_field not in (None, fields[0]):
        raise ParameterError(
            "patches_field",
            f"The view shows the patches of '{fields[0]}', not of '{patches_field}'; leave the "
            "patches field empty, or clear the view",
        )
    return fields[0]


def list_patches_fields(dataset: fo.Dataset) -> list[str]:
    """Lists the fields whose objects can be clustered.

    Args:
        dataset: The dataset.

    Returns:
        Names of its Detections and Polylines fields.
    """
    return [name for name in dataset.get_field_schema() if _list_attribute(dataset, name)]


def _label_list(dataset: fo.Dataset, name: str) -> str:
    if not isinstance(name, str):
        raise ParameterError("patches_field", f"'patches_field' must be a text (got {shown(name)})")
    attribute = _list_attribute(dataset, name)
    if attribute is not None:
        return attribute
    known = list_patches_fields(dataset)
    if dataset.get_field(name) is None:
        what = f"'{dataset.name}' has no field '{name}'; {nearest(name, known)}"
    else:
        what = f"'{name}' is not a Detections or Polylines field; {nearest(name, known)}"
    raise ParameterError("patches_field", what)


def _list_attribute(dataset: fo.Dataset, name: str) -> str | None:
    field = dataset.get_field(name)
    if not isinstance(field, fo.EmbeddedDocumentField):
        return None
    return _LABEL_LISTS.get(field.document_type)
