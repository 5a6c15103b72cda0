"""Where the pixels of images and patches are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fiftyone.core.collections import SampleCollection

from ...base.database import clear_connection_errors
from ...data.fields import read_images
from ...data.items import Items
from ..documents.review import find_review
from .clusters import CURE


def media(
    samples: SampleCollection, items: Sequence[Mapping[str, Any]], run_key: str | None = None
) -> dict[str, dict[str, Any]]:
    """Finds the files, and the boxes, of some items.

    Args:
        samples: The dataset, or any view of it.
        items: What other functions give: each with `item` and `sample`.
        run_key: The run; None for the only one.

    Returns:
        By item id its `filepath`, and its relative `box` [x, y, w, h] or None. Items that are
        gone are absent.
    """
    unique = {one["item"]: one["sample"] for one in items}
    with clear_connection_errors("reading images", CURE):
        target = find_review(samples, run_key).target
        found = read_images(target, Items(tuple(unique), tuple(unique.values())))
    return {
        item: {"filepath": image, "box": None}
        if isinstance(image, str)
        else {"filepath": image[0], "box": list(image[1])}
        for item, image in found.items()
    }
