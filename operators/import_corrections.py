"""The operator `import_corrections`."""

import os
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from .app import forms
from .app.correction_operator import add_run, is_execution, parsed
from .app.open_panels import follow_runs
from .app.patches_view import reload_shown
from .app.reporting_operator import ReportingOperator
from .base.correction_params import ImportCorrectionsParams
from .base.params import ParameterError
from .base.wording import count_text
from .correcting import import_corrections
from .correcting.importing import foretell_import
from .corrections.documents.review import find_review


class ImportCorrections(ReportingOperator):
    """Takes in a log of corrections."""

    title = "Import corrections"
    about = "Carry out the corrections of a file that was exported before"
    icon = "file_upload"
    execute_as_generator = False

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        add_run(inputs, ctx)
        inputs.str("path", label="File", description="Path of the file on the server")

        notes: list[str] = []

        def check() -> None:
            params = parsed(ImportCorrectionsParams, ctx.params)
            find_review(ctx.dataset, params["run_key"])
            _check_file(params["path"], params["lines"])
            # An error that comes with the result says nothing until one unfolds it.
            if not is_execution(ctx):
                notes.append(_foretold(foretell_import(ctx.dataset, **params)))

        problem = forms.problem_of(check)
        if notes:
            inputs.view("note", types.Notice(label=notes[0]))
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Carries out what the file says."""
        report = import_corrections(ctx.dataset, **parsed(ImportCorrectionsParams, ctx.params))
        if "operator_uri" in ctx.request_params:
            reload_shown(ctx)
            follow_runs(ctx)
        note = f"\n\nNote: {report['notice']}" if report["notice"] else ""
        return report | {"summary": report["text"] + note}


def _check_file(path: str | None, lines: str | None) -> None:
    """Asks for the file, if the lines themselves were not given."""
    if lines is not None:
        return
    if path is None:
        raise ParameterError("path", "Type the path of the file")
    if not os.path.isfile(os.path.expanduser(path)):
        raise ParameterError(
            "path", f"There is no file '{path}'; type the path of one on the server"
        )


def _foretold(number: int) -> str:
    if not number:
        return "The run has all that the file holds already; nothing will change"
    return f"The file fits: {count_text(number, 'corrections')} will be carried out"
