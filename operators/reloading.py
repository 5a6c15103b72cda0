"""Reads a dataset again, whatever it is called by now."""

import fiftyone as fo
from mongoengine.errors import DoesNotExist


def reload_dataset(dataset: fo.Dataset) -> None:
    """Brings a dataset up to date with the database, with its name.

    `Dataset.reload()` looks for the name that the dataset had when it was loaded: of one that
    another program has renamed it finds nothing, or another dataset.

    Args:
        dataset: The dataset.

    Raises:
        DatasetNotFoundError: It was deleted.
    """
    name = dataset.name
    try:
        dataset._doc.reload("name")  # by its id
    except DoesNotExist as error:
        raise fo.DatasetNotFoundError(name) from error
    if dataset.name != name:
        _register(dataset, name)
    dataset.reload()


def _register(dataset: fo.Dataset, old: str) -> None:
    """Has FiftyOne, which keeps the datasets of a program by name, find one by its new name."""
    known = fo.Dataset._instances
    if known.get(old) is dataset:
        del known[old]
    known.setdefault(dataset.name, dataset)
