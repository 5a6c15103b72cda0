"""The layout of the App's window, as a browser sends it."""

from collections.abc import Iterator, Mapping
from typing import Any

import fiftyone.operators as foo


def panels(ctx: foo.ExecutionContext, kind: str) -> list[str]:
    """Finds the panels of one kind.

    Args:
        ctx: The App's context.
        kind: Name of the panel, such as "Embeddings".

    Returns:
        Their ids.
    """
    return list(_panels(ctx.request_params.get("spaces"), kind))


def _panels(layout: Any, kind: str) -> Iterator[str]:
    """Looks through the layout; a browser may have sent anything as one."""
    if not isinstance(layout, Mapping):
        return
    if layout.get("type") == kind and isinstance(layout.get("component_id"), str):
        yield layout["component_id"]
    children = layout.get("children")
    for child in children if isinstance(children, list) else ():
        yield from _panels(child, kind)
