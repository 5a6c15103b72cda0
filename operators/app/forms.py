"""Pieces that the operators' forms share; each shows a wrong value beside its input."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

import fiftyone.operators as foo
from fiftyone.operators import types

from ..base.database import clear_connection_errors
from ..base.operator_params import DEFAULT_BACKBONE
from ..base.params import ParameterError
from ..base.plugin import METHOD
from ..embedding.zoo import list_backbones

# How sentences go on that begin with the name of the parameter itself.
_RULES = ("must ", "is too ", "has characters ", "has at most ")

_Operator = TypeVar("_Operator", bound=foo.Operator)


def tells_lost_database(
    resolve: Callable[[_Operator, foo.ExecutionContext], types.Property],
) -> Callable[[_Operator, foo.ExecutionContext], types.Property]:
    """Lets a form say so in one sentence if the database does not answer while it is built.

    Args:
        resolve: The `resolve_input` of an operator.

    Returns:
        The same; without a database, its form holds that sentence and cannot be executed.
    """

    @wraps(resolve)
    def guarded(operator: _Operator, ctx: foo.ExecutionContext) -> types.Property:
        try:
            with clear_connection_errors("building this form", "close the form and open it again"):
                return resolve(operator, ctx)
        except ConnectionError as error:
            inputs = types.Object()
            show_problem(inputs, ParameterError("problem", str(error)))
            return types.Property(inputs, view=types.View(label=operator.config.label))

    return guarded


def problem_of(check: Callable[[], object]) -> ParameterError | None:
    """Runs a check for a form.

    Args:
        check: Raises a `ParameterError` for a wrong value.

    Returns:
        The error, or None.
    """
    try:
        check()
    except ParameterError as error:
        return error
    return None


def show_problem(
    inputs: types.Object, problem: ParameterError | None, params: Mapping[str, Any] | None = None
) -> None:
    """Shows a wrong value beside its input, and blocks the form.

    Args:
        inputs: The form with all its inputs.
        problem: The error, or None.
        params: What was filled in so far: what is still empty is asked for below the inputs, as
            nobody has done anything wrong yet. Left out where that makes no difference.
    """
    if problem is None:
        return
    name, words = problem.parameter, str(problem)
    prop = inputs.properties.get(name)
    if prop is None or name == "view_target":
        prop = inputs.view("problem", types.Error(label=words))
    else:
        words = _with_label(words, name, prop.view)
        if params is not None and _is_to_fill_in(prop, params.get(name)):
            prop = inputs.view("problem", types.Notice(label=words))
    prop.invalid = True
    prop.error_message = words


def _is_to_fill_in(prop: types.Property, value: Any) -> bool:
    """Tells whether an input waits for the user, with nothing in it and no default."""
    is_input = not isinstance(prop.view, types.Notice)
    return is_input and prop.default is None and value in (None, "", [])


def _with_label(words: str, parameter: str, view: types.View) -> str:
    """Calls a parameter what its input is called, in a sentence that begins with its name.

    A field or a run can have the name of a parameter as well, so it is replaced nowhere else.
    """
    begin = f"'{parameter}' "
    rest = words.removeprefix(begin)
    is_rule = words.startswith(begin) and rest.startswith(_RULES)
    if not is_rule or not view.label or isinstance(view, types.Notice):
        return words
    return f"'{view.label}' {rest}"


def add_invitation(inputs: types.Object) -> None:
    """Tells a newcomer, on top of the form, that nothing has to be filled in.

    Args:
        inputs: The form, empty so far.
    """
    inputs.view("note", types.Notice(label="Every field has a default: just press Execute."))


def add_switch(inputs: types.Object) -> None:
    """Adds the switch that shows the settings which few users need.

    Args:
        inputs: The form.
    """
    inputs.bool("advanced", label="Advanced settings", default=False, view=types.SwitchView())


def is_set(ctx: foo.ExecutionContext, name: str, default: Any = None) -> bool:
    """Tells whether the user gave a parameter another value than its default.

    Args:
        ctx: The execution context.
        name: Name of the parameter.
        default: Its default.

    Returns:
        Whether it was set.
    """
    return ctx.params.get(name) not in (None, "", default)


def is_shown(ctx: foo.ExecutionContext, name: str, default: Any = None) -> bool:
    """Tells whether an advanced setting is shown.

    Args:
        ctx: The execution context.
        name: Name of the parameter.
        default: Its default.

    Returns:
        True if the switch is on, or if the parameter was set: nothing that is hidden has an
        effect, and what is wrong can be seen.
    """
    return bool(ctx.params.get("advanced")) or is_set(ctx, name, default)


def add_choice(
    inputs: types.Object,
    name: str,
    values: Sequence[str],
    label: str,
    description: str,
    default: str | None = None,
) -> None:
    """Adds a dropdown that may stay empty.

    Args:
        inputs: The form.
        name: Name of the parameter.
        values: The choices.
        label: What the input is called.
        description: What it means.
        default: What is chosen at first.
    """
    view = types.AutocompleteView()
    for value in values:
        view.add_choice(value, label=value)
    given = {} if default is None else {"default": default}
    inputs.enum(name, view.values(), label=label, description=description, view=view, **given)


def add_recorded_run(
    inputs: types.Object, ctx: foo.ExecutionContext, description: str, is_chosen: bool = True
) -> None:
    """Adds the choice among all clustering runs of the dataset, incomplete ones included.

    Args:
        inputs: The form.
        ctx: The execution context.
        description: What is done with the run.
        is_chosen: Whether the only run, where there is one only, is chosen at first.
    """
    keys = ctx.dataset.list_runs(method=METHOD)
    only = keys[0] if is_chosen and len(keys) == 1 else None
    add_choice(inputs, "run_key", keys, "Run", description, only)


def add_backbone(inputs: types.Object) -> None:
    """Adds the choice of the network that computes embeddings.

    Args:
        inputs: The form.
    """
    add_choice(
        inputs,
        "backbone",
        list_backbones(),
        label="Backbone",
        description=f"Network that computes the embeddings; '{DEFAULT_BACKBONE}' by default. "
        "Models of FiftyOne's zoo are downloaded the first time",
    )


def add_batch_size(inputs: types.Object) -> None:
    """Adds the number of images that pass the network together.

    Args:
        inputs: The form.
    """
    inputs.int(
        "batch_size",
        label="Batch size",
        description="Images at a time in the network; chosen automatically when empty",
    )
