"""The operator `export_corrections`."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from .app import forms
from .app.correction_operator import add_run, parsed
from .app.reporting_operator import ReportingOperator
from .base.correction_params import ExportCorrectionsParams
from .base.params import ParameterError
from .base.wording import count_text
from .correcting import export_corrections
from .correcting.log_file import check_target
from .corrections.documents.review import find_review


class ExportCorrections(ReportingOperator):
    """Writes the log of corrections as JSON lines."""

    title = "Export corrections"
    about = "Write all corrections of a clustering run to a file of JSON lines"
    icon = "file_download"
    execute_as_generator = False

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        add_run(inputs, ctx)
        inputs.str(
            "path",
            label="File",
            description="Path of the file on the server; an older export there is replaced",
        )

        def check() -> None:
            params = parsed(ExportCorrectionsParams, ctx.params)
            find_review(ctx.dataset, params["run_key"])
            if params["path"] is None:
                raise ParameterError("path", "Type the path of the file")
            check_target(params["path"])

        forms.show_problem(inputs, forms.problem_of(check), ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Writes the file."""
        report = export_corrections(ctx.dataset, **parsed(ExportCorrectionsParams, ctx.params))
        text = f"**{count_text(report['entries'], 'corrections')}** exported"
        text += f" to `{report['path']}`" if report["path"] else ""
        problem = f"\n\nNote: {report['problem']}" if report["problem"] else ""
        return report | {"summary": text + problem}
