"""Reads the embeddings that a run was made of once more."""

from ..base.params import ParameterError
from ..data.items import Items
from ..data.records import RunRecord
from ..data.targets import Target
from .vectors import (
    EmbeddingTable,
    check_brain_key,
    check_vector_field,
    vectors_of_brain_run,
    vectors_of_field,
)


def check_embeddings_of_run(target: Target, record: RunRecord) -> None:
    """Refuses a run whose embeddings were deleted. Cheap: looks at the schema only.

    Args:
        target: What was clustered.
        record: The run's record.

    Raises:
        ParameterError: They are gone.
    """
    source, dataset = record.config.get("embeddings", {}), target.dataset
    field, similarity = source.get("embeddings_field"), source.get("brain_key")
    if similarity and similarity not in dataset.list_brain_runs():
        raise ParameterError(
            "run_key",
            f"The brain run '{similarity}' with the embeddings of the run '{record.key}' is gone; "
            "compute the similarity again under that key",
        )
    if field and dataset.get_field(target.path(field)) is None:
        raise ParameterError(
            "run_key",
            f"The field '{target.path(field)}' with the embeddings of the run '{record.key}' is "
            "gone; compute them again into a field of that name",
        )


def vectors_of_run(record: RunRecord, target: Target, items: Items) -> EmbeddingTable:
    """Reads embeddings of some items from where their run took them.

    Args:
        record: The run's record.
        target: What was clustered.
        items: The items.

    Returns:
        The embeddings; items without one are left out and listed.

    Raises:
        ParameterError: They are gone, or cannot be used.
    """
    check_embeddings_of_run(target, record)
    source = record.config.get("embeddings", {})
    if source.get("kind") == "brain":
        check_brain_key(target, source["brain_key"])
        return vectors_of_brain_run(target, items, source["brain_key"])
    name = source.get("embeddings_field")
    if not name:
        raise ParameterError(
            "run_key",
            f"The run '{record.key}' does not say which embeddings it used; cluster the images "
            "again",
        )
    check_vector_field(target, name)
    return vectors_of_field(target, items, name, lambda share, label: None)
