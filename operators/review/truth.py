"""The field of true labels that the header compares the confirmed clusters with."""

from typing import Any

from fiftyone.operators import types

from ..base.params import ParameterError
from ..corrections import reads
from ..data.clusters import part_names
from ..data.label_fields import list_label_fields
from ..data.targets import target_of_record
from . import inputs, widgets
from .session import TRUTH_PATH, Session

# What the dropdown holds for no field at all; no field can be called that.
NONE = "-"


def truth_fields(session: Session) -> dict[str, str]:
    """Lists the fields that true labels may be in. Cheap: looks at the schema only.

    Args:
        session: The event.

    Returns:
        What each is called, by what `review_progress` takes; those of the clusters are left out.
    """
    patches_field = session.run["patches_field"]
    target = target_of_record(session.dataset, patches_field)
    prefix = "" if target.root is None else f"{target.root}."
    own = part_names(target, session.run["cluster_field"].removeprefix(prefix))
    found = {name: name for name in list_label_fields(target) if name not in own}
    if patches_field is not None and found.pop(patches_field, None):
        found = {"label": f"{patches_field} (own labels)", **found}
    return found


def read_progress(session: Session) -> dict[str, Any]:
    """Reads how far the review is; forgets the field of true labels if it will not do any more.

    Args:
        session: The event.

    Returns:
        What `reads.quick_progress` gives.
    """
    run_key, truth = session.state.run_key, session.state.truth
    try:
        if truth and truth not in truth_fields(session):
            raise ParameterError(
                "ground_truth", f"The field '{truth:.60}' cannot be compared with; choose another"
            )
        return reads.quick_progress(session.dataset, run_key=run_key, ground_truth=truth or None)
    except ParameterError as error:
        if error.parameter != "ground_truth":
            raise
        session.change(truth="")
        session.fields[TRUTH_PATH] = NONE
        session.say(session.message or str(error), session.severity if session.message else "error")
        return reads.quick_progress(session.dataset, run_key=run_key)


def add_truth(parent: types.Object, session: Session, progress: dict[str, Any]) -> None:
    """Adds the choice of the field and the accuracy by it; nothing where there is no such field.

    Args:
        parent: The line with the progress.
        session: The event.
        progress: What `read_progress` gave.
    """
    fields = truth_fields(session)
    if not fields:
        return
    choices = {NONE: "Compare with…"} | {name: f"With {label}" for name, label in fields.items()}
    inputs.dropdown(parent, "truth", choices, session.event("choose_truth"), 130)
    if session.state.truth:
        accuracy = progress["accuracy"]
        share = "nothing yet" if accuracy is None else f"{100 * accuracy:.1f} %"
        widgets.text(parent, "accuracy", f"Accuracy of confirmed: {share}", size="0.875rem")
