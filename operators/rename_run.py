"""The operator `rename_run`."""

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from .app import forms
from .app.correction_operator import parsed
from .app.open_panels import follow_runs
from .app.plugin_operator import PluginOperator
from .app.saved_view import reload_or_leave
from .base.operator_params import RenameRunParams
from .base.params import parse
from .runs.run_names import prepare_rename, rename_run


class RenameRun(PluginOperator):
    """Renames a clustering run."""

    title = "Rename clustering run"
    about = "Give a clustering run another name; its field stays as it is"
    icon = "drive_file_rename_outline"

    @forms.tells_lost_database
    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Builds the form, with wrong values marked."""
        inputs = types.Object()
        forms.add_recorded_run(inputs, ctx, "The run to rename")
        inputs.str("new_run_key", label="New name", description="Letters, digits, underscores")
        problem = forms.problem_of(
            lambda: prepare_rename(ctx.dataset, parse(RenameRunParams, ctx.params))
        )
        forms.show_problem(inputs, problem, ctx.params)
        return types.Property(inputs, view=types.View(label=self.title))

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Renames."""
        report = rename_run(ctx.dataset, **parsed(RenameRunParams, ctx.params))
        if "operator_uri" in ctx.request_params:
            reload_or_leave(ctx)
            follow_runs(ctx)
        text = f"The run '{report['was']}' is now called '{report['run_key']}'"
        return report | {"summary": text}
