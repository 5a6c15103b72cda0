"""Pieces of what an operator shows while it runs, and when it is done."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fiftyone.operators import types

# An empty paragraph, since the App puts none between a text and a table.
GAP = "\n\n\u00a0\n\n"

_CELL_LENGTH = 60

# FiftyOne's own operator, which shows a saved view.
_SET_VIEW = "@voxel51/operators/set_view"


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
        ctx_results: The result; the App has none for what it has shown already. If it has a text
            `shown`, that takes the place of the summary, below its `warnings`. Each of its
            `saved_views`, if it names any, gets a button that opens it, and each of its `plots`,
            Plotly's `data` and `layout`, is drawn. With `next`,
            the label, the URI and the parameters of an operator, there is a button that runs it.
        label: Title of the form.

    Returns:
        The form; None without a result.
    """
    if not ctx_results:
        return None
    outputs = types.Object()
    is_apart = "shown" in ctx_results
    for number, sentence in enumerate(ctx_results["warnings"] if is_apart else ()):
        outputs.view(f"warning_{number}", types.Warning(label=sentence))
    for number, name in enumerate(ctx_results.get("saved_views") or ()):
        button = types.Button(label=f"Show {name}", operator=_SET_VIEW, params={"name": name})
        outputs.view(f"show_{number}", button)
    outputs.str("shown" if is_apart else "summary", view=types.MarkdownView())
    _add_plots(outputs, ctx_results.get("plots") or ())
    if "next" in ctx_results:
        words, uri, params = ctx_results["next"]
        outputs.btn("next", words, variant="contained", on_click=uri, params=params)
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
