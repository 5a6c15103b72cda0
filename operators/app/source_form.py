"""The part of a form that says where embeddings come from."""

import fiftyone.operators as foo
from fiftyone.operators import types

from ..base.params import ParameterError
from ..data.targets import Target, resolve_target
from ..embedding.vectors import list_brain_keys, list_vector_fields
from . import forms


def target_of(ctx: foo.ExecutionContext) -> Target | None:
    """Works out what the form is about.

    Args:
        ctx: The execution context.

    Returns:
        The target; None if it is unfit, which the form shows elsewhere.
    """
    try:
        return resolve_target(ctx.target_view(require_flat=True), ctx.params.get("patches_field"))
    except ParameterError:
        return None


def add_source(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    """Adds the choice of embeddings that are there, or of the network that computes them.

    Args:
        inputs: The form.
        ctx: The execution context.
    """
    target = target_of(ctx)
    if target is None:
        return
    fields, brain_keys = list_vector_fields(target), list_brain_keys(target)
    if fields and not ctx.params.get("brain_key"):
        forms.add_choice(
            inputs,
            "embeddings_field",
            fields,
            label="Embeddings field",
            description="Field with embeddings; they are computed first when this is empty",
        )
    if brain_keys and not ctx.params.get("embeddings_field"):
        forms.add_choice(
            inputs,
            "brain_key",
            brain_keys,
            label="Similarity index (brain key)",
            description="Brain run to take the embeddings from",
        )
    if _computes(ctx):
        forms.add_backbone(inputs)


def add_batch_size(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    """Adds an advanced setting, where it has an effect or a value.

    Args:
        inputs: The form.
        ctx: The execution context.
    """
    if forms.is_set(ctx, "batch_size") or (_computes(ctx) and ctx.params.get("advanced")):
        forms.add_batch_size(inputs)


def _computes(ctx: foo.ExecutionContext) -> bool:
    """Tells whether embeddings may be computed: none are chosen."""
    return not ctx.params.get("brain_key") and not ctx.params.get("embeddings_field")
