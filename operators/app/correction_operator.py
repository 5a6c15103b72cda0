"""What the operators that correct clusters have in common: form, preview, result."""

from collections.abc import Mapping
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.collections import SampleCollection
from fiftyone.operators import types

from ..base.params import ParameterError, parse
from ..corrections import reads
from ..corrections.documents.review import find_review
from . import forms
from .open_panels import follow_runs
from .patches_view import reload_shown
from .plugin_operator import PluginOperator

SHOWN = 200
"""Clusters that a dropdown offers; others can be typed."""


class CorrectionOperator(PluginOperator):
    """An operator that makes one correction at once.

    Subclasses give their inputs and the function that does it.
    """

    def correct(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Makes the correction, or with `dry_run` tells what it would do."""
        raise NotImplementedError

    def foretell(self, samples: SampleCollection, values: Mapping[str, Any]) -> dict[str, Any]:
        """Tells what it would do, for the form: a report, or the part of it that is quick."""
        return self.correct(samples, {**values, "dry_run": True})

    def add_inputs(self, inputs: types.Object, ctx: foo.ExecutionContext) -> None:
        """Adds what is asked besides the run."""

    def takes_selection(self, values: Mapping[str, Any]) -> bool:
        """Tells whether it takes what is selected in the grid, often for something else."""
        return False

    def preview(self, report: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        """Words what will be done, for the form; may raise a `ParameterError` that blocks it."""
        return f"This will be recorded: {report['text']}" if report["text"] else ""

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked and what would be done."""
        inputs = types.Object()
        add_run(inputs, ctx)
        self.add_inputs(inputs, ctx)
        notes: list[str] = []

        def check() -> None:
            values = self._values(ctx)
            report = self.foretell(ctx.dataset, values)
            text, notice = self.preview(report, values), report.get("notice", "")
            notes.append(f"{text.rstrip('.')}. {notice}." if notice else text)

        problem = None if is_execution(ctx) else forms.problem_of(check)
        if notes and notes[0]:
            inputs.view("note", types.Notice(label=notes[0]))
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Makes the correction and shows it in the grid."""
        report = self.correct(ctx.dataset, self._values(ctx))
        if "operator_uri" in ctx.request_params:
            reload_shown(ctx)
            ctx.ops.notify(report["text"], variant="success")
            if report["notice"]:
                ctx.ops.notify(report["notice"], variant="warning")
            follow_runs(ctx)
        note = f"\n\nNote: {report['notice']}" if report["notice"] else ""
        return report | {"summary": report["text"] + note}

    def _values(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        hidden = ("note", "problem", "panel_id", "panel_state", "view_target")
        values = {name: value for name, value in ctx.params.items() if name not in hidden}
        if self.takes_selection(values) and not values.get("items"):
            values["items"] = selected_items(ctx)
        return values


def parsed(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Checks the parameters of a correction.

    Args:
        cls: Their dataclass.
        values: Raw values by name.

    Returns:
        Checked values by name, defaults included.

    Raises:
        ParameterError: A name is unknown, or a value breaks its parameter's rule.
    """
    return dict(vars(parse(cls, values)))


def add_run(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    """Adds the choice of the run, where there is one to make.

    Args:
        inputs: The form.
        ctx: The execution context.
    """
    keys = [run["run_key"] for run in reads.reviewable_runs(ctx.dataset)]
    if len(keys) != 1 or ctx.params.get("run_key"):
        forms.add_choice(inputs, "run_key", keys, "Run", "The clustering run")


def add_clusters(
    inputs: types.Object,
    ctx: foo.ExecutionContext,
    name: str,
    label: str,
    description: str,
    many: bool = False,
) -> None:
    """Adds a choice of clusters, the most useful ones first; others can be typed.

    Args:
        inputs: The form.
        ctx: The execution context.
        name: Name of the parameter.
        label: What the input is called.
        description: What it means.
        many: Whether several can be chosen.
    """
    view = types.AutocompleteView(allow_duplicates=False)
    for row in _clusters(ctx):
        text = f"{row['label']} ({row['size']:,})"
        if row["name"]:
            text = f"{row['label']} ({row['cluster']}, {row['size']:,})"
        view.add_choice(row["cluster"], label=text)
    if many:
        inputs.list(name, types.String(), label=label, description=description, view=view)
    else:
        inputs.str(name, label=label, description=description, view=view)


def _clusters(ctx: foo.ExecutionContext) -> list[dict[str, Any]]:
    run_key = ctx.params.get("run_key") or None
    try:
        # A form is built anew at each key, so it must not cost more on a larger dataset.
        return reads.list_clusters(ctx.dataset, run_key, limit=SHOWN, look_for_deleted=False)[
            "clusters"
        ]
    except ParameterError:
        return []


def selected_items(ctx: foo.ExecutionContext) -> list[str]:
    """Takes the selection of the App.

    Args:
        ctx: The execution context.

    Returns:
        Ids of the selected images or, if patches were clustered, objects.

    Raises:
        ParameterError: The selection does not fit to what was clustered.
    """
    field = find_review(ctx.dataset, ctx.params.get("run_key") or None).target.patches_field
    shown = ctx.view._label_fields[0] if ctx.view._is_patches else None
    labels = [one for one in ctx.selected_labels or () if one.get("field") == field]
    if field is not None and labels:
        return [one["label_id"] for one in labels]
    if ctx.selected and shown != field:
        what = "whole images" if field is None else f"the patches of '{field}'"
        raise ParameterError(
            "items", f"The run is about {what}, the selection is not; switch the view and select"
        )
    return list(ctx.selected or ())


def add_selection(inputs: types.Object, ctx: foo.ExecutionContext) -> None:
    """Tells how many images are selected.

    Args:
        inputs: The form.
        ctx: The execution context.
    """
    number = len(ctx.selected_labels or ()) or len(ctx.selected or ())
    text = f"{number:,} selected" if number else "Select images in the grid first"
    inputs.view("items", types.Notice(label=text))


def add_if_exists(inputs: types.Object) -> None:
    """Adds the choice of what to do with a name that another cluster has.

    Args:
        inputs: The form.
    """
    view = types.RadioGroup()
    view.add_choice("ask", label="Ask")
    view.add_choice("merge", label="Merge both clusters")
    view.add_choice("keep", label="Keep two clusters of one name")
    inputs.enum("if_exists", view.values(), label="If the name is taken", default="ask", view=view)


def add_point(
    inputs: types.Object, ctx: foo.ExecutionContext, state: str, label: str, description: str
) -> None:
    """Adds the choice of a point in the history.

    Args:
        inputs: The form.
        ctx: The execution context.
        state: "done" or "undone": which entries are offered.
        label: What the input is called.
        description: What it means.
    """
    view = types.AutocompleteView()
    if state == "done":
        view.add_choice(0, label="The beginning")
    for entry in _entries(ctx):
        if entry["state"] == state:
            view.add_choice(entry["number"], label=f"{entry['number']}: {entry['text']}")
    inputs.int("to", label=label, description=description, view=view)


def _entries(ctx: foo.ExecutionContext) -> list[dict[str, Any]]:
    run_key = ctx.params.get("run_key") or None
    try:
        return reads.read_history(ctx.dataset, run_key, limit=SHOWN)["entries"]
    except ParameterError:
        return []


def is_execution(ctx: foo.ExecutionContext) -> bool:
    """Tells whether the App builds the form only to execute, where working it out is wasted.

    Args:
        ctx: The execution context.

    Returns:
        Whether nobody sees the form.
    """
    return "operator_uri" in ctx.request_params and "target" not in ctx.request_params
