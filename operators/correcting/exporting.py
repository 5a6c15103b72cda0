"""Writes the log of corrections to a file."""

from typing import Any

from fiftyone.core.collections import SampleCollection

from ..base.correction_params import ExportCorrectionsParams
from ..base.database import clear_connection_errors
from ..base.params import ParameterError, parse
from ..corrections.log.lines import header, log_lines
from ..corrections.writes.opening import open_review
from .log_file import write_log


def export_corrections(
    samples: SampleCollection, path: str | None = None, run_key: str | None = None
) -> dict[str, Any]:
    """Writes all corrections of a run as JSON lines: what, which images, before, after, when.

    Args:
        samples: The dataset, or any view of it.
        path: The file; an export that is there is replaced, no other file. None to get the text.
        run_key: The clustering run; may be left out if there is only one.

    Returns:
        `run_key`, `entries` (their number), `path` (the whole one), `lines` (the text, without a
        path), and `problem`: why the log ends early, if a record is damaged.

    Raises:
        ParameterError: There is no such run, or the file cannot be written or holds something else.
        ConnectionError: The database was lost.
    """
    params = parse(ExportCorrectionsParams, {"path": path, "run_key": run_key})
    with clear_connection_errors("exporting corrections", "export them again"):
        review = open_review(samples, params.run_key)
        lines: list[str] = []
        problem = None
        try:
            lines.extend(log_lines(review))
        except ParameterError as error:
            problem = str(error)
    report = {"run_key": review.record.key, "entries": len(lines), "problem": problem}
    # The count tells a file that was cut off at the end of a line from a whole one.
    text = "\n".join([header(review, len(lines)), *lines, ""])
    if params.path is None:
        return report | {"path": None, "lines": text}
    return report | {"path": write_log(params.path, text), "lines": None}
