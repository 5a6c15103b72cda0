"""Keeps a FiftyOne dataset in step with image files, or takes one from FiftyOne's zoo."""

from datetime import datetime, timezone
from pathlib import Path

import fiftyone as fo
import fiftyone.zoo as foz

from .errors import DemoError
from .sources import ImageFiles

TRUTH = "ground_truth"


def sync(files: ImageFiles) -> tuple[fo.Dataset, bool]:
    """Makes the dataset of some files, or brings it up to date with them.

    New files are added, vanished ones removed, and changed ones replaced; what is known about the
    others stays.

    Args:
        files: The files that the dataset is to hold.

    Returns:
        The dataset, and whether anything in it changed.
    """
    dataset = _dataset(files.dataset_name)
    paths, changes = dataset.values(["filepath", "last_modified_at"])
    known = dict(zip(paths, changes, strict=True))
    stale = {path for path, changed in known.items() if _is_stale(path, changed, files)}
    if stale:
        dataset.delete_samples(dataset.select_by("filepath", list(stale)))
    added = [path for path in files.labels if path not in known or path in stale]
    if added:
        dataset.add_samples([fo.Sample(filepath=path) for path in added], progress=False)
    if files.has_truth:
        _write_truth(dataset, files.labels)
    return dataset, bool(stale or added)


def _dataset(name: str) -> fo.Dataset:
    if fo.dataset_exists(name):
        return fo.load_dataset(name)
    return fo.Dataset(name, persistent=True)


def _is_stale(path: str, changed: datetime, files: ImageFiles) -> bool:
    if path not in files.labels:
        return True
    modified = datetime.fromtimestamp(Path(path).stat().st_mtime, timezone.utc)
    return modified > changed.replace(tzinfo=timezone.utc)


def _write_truth(dataset: fo.Dataset, labels: dict[str, str | None]) -> None:
    if not dataset.has_sample_field(TRUTH):
        dataset.add_sample_field(TRUTH, fo.EmbeddedDocumentField, fo.Classification)
    paths, stored = dataset.values(["filepath", f"{TRUTH}.label"])
    known = dict(zip(paths, stored, strict=True))
    wrong = {path: label for path, label in labels.items() if known[path] != label}
    if wrong:
        values = {path: label and fo.Classification(label=label) for path, label in wrong.items()}
        dataset.set_values(TRUTH, values, key_field="filepath")


def from_zoo(name: str) -> tuple[fo.Dataset, bool]:
    """Loads a dataset of FiftyOne's zoo; it is downloaded the first time.

    Args:
        name: Its name there.

    Returns:
        The dataset, and whether it was made just now.

    Raises:
        DemoError: The zoo has no such dataset, it could not be downloaded, or it is not of images.
    """
    ours = f"autolabel-demo-{name}"
    if fo.dataset_exists(ours):
        dataset = fo.load_dataset(ours)
        if dataset.info.get("is_whole"):
            return dataset, False
        dataset.delete()  # a run was interrupted while it was made
    if name not in foz.list_zoo_datasets():
        raise DemoError(
            f"FiftyOne's zoo has no dataset '{name}': "
            "see https://docs.voxel51.com/dataset_zoo/datasets.html for their names."
        )
    try:
        dataset = foz.load_zoo_dataset(name, dataset_name=ours, persistent=True)
    except (OSError, RuntimeError, ImportError, ValueError) as error:
        if fo.dataset_exists(ours):
            fo.delete_dataset(ours)
        raise DemoError(f"'{name}' could not be taken from FiftyOne's zoo: {error}.") from error
    if dataset.media_type != "image":
        kind = dataset.media_type
        fo.delete_dataset(ours)
        raise DemoError(f"The demo takes data sets of images, and '{name}' is of type '{kind}'.")
    dataset.info["is_whole"] = True
    dataset.save()
    return dataset, True
