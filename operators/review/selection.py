"""What is selected in the grid or by lasso, and what can be done with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fiftyone.operators import types

from ..base.params import ParameterError
from ..base.wording import count_text
from ..corrections import reads
from ..visualization.visualization import brain_key
from . import grid, inputs, widgets
from .embedding_map import is_map_open
from .offered_names import offered_names
from .session import TARGET_PATH, Session
from .state import MOST_SELECTED
from .values import listed

LASSO_STAGE = "fiftyone.core.stages.Select"
# In place of it where the grid shows images and the map patches.
PATCHES_STAGE = "fiftyone.core.stages.MatchLabels"


def selected_items(session: Session) -> list[str]:
    """Finds the ids of what is selected: in the grid, in an image, or by lasso.

    Args:
        session: The event.

    Returns:
        Sample ids of images, label ids of patches; empty without a selection.

    Raises:
        ParameterError: What the browser sent is no selection.
    """
    if session.chosen is not None:
        return session.chosen
    return [] if session.has_new_grid else _sent_items(session)[0]


def _sent_items(session: Session) -> tuple[list[str], bool]:
    """Ids of what the browser says is selected, and whether nothing but a lasso selects it."""
    ctx, field = session.ctx, session.run["patches_field"]
    if field is not None and not ctx.view._is_patches:
        return _selected_labels(ctx.selected_labels, field), False
    # Not as `ctx.selected`, which takes on trust what the browser sent.
    samples = listed(ctx.request_params.get("selected_samples"), "selected_samples")
    chosen = samples or listed(ctx.request_params.get("selected"), "selected")
    lasso: Any = ctx.extended_selection
    is_lasso = not chosen and isinstance(lasso, Mapping)
    if is_lasso:
        chosen = listed(lasso.get("selection"), "extended_selection")
    items = [str(item.get("id") if isinstance(item, Mapping) else item) for item in chosen]
    return items, is_lasso and bool(items)


def chosen_items(session: Session) -> list[str]:
    """Finds what an event is to be done with: what the user saw selected when it was sent.

    Args:
        session: The event; with `from_lasso` if the page told of a lasso.

    Returns:
        The ids; empty without a selection.

    Raises:
        ParameterError: Some of them left the cluster that the grid shows, which is shown anew.
    """
    items, is_lasso = _sent_items(session)
    if is_lasso and session.params.get("from_lasso") is not True:
        return []  # what was selected in the grid is gone since, and the lasso holds other images
    number = len(items) - len(seen_of(session, items))
    if not number:
        return items
    grid.follow(session)
    session.clear_selection()
    verb = "is" if number == 1 else "are"
    raise ParameterError(
        "items",
        f"Of what is selected, {count_text(number, session.noun)} {verb} not in this cluster any "
        "more, so nothing was changed; the grid shows it as it is now: select again",
    )


def seen_of(session: Session, items: list[str]) -> list[str]:
    """Finds which items the user can see.

    Args:
        session: The event.
        items: Their ids.

    Returns:
        Those of the open cluster while the grid shows it, else all of them.
    """
    state = session.state
    if not items or state.page != "cluster" or not grid.shows_cluster(session, state.cluster):
        return items
    found = reads.item_ids(session.dataset, state.cluster, run_key=state.run_key)
    inside = set(found["items"])
    return [item for item in items if item in inside]


def origin(session: Session) -> dict[str, bool]:
    """Says with a button what the page told of the selection.

    Args:
        session: The event.

    Returns:
        Parameters of the button: `from_lasso` if nothing is selected but by a lasso.
    """
    is_lasso = session.chosen is None and not session.has_new_grid and _sent_items(session)[1]
    return {"from_lasso": True} if is_lasso else {}


def _selected_labels(labels: Any, field: str) -> list[str]:
    """Ids of the selected labels of one field."""
    found = listed(labels, "selected_labels")
    if not all(isinstance(label, Mapping) for label in found):
        raise ParameterError(
            "selected_labels", f"'selected_labels' must hold objects only (got {labels!r:.80})"
        )
    return [
        str(one["label_id"]) for one in found if one.get("field") == field and "label_id" in one
    ]


def lasso_items(session: Session) -> list[str]:
    """Finds what the lasso of the Embeddings panel holds.

    FiftyOne 1.22 neither selects it nor tells panels of it: the lasso is a stage that narrows the
    grid, sent along with every event.

    Args:
        session: The event.

    Returns:
        Sample ids of images, label ids of patches; empty without a lasso.
    """
    stages, field = session.ctx.request_params.get("extended"), session.run["patches_field"]
    found = _ids_of_stage(stages, LASSO_STAGE, "sample_ids", {})
    if field is not None and not found:
        found = _ids_of_stage(stages, PATCHES_STAGE, "ids", {"fields": [field]})
    return found


def _ids_of_stage(stages: Any, name: str, ids: str, wanted: Mapping[str, Any]) -> list[str]:
    stage = stages.get(name) if isinstance(stages, Mapping) else None
    if not isinstance(stage, Mapping) or any(stage.get(key) != wanted[key] for key in wanted):
        return []
    found = stage.get(ids)
    return [str(item) for item in found] if isinstance(found, list) else []


def lasso_inside(session: Session, cluster: str) -> tuple[str, ...]:
    """Finds what the lasso holds of a cluster that is about to be opened, which ends the lasso.

    Args:
        session: The event.
        cluster: The cluster's id.

    Returns:
        Their ids; none if they are too many to be selected.
    """
    items = lasso_items(session)
    if not items:
        return ()
    found = reads.item_ids(session.dataset, cluster, run_key=session.state.run_key)
    members = set(found["items"])
    inside = tuple(item for item in dict.fromkeys(items) if item in members)
    return inside if len(inside) <= MOST_SELECTED else ()


def is_used(page: str) -> bool:
    """Tells whether a page does something with the selection.

    Args:
        page: Name of the page.

    Returns:
        Whether it has to follow the selection.
    """
    return page in ("cluster", "small")


def add_selection(parent: types.Object, session: Session, cluster: Mapping[str, Any]) -> None:
    """Adds what can be done with the selected items of the open cluster.

    Args:
        parent: The panel.
        session: The event.
        cluster: The open cluster.
    """
    labels = [row["label"] for row in cluster["neighbors"]]
    targets = [label for label in labels if label != cluster["label"]]
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]} | origin(session)
    box, number = _add_bar(parent, session, targets, params)
    is_noise = cluster["state"] == "noise"
    if box is None:
        aim = "take some back" if is_noise else f"leave some {session.noun} out"
        _add_hint(parent, session, aim)
        return
    if is_noise:
        widgets.button(box, "restore", "Take back", session.event("restore_images"), params)
        return
    _add_confirm_rest(box, session, params)
    widgets.button(box, "images_to_noise", "Noise", session.event("images_to_noise"), params)
    widgets.button(
        box,
        "split_by_images",
        "Split by them",
        session.event("split_by_images"),
        params,
        tooltip="Each of two or more becomes the heart of a new cluster",
        disabled=number < 2,
    )
    if number >= 2:
        session.expect_networks()


def _add_hint(parent: types.Object, session: Session, aim: str) -> None:
    line = widgets.row(parent, "hints", style={"justifyContent": "space-between"})
    hint = f"To {aim} or to move them, select them in the grid."
    widgets.text(line, "hint", hint, widgets.MUTED, "0.8rem")
    if not _may_have_lasso(session):
        return
    widgets.button(
        line,
        "take_lasso",
        "Take the lasso",
        session.event("take_lasso"),
        icon="highlight_alt",
        tooltip="Selects what you drew a lasso around in the Embeddings panel",
        is_quiet=True,
    )


def _may_have_lasso(session: Session) -> bool:
    """Tells whether there is a map to draw in, of the run or open, or what a lasso held before."""
    is_open = is_map_open(session) or bool(session.state.lasso)
    return is_open or session.dataset.has_brain_run(brain_key(session.state.run_key))


def _add_confirm_rest(parent: types.Object, session: Session, params: Mapping[str, Any]) -> None:
    ticked = len(session.state.ticked)
    widgets.button(
        parent,
        "confirm_rest",
        f"Confirm with {ticked} ticked, all but these" if ticked else "Confirm all but these",
        session.event("confirm_rest"),
        params,
        icon="check",
        tooltip="The selected ones do not belong; they stay to be decided on, among the small ones",
    )


def add_small_selection(
    parent: types.Object, session: Session, targets: Sequence[str], seq: int
) -> None:
    """Adds what can be done with the selected items in the grid of small clusters.

    Args:
        parent: The panel.
        session: The event.
        targets: Names to offer first.
        seq: Number of the last correction.
    """
    params = {"based_on": seq} | origin(session)
    box, _ = _add_bar(parent, session, targets, params)
    if box is not None:
        widgets.button(box, "images_to_noise", "Noise", session.event("images_to_noise"), params)


def _add_bar(
    parent: types.Object, session: Session, targets: Sequence[str], params: Mapping[str, Any]
) -> tuple[types.Object | None, int]:
    """Adds the number, the field for a target and the row for further buttons, if any are there."""
    number = len(selected_items(session))
    session.change(selected=number)
    if not number:
        return None, 0
    box = widgets.column(parent, "selection", style=widgets.BAR)
    words = f"{count_text(number, session.noun)} selected"
    widgets.text(box, "number", words, bold=True)
    move = widgets.row(box, "move", style=inputs.FIELD_ROW)
    names = offered_names(session, TARGET_PATH, targets)
    inputs.name_field(move, "target", names, "They are", session.event("complete_name"))
    event = session.event("move_images")
    widgets.button(move, "move_images", "Move", event, params, icon="east", is_main=True)
    buttons = widgets.row(box, "buttons", gap=0.5)
    new = session.event("new_cluster")
    widgets.button(buttons, "new", "New cluster", new, params, icon="add")
    return buttons, number
