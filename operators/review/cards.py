"""How a cluster looks wherever it is shown: its thumbnails, its name, and what is known of it."""

from collections.abc import Mapping
from typing import Any

from fiftyone.operators import types

from ..base.wording import count_text
from . import indicators, widgets
from .pictures import Pictures, exemplars, picture_of
from .session import Session

Row = Mapping[str, Any]
COLORS = {
    "confirmed": "var(--fo-palette-success-main)",
    "partly": "var(--fo-palette-warning-main)",
    "noise": "var(--fo-palette-text-tertiary)",
    "new": "var(--fo-palette-info-main)",
}
MIXED_COLOR = "warning.main"


def add_strip(
    parent: types.Object,
    session: Session,
    row: Row,
    pictures: Pictures,
    side: int = 64,
    is_cut: bool = True,
) -> None:
    """Adds the thumbnails of a cluster; each opens it.

    Args:
        parent: Where to.
        session: The event.
        row: The cluster.
        pictures: The thumbnails of the page.
        side: Their size in pixels.
        is_cut: Whether those that do not fit into one line are left out.
    """
    style = {"height": f"{side}px", "overflow": "hidden"} if is_cut else {}
    strip = widgets.row(parent, "strip", gap=0.5, style=style)
    for number, (kind, item) in enumerate(exemplars(row)):
        widgets.picture(
            strip,
            f"image{number}",
            picture_of(pictures, item),
            f"{kind} image of {widgets.shortened(row['label'])}",
            session.event("open_cluster"),
            {"cluster": row["cluster"]},
            side=side,
            is_crop=session.noun == "patches",
        )


def add_title(
    parent: types.Object,
    session: Session,
    row: Row,
    key: str | None = None,
    says_mixed: bool = True,
) -> None:
    """Adds the name of a cluster, which opens it, and below it what is known of it.

    Args:
        parent: Where to.
        session: The event.
        row: The cluster.
        key: Letter that opens it together with Alt.
        says_mixed: Whether it says as well if the cluster looks mixed.
    """
    about_key = "" if key is None else f" (Alt+{key.upper()})"
    title = widgets.column(parent, "title", gap=0, width=110)
    widgets.button(
        title,
        "open",
        widgets.shortened(row["label"]),
        session.event("open_cluster"),
        {"cluster": row["cluster"]},
        tooltip=f"Open {widgets.shortened(row['label'], widgets.LONGEST_SENTENCE)}{about_key}",
        is_link=True,
        key=key,
    )
    add_facts(title, session, row, says_mixed)


def add_facts(parent: types.Object, session: Session, row: Row, says_mixed: bool = True) -> None:
    """Adds what is known of a cluster.

    Args:
        parent: Where to.
        session: The event.
        row: The cluster.
        says_mixed: Whether it says as well if the cluster looks mixed.
    """
    words = about(row, session.noun)
    indicators.dot(parent, "facts", words, COLORS[row["state"]])
    if row["mixed"] and says_mixed:
        add_mixed(parent)


def add_mixed(parent: types.Object) -> None:
    """Adds that a cluster looks mixed.

    Args:
        parent: Where to.
    """
    widgets.text(parent, "mixed", "looks mixed", MIXED_COLOR, "0.78rem")


def about(row: Row, noun: str) -> str:
    """Says what is known of a cluster.

    Args:
        row: The cluster.
        noun: What its items are called.

    Returns:
        "34 images · 78 % sure", which breaks, where it has to, between the facts only.
    """
    facts = [count_text(row["size"], noun)]
    has_no_name = row["label"] == row["cluster"] and row["state"] != "noise"
    if row["state"] == "partly":
        facts.append(f"{row['confirmed']:,} confirmed")
    elif row["state"] == "confirmed" and has_no_name:
        facts.append("confirmed, no name yet")
    elif row["state"] == "new":
        facts.append(f"{100 * row['confidence']:.0f} % sure")
    else:
        facts.append(row["state"])
    return " · ".join(fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts)
