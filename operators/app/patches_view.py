"""Views of patches, which are copies: they do not follow what is written to the objects."""

import fiftyone.operators as foo
from fiftyone.operators.message import GeneratedMessage


def renew_patches(ctx: foo.ExecutionContext) -> None:
    """Makes the patches anew that the App shows, if it does, before it reloads its dataset.

    The App takes the copy that it has, whatever changed, and an edit of a patch there would write
    its old cluster back to the object.

    Args:
        ctx: The App's context, after something was written.
    """
    try:
        view = ctx.view
    except ValueError:
        return  # it was a saved view, or about a field, that went with what was written
    if view is not None and view._is_patches:
        view.reload()


def reload_shown(ctx: foo.ExecutionContext) -> GeneratedMessage:
    """Lets the App show what was written, patches too.

    Args:
        ctx: The App's context, after something was written.

    Returns:
        What tells the App to reload, sent already unless the operator sends its messages itself.
    """
    renew_patches(ctx)
    return ctx.ops.reload_dataset()
