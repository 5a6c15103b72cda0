"""Values in the form in which FiftyOne stores them, written in a third of the time of `set_values`.

`set_values` makes an object of each value and checks it against the schema. Here the caller
has declared the field, and all values are of one kind. The tests compare what is stored with what
`set_values` stores.
"""

import io
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
import fiftyone.core.odm as foo
import numpy as np
from bson import ObjectId
from pymongo import UpdateOne

from ..base.side_by_side import side_by_side
from .fields import read_values
from .items import Items
from .targets import Target

# As they are: to unpack a vector takes a twelfth of the time, and to pack it a tenth. Any level
# would save 8 % of what an embedding network gives, and MongoDB compresses what it stores anyway.
_LEVEL = 0
# How zlib begins with that level: its own two bytes, then "this block is the last, and unpacked".
_ONE_BLOCK = b"\x78\x01\x01"
# Writes in a message, so that some are worded while MongoDB carries out others.
_AT_ONCE = 500


def stored_vector(vector: np.ndarray) -> bytes:
    """Packs a vector as a `VectorField` does.

    Args:
        vector: Shape (D,).

    Returns:
        Its NumPy file in the compressed format, as it is.
    """
    with io.BytesIO() as file:
        np.save(file, vector, allow_pickle=False)
        return zlib.compress(file.getbuffer(), _LEVEL)


def unpacked_vectors(values: Iterable[Any]) -> Iterator[Any]:
    """Unpacks vectors as a `VectorField` does, in half of the time: NumPy parses one header only.

    Args:
        values: Stored vectors; what is none, such as None or a list, stays as it is.

    Yields:
        Their arrays, which cannot be written to.
    """
    header, dtype = b"", np.dtype(np.float32)
    for value in values:
        if not isinstance(value, bytes | str):
            yield value
            continue
        raw = _unpacked(value if isinstance(value, bytes) else b64decode(value))
        if header and raw[: len(header)] == header:
            yield np.frombuffer(raw, dtype, offset=len(header))
            continue
        vector = np.load(io.BytesIO(raw), allow_pickle=False)
        if vector.ndim == 1:
            header, dtype = bytes(raw[: len(raw) - vector.nbytes]), vector.dtype
        yield vector


def _unpacked(packed: bytes) -> bytes | memoryview:
    """Undoes zlib's packing. What was left as it is, in one block, is looked at where it lies."""
    head = packed[:7]
    length = int.from_bytes(head[3:5], "little")
    is_one_block = head[:3] == _ONE_BLOCK and len(packed) == length + 11
    return memoryview(packed)[7:-4] if is_one_block else zlib.decompress(packed)


def stored_labels(values: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Packs labels that have the same attributes.

    Args:
        values: The attributes of each `fo.Classification`.

    Yields:
        The documents, each with an id of its own.
    """
    if not values:
        return
    template = dict(fo.Classification(**values[0]).to_dict())
    for value in values:
        yield template | {"_id": ObjectId(), "tags": []} | dict(value)


def read_stored(target: Target, items: Items, name: str) -> dict[str, Any]:
    """Reads a field of some items as it is stored.

    Args:
        target: What is worked on.
        items: The items, some 10,000 at most.
        name: Name of the field, without the path to the patches; there, values come as FiftyOne
            reads them.

    Returns:
        Stored value by item id; items that are gone are absent.
    """
    if target.root is not None:
        return read_values(target, items, name)
    wanted = {"_id": {"$in": [ObjectId(item) for item in items.ids]}}
    # All in as few messages as they fit into, instead of a hundred in the first.
    found = target.dataset._sample_collection.find(wanted, {name: 1}, batch_size=len(items) + 1)
    return {str(document["_id"]): document.get(name) for document in found}


def write_stored(target: Target, items: Items, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes fields of some items; items that are gone are passed over.

    Args:
        target: What is worked on.
        items: The items, some 10,000 at most.
        rows: For each item its stored values by field, without the path to the patches.
    """
    now = datetime.now(timezone.utc)
    collection = target.dataset._sample_collection

    def write(start: int) -> None:
        part = slice(start, start + _AT_ONCE)
        of_part = zip(items.ids[part], items.sample_ids[part], rows[part], strict=True)
        foo.bulk_write([_write(target, *one, now) for one in of_part], collection)

    if not len(items):
        return
    side_by_side(write, range(0, len(items), _AT_ONCE))
    # Brings samples that the caller's program holds up to date.
    samples = list(dict.fromkeys(items.sample_ids))
    fo.Sample._reload_docs(target.dataset._sample_collection_name, sample_ids=samples)


def _write(
    target: Target, item: str, sample: str, row: Mapping[str, Any], now: datetime
) -> UpdateOne:
    where: dict[str, Any] = {"_id": ObjectId(sample)}
    prefix = ""
    if target.root is not None:
        where[f"{target.root}._id"] = ObjectId(item)
        prefix = f"{target.root}.$."
    changes = {f"{prefix}{name}": value for name, value in row.items()}
    return UpdateOne(where, {"$set": changes | {"last_modified_at": now}})
