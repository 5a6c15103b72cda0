"""Views of patches, which are copies: they do not follow what is written to the objects."""

import fiftyone.operators as foo


def renew_patches(ctx: foo.ExecutionContext) -> None:
    """Makes the patches anew that the App shows, if it does, before it reloads its dataset.

    The App takes the copy that it has, whatever changed, and an edit of a patch there would write
    its old cluster back to the object.

    Args:
        ctx: The App's context, after something was written.
    """
    if ctx.view is not None and ctx.view._is_patches:
        ctx.view.reload()
