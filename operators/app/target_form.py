"""The choice of what an operator works on: dataset, view, selection, and the objects of a field."""

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types
from fiftyone.operators.constants import ViewTarget

from ..data.grouped import GROUP, how_to_take_slices, slice_alone
from ..data.targets import list_patches_fields
from . import forms, panel_views


def add_target(inputs: types.Object, ctx: foo.ExecutionContext, action: str) -> None:
    """Adds the choice between dataset, view and selection, and that of a patches field.

    Args:
        inputs: The form.
        ctx: The execution context.
        action: A verb for the descriptions, such as "Cluster".
    """
    add_view_target(inputs, ctx, action)
    fields = list_patches_fields(ctx.dataset)
    if fields and not ctx.view._is_patches:
        forms.add_choice(
            inputs,
            "patches_field",
            fields,
            label="Patches field",
            description=f"{action} the objects of this field instead of whole images",
        )


def add_view_target(inputs: types.Object, ctx: foo.ExecutionContext, action: str) -> None:
    """Adds the choice between dataset, view and selection.

    Args:
        inputs: The form.
        ctx: The execution context.
        action: A verb for the descriptions, such as "Cluster".
    """
    is_of_the_panel, is_grouped = _is_of_the_panel(ctx), ctx.dataset.media_type == GROUP
    # What FiftyOne calls a grouped dataset has a tile per group, which it lets nobody choose here.
    whole = ViewTarget.DATASET_VIEW if is_grouped else ViewTarget.DATASET
    inputs.view_target(
        ctx,
        action_description=action,
        default_target=whole if is_of_the_panel else None,
        require_flat=True,
        allow_dataset_view=is_grouped and is_of_the_panel,
        dataset_view_label="Slice",
    )
    if is_grouped:
        _add_slice(inputs, ctx)


def _add_slice(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    """Says which slice is taken alone, since FiftyOne offers no way here to take several."""
    name = slice_alone(target_samples(ctx))
    if name is not None:
        way = how_to_take_slices(ctx.dataset)
        words = f"Only the slice '{name}' is taken. To take several together, first {way}"
        inputs.view("slice", types.Notice(label=words))


def target_samples(ctx: foo.ExecutionContext) -> SampleCollection:
    """Gives what a form is about: what is chosen in it, or what is chosen at first.

    Args:
        ctx: The execution context.

    Returns:
        The dataset or view.
    """
    is_chosen = ctx.request_params.get("view_target") is not None
    if is_chosen or not _is_of_the_panel(ctx):
        return ctx.target_view(require_flat=True)
    return ctx.flatten_group_slices(ctx.dataset)


def _is_of_the_panel(ctx: foo.ExecutionContext) -> bool:
    """Tells whether the view is the panel's; what the user selected in it is the user's choice."""
    is_narrowed = bool(ctx.selected) or ctx.view._is_patches  # no form of patches has the dataset
    return not is_narrowed and panel_views.is_shown(ctx)
