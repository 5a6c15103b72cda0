"""The thumbnails of a page, read all at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..corrections import reads
from .session import Session
from .thumbnails import BROKEN, thumbnails

Item = Mapping[str, Any]
Pictures = Mapping[str, str]


def exemplars(row: Mapping[str, Any]) -> list[tuple[str, Item]]:
    """Lists the items that stand for a cluster.

    Args:
        row: The cluster, as `reads` gives it.

    Returns:
        For each: what it stands for, and the item; the surest first, the weakest last.
    """
    groups: Mapping[str, list[Item]] = row["exemplars"]
    order = ("representative", "borderline", "weakest")
    shown = [(kind, item) for kind in order for item in groups.get(kind, [])]
    return shown


def read_pictures(session: Session, items: Iterable[Item]) -> dict[str, str]:
    """Makes the thumbnails of some items.

    Args:
        session: The event.
        items: The items, as `reads` gives them.

    Returns:
        A data URL for each, by item id; a gray tile for what cannot be read.
    """
    wanted = list({item["item"]: dict(item) for item in items}.values())
    media = reads.media(session.dataset, wanted, run_key=session.state.run_key)
    ids = [item["item"] for item in wanted]
    urls = thumbnails([_source(media.get(item)) for item in ids])
    return dict(zip(ids, urls, strict=True))


def picture_of(pictures: Pictures, item: Item) -> str:
    """Finds the thumbnail of an item.

    Args:
        pictures: The thumbnails of the page.
        item: The item.

    Returns:
        A data URL.
    """
    return pictures.get(item["item"], BROKEN)


def _source(medium: Mapping[str, Any] | None) -> Any:
    if medium is None:
        return None
    box = medium["box"]
    path = medium["filepath"]
    return path if box is None else (path, (box[0], box[1], box[2], box[3]))
