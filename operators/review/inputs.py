"""Fields to choose from and to type into; the browser keeps their values in the panel's state.

They have no default: the App would report it as if the user had chosen it. The panel writes the
value to the state instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fiftyone.operators import types

from . import widgets

FIELD_ROW: widgets.Style = {"flexWrap": "wrap", "alignItems": "center"}
_SMALL = {"& .MuiInputBase-root": {"fontSize": "0.8125rem"}, "& input": {"padding": "5px 10px"}}


def dropdown(
    parent: types.Object, name: str, choices: Mapping[str, str], on_change: str, width: int
) -> None:
    """Adds a choice among a few.

    Args:
        parent: Where to.
        name: Name of the property.
        choices: What is shown, by value.
        on_change: The event that the choice calls, with `value`.
        width: Least width in pixels.
    """
    view = types.DropdownView(
        compact=True,
        componentsProps={
            "select": {
                "data-cy": name,
                "sx": {
                    "fontSize": "0.8125rem",
                    ".MuiSelect-select": {"padding": "5px 28px 5px 10px"},
                },
            },
            "item": {"sx": {"width": "auto", "minWidth": f"{width}px"}},
        },
    )
    for value, label in choices.items():
        view.add_choice(value, label=label)
    parent.enum(name, view.values(), view=view, on_change=on_change)


def search_field(parent: types.Object, name: str, on_change: str) -> None:
    """Adds a field that searches while one types.

    Args:
        parent: Where to.
        name: Name of the property.
        on_change: The event that typing calls, with `value`.
    """
    view = types.FieldView(
        compact=True,
        placeholder="Search by name",
        componentsProps={
            "field": {
                "sx": _SMALL,
                "type": "search",
                "inputProps": {"data-cy": name, "maxLength": 200, "style": {"padding": "5px 10px"}},
            },
            "item": {"sx": {"width": "150px"}},
        },
    )
    parent.str(name, view=view, on_change=on_change)


def name_field(
    parent: types.Object, name: str, known: Sequence[str], label: str, on_change: str
) -> None:
    """Adds a field for a name, with known names as completions.

    Args:
        parent: Where to.
        name: Name of the property.
        known: The completions; the App shows those that hold what is typed.
        label: What to type.
        on_change: The event that typing calls with each key, with `value`.
    """
    view = types.AutocompleteView(
        componentsProps={
            "autocomplete": {
                "data-cy": name,
                "aria-label": label,
                # Else Enter would take the first completion in place of what was typed.
                "autoHighlight": False,
                "sx": _SMALL | {"& .MuiOutlinedInput-root": {"padding": "0 4px"}},
            },
            "item": {"sx": {"width": "auto", "minWidth": "180px", "flex": "1 1 180px"}},
        },
    )
    for value in known:
        view.add_choice(value, label=widgets.shortened(value))
    widgets.text(parent, f"{name}_label", label, widgets.MUTED, "0.8rem")
    parent.define_property(name, types.String(), view=view, on_change=on_change)


def pager(
    parent: types.Object, on_turn: str, offset: int, limit: int, total: int, noun: str
) -> None:
    """Adds the way to the pages before and after; nothing if there is one page only.

    Args:
        parent: Where to.
        on_turn: The event that turns the page, with `offset`.
        offset: Things before the page.
        limit: Things on a full page.
        total: Things in all.
        noun: What they are called.
    """
    if total <= limit and offset == 0:
        return
    row = widgets.row(parent, "pager", style={"justifyContent": "center"})
    back: dict[str, Any] = {"offset": max(0, offset - limit)}
    widgets.button(
        row, "previous", "Previous", on_turn, back, icon="chevron_left", disabled=offset == 0
    )
    words = f"{offset + 1:,} to {min(offset + limit, total):,} of {total:,} {noun}"
    widgets.text(row, "where", words, widgets.MUTED, "0.8rem")
    is_last = offset + limit >= total
    onward = {"offset": offset + limit}
    widgets.button(row, "next", "Next", on_turn, onward, icon="chevron_right", disabled=is_last)


def last_offset(total: int, limit: int) -> int:
    """Where the last page of a list begins.

    Args:
        total: Things in all, one or more.
        limit: Things on a full page.

    Returns:
        Things before it.
    """
    return (total - 1) // limit * limit
