"""Which views the review panel made, so that no form takes one for a choice of the user.

The panel shows a cluster, or a page of small ones, in the grid. Whoever then opens a form did not
narrow anything down.
"""

import hashlib
import json
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo

from ..base.recent import Recent

_made: Recent[bool] = Recent()


def note(view: fo.DatasetView) -> None:
    """Notes that the panel makes the App show a view.

    Args:
        view: The view.
    """
    _made.put(_key(view._root_dataset.name, view._serialize()), True)


def is_shown(ctx: foo.ExecutionContext) -> bool:
    """Tells whether the App shows a view just as the panel made it.

    Args:
        ctx: The App's context.

    Returns:
        False where the user chose a view, or filtered that of the panel.
    """
    stages = ctx.request_params.get("view")
    if not isinstance(stages, list) or not stages or ctx.request_params.get("filters"):
        return False
    return bool(_made.get(_key(str(ctx.request_params.get("dataset_name")), stages)))


def is_below(ctx: foo.ExecutionContext) -> bool:
    """Tells whether the App shows a view that the panel made, perhaps narrowed by the user.

    Args:
        ctx: The App's context.

    Returns:
        False where the user chose a view.
    """
    return _end_of_made(ctx) > 0


def added(ctx: foo.ExecutionContext) -> list[Any]:
    """Finds what the user narrowed a view with that the panel made.

    Args:
        ctx: The App's context.

    Returns:
        The stages after those of the panel; none where the user chose the whole view.
    """
    end = _end_of_made(ctx)
    return ctx.request_params["view"][end:] if end else []


def _end_of_made(ctx: foo.ExecutionContext) -> int:
    """Counts the stages of the view that the panel made; 0 where it made none."""
    stages, dataset = ctx.request_params.get("view"), str(ctx.request_params.get("dataset_name"))
    if not isinstance(stages, list):
        return 0
    ends = range(len(stages), 0, -1)
    return next((end for end in ends if _made.get(_key(dataset, stages[:end]))), 0)


def _key(dataset: str, stages: list[Any]) -> str:
    """Names a view by what its stages do: the browser gives them other ids."""
    told = [[one.get("_cls"), one.get("kwargs")] for one in stages if isinstance(one, dict)]
    return hashlib.sha256(json.dumps([dataset, told], default=str).encode()).hexdigest()
