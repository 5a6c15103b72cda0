"""Reads embeddings from where they are kept."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import fiftyone as fo

from ..base.params import ParameterError, nearest
from ..base.progress import Progress
from ..data.fields import type_name
from ..data.items import Items
from ..data.stored_values import read_stored, unpacked_vectors
from ..data.targets import Target
from .embedding_table import EmbeddingTable, Place, TableBuilder

VECTORS = 1_000
"""Vectors that are read at a time; so many per reader are in memory besides the matrix, twice."""
_READERS = 2


def list_vector_fields(target: Target) -> list[str]:
    """Lists the fields of the items that can hold embeddings.

    Args:
        target: What is worked on.

    Returns:
        Their names, without the path to the patches.
    """
    if target.root is None:
        schema = target.dataset.get_field_schema()
    else:
        prefix = f"{target.root}."
        own = target.dataset.get_field(target.root).field.document_type._fields  # boxes and masks
        flat = target.dataset.get_field_schema(flat=True)
        schema = {
            path.removeprefix(prefix): field
            for path, field in flat.items()
            if path.startswith(prefix) and path.removeprefix(prefix) not in own
        }
    return [name for name, field in schema.items() if _holds_vectors(field)]


def _holds_vectors(field: fo.Field) -> bool:
    if isinstance(field, fo.ListField):
        return isinstance(field.field, fo.FloatField | fo.IntField)
    return isinstance(field, fo.VectorField | fo.ArrayField)


def check_vector_field(target: Target, name: str) -> None:
    """Refuses a field that holds no embeddings. Cheap: looks at the schema only.

    Args:
        target: What is worked on.
        name: Name of the field.

    Raises:
        ParameterError: The field does not exist or is of another type.
    """
    known = list_vector_fields(target)
    field = target.dataset.get_field(target.path(name))
    if field is None:
        raise ParameterError(
            "embeddings_field",
            f"There is no field '{target.path(name)}' with embeddings; {nearest(name, known)}"
            + _undeclared_text(target, name),
        )
    if name not in known:
        raise ParameterError(
            "embeddings_field",
            f"'{target.path(name)}' holds no vectors ({type_name(field)}); {nearest(name, known)}",
        )


def _undeclared_text(target: Target, name: str) -> str:
    """Says what to do about an attribute that FiftyOne keeps with objects and in no schema."""
    if target.root is None:
        return ""
    call = f"dataset.add_sample_field('{target.path(name)}', fo.VectorField)"
    return f"; if the objects have such an attribute, declare it: {call}"


def list_brain_keys(target: Target) -> list[str]:
    """Lists the similarity runs that fit the target.

    Args:
        target: What is worked on.

    Returns:
        Their keys.
    """
    return [
        key
        for key in target.dataset.list_brain_runs(type="similarity")
        if _patches_field_of_run(target.dataset, key) == target.patches_field
    ]


def _patches_field_of_run(dataset: fo.Dataset, key: str) -> str | None:
    return getattr(dataset.get_brain_info(key).config, "patches_field", None)


def check_brain_key(target: Target, brain_key: str) -> None:
    """Refuses a brain run that has no embeddings of the target's items.

    Args:
        target: What is worked on.
        brain_key: Key of the brain run.

    Raises:
        ParameterError: The run does not exist, is no similarity run, or is about other items.
    """
    known = list_brain_keys(target)
    if brain_key in known:
        return
    if brain_key not in target.dataset.list_brain_runs():
        what = f"There is no brain run '{brain_key}'"
    elif brain_key not in target.dataset.list_brain_runs(type="similarity"):
        what = f"The brain run '{brain_key}' is not a similarity run, so it has no embeddings"
    else:
        about = _patches_field_of_run(target.dataset, brain_key)
        what = f"The brain run '{brain_key}' is about {about or 'whole images'}, not your target"
    raise ParameterError("brain_key", f"{what}; {nearest(brain_key, known)}")


def vectors_of_field(target: Target, items: Items, name: str, progress: Progress) -> EmbeddingTable:
    """Reads the embeddings of the items from a field.

    Args:
        target: What is worked on.
        items: The items to read.
        name: Name of the field.
        progress: Told the share that is read.

    Returns:
        The embeddings; items without one are left out and listed.

    Raises:
        ParameterError: The vectors differ in length, or some cannot be clustered.
    """
    builder = TableBuilder(items, Place("embeddings_field", f"'{target.path(name)}'"))
    done = 0
    for vectors in _read_ahead(target, items, name):
        progress(done / len(items), f"Reading embeddings from '{name}'")
        builder.add(vectors)
        done += len(vectors)
    return builder.build({"kind": "field", "embeddings_field": name})


def _read_ahead(target: Target, items: Items, name: str) -> Iterator[list[Any]]:
    """Reads and unpacks vectors side by side: most of both is done without Python's lock."""

    def read(chunk: Items) -> list[Any]:
        values = read_stored(target, chunk, name)
        return list(unpacked_vectors(values.get(item) for item in chunk.ids))

    with ThreadPoolExecutor(_READERS) as pool:
        jobs = (pool.submit(read, chunk) for chunk in items.chunks(VECTORS))
        ahead = deque(islice(jobs, _READERS))
        while ahead:
            vectors = ahead.popleft().result()
            ahead.extend(islice(jobs, 1))
            yield vectors


def vectors_of_brain_run(target: Target, items: Items, brain_key: str) -> EmbeddingTable:
    """Reads the embeddings of the items from a brain similarity index, joined by id.

    Args:
        target: What is worked on.
        items: The items to read.
        brain_key: Key of the similarity run.

    Returns:
        The embeddings; items that the index lacks are left out and listed.

    Raises:
        ParameterError: The run has no results, or some vectors cannot be clustered.
    """
    results = target.dataset.load_brain_results(brain_key)
    if results is None:
        raise ParameterError(
            "brain_key", f"The brain run '{brain_key}' has no results; compute it again"
        )
    embeddings, sample_ids, label_ids = results.get_embeddings()
    keys = sample_ids if target.root is None else label_ids
    rows = {str(key): row for key, row in zip(keys, embeddings, strict=True)}
    builder = TableBuilder(items, Place("brain_key", f"The brain run '{brain_key}'"))
    builder.add(rows.get(item) for item in items.ids)
    return builder.build({"kind": "brain", "brain_key": brain_key})
