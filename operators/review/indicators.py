"""What shows how things stand: a dot before a word, a notice, a bar."""

from fiftyone.operators import types

from . import widgets


def dot(parent: types.Object, name: str, words: str, color: str) -> None:
    """Adds a word with a colored dot before it.

    Args:
        parent: Where to.
        name: Name of the property.
        words: The word.
        color: CSS color of the dot.
    """
    looks = {
        "display": "flex",
        "alignItems": "center",
        "&::before": {
            "content": '""',
            "width": "8px",
            "height": "8px",
            "borderRadius": "50%",
            "background": color,
            "marginRight": "5px",
            "flex": "none",
        },
    }
    widgets.text(parent, name, words, widgets.MUTED, "0.78rem", style=looks)


def notice(parent: types.Object, name: str, words: str, severity: str = "info") -> None:
    """Adds a sentence with a colored edge.

    Args:
        parent: Where to.
        name: Name of the property.
        words: The sentence.
        severity: "info", "success", "warning" or "error".
    """
    color = f"var(--fo-palette-{severity}-main)"
    looks = dict(widgets.BAR) | {"borderLeft": f"4px solid {color}", "flexWrap": "nowrap"}
    box = widgets.row(parent, name, style=looks)
    widgets.text(box, severity, words)


def progress_bar(parent: types.Object, name: str, share: float) -> None:
    """Adds a thin bar.

    Args:
        parent: Where to.
        name: Name of the property.
        share: How much of it is full, between 0 and 1.
    """
    full = f"{100 * share:.2f}%"
    looks = {
        "height": "4px",
        "borderRadius": "2px",
        "background": (
            f"linear-gradient(90deg, var(--fo-palette-primary-main) {full}, "
            f"var(--fo-palette-divider) {full})"
        ),
    }
    widgets.row(parent, name, style=looks)
