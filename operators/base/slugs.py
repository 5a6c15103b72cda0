"""Names of saved views and workspaces, which FiftyOne tells apart by their slugs alone."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from fiftyone.core.utils import to_slug


def name_of_run(run_key: str, content: str) -> str:
    """Names what is saved for a run, so that its slug is of this run alone.

    Args:
        run_key: The run's key.
        content: What is saved.

    Returns:
        "<run_key>: <content>"; where the slug drops signs of the key, with a mark of the whole key.
    """
    if run_key.isascii():
        return f"{run_key}: {content}"
    mark = hashlib.sha256(run_key.encode()).hexdigest()[:6]
    return f"{run_key} {mark}: {content}"


def other_of_slug(
    infos: Iterable[Mapping[str, Any]], name: str, own: Collection[str]
) -> str | None:
    """Finds what saving under a name would replace, unless it is one's own.

    FiftyOne replaces whatever has the same slug, which drops case, signs and Chinese.

    Args:
        infos: Name and description of what is saved.
        name: The name to save under.
        own: Descriptions of one's own.

    Returns:
        The name of what somebody else saved; None if there is nothing.
    """
    slug = to_slug(name)
    for info in infos:
        if to_slug(info["name"]) == slug and info["description"] not in own:
            return info["name"]
    return None
