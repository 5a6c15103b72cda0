"""The saved view that the App shows, which may go with the run or the evaluation that made it."""

import fiftyone.operators as foo
from fiftyone.operators.message import GeneratedMessage

from .patches_view import reload_shown


def reload_or_leave(ctx: foo.ExecutionContext) -> GeneratedMessage:
    """Lets the App show what was written, on the whole dataset if its saved view is gone.

    FiftyOne's server fails on a saved view that it does not find, and the App then shows nothing of
    this dataset but the error until the server starts again. So the App must not reload with it:
    going back to the dataset loads the same.

    Args:
        ctx: The App's context, after something was written, or saved views deleted or renamed.

    Returns:
        What tells the App, sent already unless the operator sends its messages itself.
    """
    name = ctx.request_params.get("view_name")
    if name is None or ctx.dataset.has_saved_view(name):
        return reload_shown(ctx)
    return ctx.ops.clear_view()
