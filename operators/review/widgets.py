"""The pieces that the panel is made of: text, buttons, pictures and stacks, as the App draws them.

Names come from users, so they are only ever put into `text` and `button`, which the App shows
letter by letter, never into Markdown.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fiftyone.operators import types

Event = Callable[..., None] | str
Style = Mapping[str, Any]

MUTED = "text.secondary"
# Longer names are cut where they are shown; the whole name is in the tooltip.
LONGEST = 60
LONGEST_SENTENCE = 160
# The App gives each piece the full width of its stack unless told otherwise.
_SHRINK = {"sx": {"width": "auto", "minWidth": 0, "flex": "0 1 auto"}}
_KEEP = {"sx": {"width": "auto", "maxWidth": "100%", "flex": "0 0 auto"}}
_CUT: Mapping[str, Any] = {"overflow": "hidden", "textOverflow": "ellipsis"}
# A name may be one long word, which would go on over what is beside it, and out of the panel.
_BROKEN: Mapping[str, Any] = {"minWidth": 0, "overflowWrap": "anywhere"}
LINE = "1px solid var(--fo-palette-divider)"


BAR: Style = {
    "background": "var(--fo-palette-background-level2)",
    "borderRadius": "6px",
    "padding": "8px 10px",
}
CENTERED: Style = {"padding": "32px 16px", "justifyItems": "center", "textAlign": "center"}


def shortened(words: str, longest: int = LONGEST) -> str:
    """Cuts a long name or sentence for display.

    Args:
        words: Anything of any length.
        longest: How many characters there may be.

    Returns:
        That many of them at most, on one line.
    """
    line = " ".join(words.split()) or "(blank)"
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def text(
    parent: types.Object,
    name: str,
    words: str,
    color: str = "text.primary",
    size: str = "0.875rem",
    bold: bool = False,
    style: Style | None = None,
) -> None:
    """Adds a line of plain text.

    Args:
        parent: Where to.
        name: Name of the property.
        words: What to show.
        color: One of the App's colors.
        size: CSS size of the letters.
        bold: Whether it stands out.
        style: Further CSS.
    """
    view = types.TextView(
        title=words,
        color=color,
        font_size=size,
        bold=bold,
        padding="0",
        componentsProps={"container": {"sx": {**_BROKEN, **(style or {})}}, "item": _SHRINK},
    )
    parent.define_property(name, types.String(), view=view)


def _button_looks(label: str, is_quiet: bool, is_link: bool, is_on: bool) -> dict[str, Any]:
    looks: dict[str, Any] = {
        "textTransform": "none",
        "fontSize": "0.8125rem",
        "fontWeight": 500,
        "lineHeight": 1.4,
        "padding": "3px 10px" if label else "4px",
        "minWidth": 0,
        "maxWidth": "100%",
        "whiteSpace": "nowrap",
        "& .MuiTypography-root": {"fontSize": "0.8125rem", "fontWeight": 500, **_CUT},
        "& .MuiButton-startIcon": {"marginLeft": "-2px", "marginRight": "4px" if label else "-2px"},
    }
    if is_quiet:
        looks |= {"border": "1px solid transparent", "background": "none"}
    if is_link:
        looks |= {
            "border": "none",
            "background": "none",
            "padding": "0",
            "justifyContent": "flex-start",
            "color": "var(--fo-palette-text-primary)",
            "&:hover": {"border": "none", "textDecoration": "underline", "background": "none"},
            "& .MuiTypography-root": {"fontSize": "0.9rem", "fontWeight": 600, **_CUT},
        }
    if is_on:
        looks |= {
            "borderColor": "var(--fo-palette-primary-main)",
            "color": "var(--fo-palette-primary-plainColor)",
        }
    return looks


def button(
    parent: types.Object,
    name: str,
    label: str,
    on_click: Event,
    params: Mapping[str, Any] | None = None,
    icon: str | None = None,
    tooltip: str | None = None,
    is_main: bool = False,
    is_quiet: bool = False,
    is_on: bool = False,
    is_link: bool = False,
    disabled: bool = False,
    key: str | None = None,
    style: Style | None = None,
) -> None:
    """Adds a button.

    Args:
        parent: Where to.
        name: Name of the property, by which tests find it.
        label: What is on it; empty for an icon alone.
        on_click: The panel's method that it calls.
        params: What it tells the method.
        icon: A Material icon.
        tooltip: What it does, in a sentence.
        is_main: Whether it is what most users want next.
        is_quiet: Whether it has no border.
        is_on: Whether it stands for a choice that is made.
        is_link: Whether it looks like bold text.
        disabled: Whether it cannot be pressed now.
        key: Letter that presses it together with Alt (the browser's access key).
        style: Further CSS.
    """
    looks = _button_looks(label, is_quiet, is_link, is_on)
    attributes: dict[str, Any] = {"data-cy": name, "sx": looks | dict(style or {})}
    if key is not None:
        attributes["accessKey"] = key
    if tooltip is not None or not label:
        attributes["aria-label"] = label or tooltip
    parent.btn(
        name,
        label or None,  # type: ignore[arg-type]
        icon=icon,
        variant="contained" if is_main else "outlined",
        on_click=on_click,
        params=dict(params or {}),
        disabled=disabled,
        title=tooltip,
        componentsProps={
            "button": attributes,
            "icon": {"sx": {"fontSize": "1.1rem"}},
            "item": _SHRINK if is_link else _KEEP,
        },
    )


def row(
    parent: types.Object,
    name: str,
    gap: float = 1,
    style: Style | None = None,
    is_rigid: bool = False,
) -> types.Object:
    """Adds a row whose pieces keep their width and wrap where it is narrow.

    Args:
        parent: Where to.
        name: Name of the property.
        gap: Space between the pieces, in eighths of an em and a half.
        style: Further CSS.
        is_rigid: Whether it keeps its width beside others.

    Returns:
        The row, to fill.
    """
    looks = {"display": "flex", "flexWrap": "wrap", "alignItems": "center"} | dict(style or {})
    item = {"width": "auto", "minWidth": 0, "flex": "none" if is_rigid else "0 1 auto"}
    return _stack(parent, name, gap, looks, item)


def column(
    parent: types.Object,
    name: str,
    gap: float = 1,
    style: Style | None = None,
    outline: bool = False,
    width: int | None = None,
) -> types.Object:
    """Adds pieces below each other.

    Args:
        parent: Where to.
        name: Name of the property.
        gap: Space between the pieces.
        style: Further CSS.
        outline: Whether a thin line goes around it.
        width: Least width in pixels beside other pieces of a row; None for a whole line.

    Returns:
        The column, to fill.
    """
    frame = {"border": LINE, "borderRadius": "6px", "padding": "10px"} if outline else {}
    looks = {"display": "grid", "gridTemplateColumns": "minmax(0, 1fr)"}
    item: dict[str, Any] = {"width": "100%", "minWidth": 0}
    if width is not None:
        item = {"width": "auto", "minWidth": 0, "flex": f"1 1 {width}px"}
    return _stack(parent, name, gap, looks | frame | dict(style or {}), item)


def tiles(parent: types.Object, name: str, width: int, gap: float = 1.5) -> types.Object:
    """Adds pieces side by side, as many as fit, all equally wide.

    Args:
        parent: Where to.
        name: Name of the property.
        width: The least width of one, in pixels.
        gap: Space between them.

    Returns:
        The tiles, to fill.
    """
    looks = {
        "display": "grid",
        "gridAutoFlow": "row",
        "gridTemplateColumns": f"repeat(auto-fill, minmax(min({width}px, 100%), 1fr))",
        "alignItems": "stretch",
    }
    return _stack(parent, name, gap, looks, {"width": "100%", "minWidth": 0})


def _stack(parent: types.Object, name: str, gap: float, looks: Style, item: Style) -> types.Object:
    stack = types.Object()
    view = types.GridView(
        gap=gap,
        componentsProps={
            "grid": {"sx": dict(looks), "data-cy": name},
            "item": {"sx": {"alignSelf": "auto", "justifySelf": "auto", **item}},
        },
    )
    parent.define_property(name, stack, view=view)
    return stack


def picture(
    parent: types.Object,
    name: str,
    url: str,
    words: str,
    on_click: Event | None = None,
    params: Mapping[str, Any] | None = None,
    side: int = 64,
    is_crop: bool = False,
) -> None:
    """Adds a thumbnail.

    Args:
        parent: Where to.
        name: Name of the property.
        url: The picture as a data URL.
        words: What it is, for those who cannot see it and for the tooltip.
        on_click: The panel's method that it calls.
        params: What it tells the method.
        side: Width and height in pixels.
        is_crop: Whether all of it is shown; else its middle fills the square.
    """
    style = {
        "objectFit": "contain" if is_crop else "cover",
        "borderRadius": "4px",
        "display": "block",
        "background": "var(--fo-palette-background-level2)",
    }
    view = types.ImageView(
        height=f"{side}px",
        width=f"{side}px",
        alt=words,
        operator=on_click,
        params=dict(params or {}),
        componentsProps={"image": {"style": style, "title": words}, "item": _KEEP},
    )
    parent.define_property(name, types.String(), default=url, view=view)
