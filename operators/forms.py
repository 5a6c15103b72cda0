"""Pieces that the operators' forms share; each shows a wrong value beside its input."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

import fiftyone.operators as foo
from fiftyone.operators import types

from .database import clear_connection_errors
from .params import ParameterError
from .targets import list_patches_fields
from .zoo import list_backbones

# An empty paragraph, since the App puts none between a text and a table.
GAP = "\n\n\u00a0\n\n"

_CELL_LENGTH = 60

# FiftyOne's own operator, which shows a saved view.
_SET_VIEW = "@voxel51/operators/set_view"


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


def show_problem(inputs: types.Object, problem: ParameterError | None) -> None:
    """Shows a wrong value beside its input, and blocks the form.

    Args:
        inputs: The form with all its inputs.
        problem: The error, or None.
    """
    if problem is None:
        return
    prop = inputs.properties.get(problem.parameter)
    if prop is None or problem.parameter == "view_target":
        notice = types.Error(label=str(problem))
        prop = inputs.view("problem", notice)
    prop.invalid = True
    prop.error_message = str(problem)


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


def add_target(inputs: types.Object, ctx: foo.ExecutionContext, action: str) -> None:
    """Adds the choice between dataset, view and selection, and that of a patches field.

    Args:
        inputs: The form.
        ctx: The execution context.
        action: A verb for the descriptions, such as "Cluster".
    """
    inputs.view_target(ctx, action_description=action)
    fields = list_patches_fields(ctx.dataset)
    if fields and not ctx.view._is_patches:
        add_choice(
            inputs,
            "patches_field",
            fields,
            label="Patches field",
            description=f"{action} the objects of this field instead of whole images",
        )


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


def add_backbone(inputs: types.Object, default: str) -> None:
    """Adds the choice of the network that computes embeddings.

    Args:
        inputs: The form.
        default: The network that is taken when the input stays empty.
    """
    add_choice(
        inputs,
        "backbone",
        list_backbones(),
        label="Backbone",
        description=f"Network that computes the embeddings; '{default}' by default. "
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


def view_text(saved_view: str | None) -> str:
    """Says how to open a saved view, for a result form.

    Args:
        saved_view: Its name; None if there is none.

    Returns:
        Markdown; empty without a view.
    """
    if not saved_view:
        return ""
    return (
        f"\n\nTo see one tile per cluster, open **{saved_view}** in the list of saved views at the "
        "top left of the page."
    )


def failures_text(failed: Mapping[str, str], total: int) -> str:
    """Lists failed media for a result form.

    Args:
        failed: Reason by id, perhaps only the first ones.
        total: How many failed in all.

    Returns:
        Markdown; empty if nothing failed.
    """
    if not failed:
        return ""
    lines = [f"- `{item}`: {reason}" for item, reason in list(failed.items())[:20]]
    more = f"\n- and {total - len(lines):,} more" if total > len(lines) else ""
    return f"\n\n**{total:,} could not be embedded**\n\n" + "\n".join(lines) + more


def table_text(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Lays out a table for a result form.

    Args:
        header: Names of the columns.
        rows: Cells by row.

    Returns:
        Markdown.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell_text, line))} |" for line in lines)


def _cell_text(cell: Any) -> str:
    text = " ".join(str(cell).split())
    short = text if len(text) <= _CELL_LENGTH else f"{text[: _CELL_LENGTH - 1]}…"
    return short.replace("|", "\\|")


def summary_form(ctx_results: Mapping[str, Any] | None, label: str) -> types.Property | None:
    """Builds the form that shows the `summary` of a result, which is Markdown.

    Args:
        ctx_results: The result; the App has none for what it has shown already. Each of its
            `saved_views`, if it names any, gets a button that opens it, and each of its `plots`,
            Plotly's `data` and `layout`, is drawn. With `next`,
            the label and the URI of an operator, there is a button that runs it.
        label: Title of the form.

    Returns:
        The form; None without a result.
    """
    if not ctx_results:
        return None
    outputs = types.Object()
    for number, name in enumerate(ctx_results.get("saved_views") or ()):
        button = types.Button(label=f"Show {name}", operator=_SET_VIEW, params={"name": name})
        outputs.view(f"show_{number}", button)
    outputs.str("summary", view=types.MarkdownView())
    _add_plots(outputs, ctx_results.get("plots") or ())
    if "next" in ctx_results:
        words, uri = ctx_results["next"]
        outputs.btn("next", words, variant="contained", on_click=uri)
        # The App closes this window for nobody but the user.
        behind = types.Notice(label="It opens behind this window: press Done to see it")
        outputs.view("behind", behind)
    return types.Property(outputs, view=types.View(label=label))


def progress_form(label: str, figures: Iterable[Mapping[str, Any]]) -> types.Property:
    """Builds the form that shows how far a task is, with figures of what it found so far.

    Args:
        label: What is going on.
        figures: Plotly's `data` and `layout` each.

    Returns:
        The form; its value `progress` is the share done, in [0, 1].
    """
    outputs = types.Object()
    outputs.float("progress", view=types.ProgressView(label=label))
    _add_plots(outputs, figures)
    return types.Property(outputs)


def _add_plots(outputs: types.Object, figures: Iterable[Mapping[str, Any]]) -> None:
    for number, figure in enumerate(figures):
        outputs.plot(f"plot_{number}", data=figure["data"], layout=figure["layout"])
