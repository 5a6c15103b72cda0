"""Labels of many images at once, written where nobody else wrote another one."""

from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
from bson import ObjectId

from ..base.side_by_side import side_by_side
from .items import Items
from .stored_values import stored_labels
from .targets import Target

# Images in a write: more of them take longer, since each looks for its label's id among all.
_AT_ONCE = 250


def replace_label(
    target: Target, items: Items, name: str, before: str | None, label: str | None
) -> int:
    """Gives images a label, or none, where they have none or the one that is expected.

    Looking and writing are one step, so that what somebody else writes meanwhile stays.

    Args:
        target: What is worked on: whole images.
        items: The images.
        name: Name of a `fo.Classification` field.
        before: The text of the label that is replaced; None if only empty fields are filled.
        label: The text of the new one; None for none.

    Returns:
        Number of images that were written; others are gone, or have another label.
    """
    if not len(items):
        return 0
    collection = target.dataset._sample_collection
    replaced = {"$in": [None, "", *([before] if before else [])]}
    now = datetime.now(timezone.utc)

    def write(part: Items) -> int:
        ids = [ObjectId(item) for item in part.ids]
        wanted = {"_id": {"$in": ids}, f"{name}.label": replaced}
        changes = {name: _new_label(ids, label), "last_modified_at": now}
        found = collection.update_many(wanted, [{"$set": changes}], hint=[("_id", 1)])
        return int(found.matched_count)

    written = sum(side_by_side(write, items.chunks(_AT_ONCE)))
    # Brings samples that the caller's program holds up to date.
    fo.Sample._reload_docs(target.dataset._sample_collection_name, sample_ids=list(items.ids))
    return written


def _new_label(ids: list[ObjectId], label: str | None) -> dict[str, Any]:
    """Words the new label of some images, each with an id of its own, as MongoDB works it out."""
    if label is None:
        return {"$literal": None}
    (stored,) = stored_labels([{"label": label}])
    place = {"$indexOfArray": [{"$literal": ids}, "$_id"]}
    own = {"$arrayElemAt": [{"$literal": [ObjectId() for _ in ids]}, place]}
    return {"$mergeObjects": [{"$literal": stored}, {"_id": own}]}
