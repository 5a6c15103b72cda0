"""The parts that the open cluster was put together from, and the ways to take it apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from fiftyone.operators import types

from . import indicators, widgets
from .pictures import Pictures, picture_of
from .session import Session

Cluster = Mapping[str, Any]
# Share of a cluster from which a part is likely a class of its own rather than a few odd images.
LARGE_PART = 0.1


def add_doubt(parent: types.Object, session: Session, cluster: Cluster) -> None:
    """Adds why a cluster looks mixed, and what to do before it is confirmed.

    Args:
        parent: The panel.
        session: The event.
        cluster: The open cluster.
    """
    words = (
        f"This cluster looks mixed: the model put it together from {cluster['parts']:,} parts, and "
        f"is only {100 * cluster['confidence']:.0f} % sure that they belong together. Split it, or "
        "select what does not belong; confirm it if all of it is one thing."
    )
    indicators.notice(parent, "doubt", words, "warning")


def add_parts(parent: types.Object, session: Session, cluster: Cluster, pictures: Pictures) -> None:
    """Adds the parts that GCN-V found, and the ways to split a cluster; noise is none.

    Args:
        parent: The panel.
        session: The event.
        cluster: The open cluster, of several parts.
        pictures: The thumbnails of the page.
    """
    box = widgets.column(parent, "parts", gap=0.75)
    line = widgets.row(box, "line", style={"justifyContent": "space-between"})
    title = f"{cluster['parts']:,} parts, each of {session.noun} much alike"
    widgets.text(line, "title", title, bold=True)
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    is_noise = cluster["state"] == "noise"
    if not is_noise:
        _add_splits(line, session, cluster, params)
    tiles = widgets.tiles(box, "list", 300, gap=1)
    for number, items in enumerate(cluster["part_exemplars"]):
        row = widgets.row(tiles, f"part{number}", gap=0.5)
        urls = [picture_of(pictures, item) for item in items[:3]]
        _add_part(row, session, number, cluster["part_sizes"][number], urls, params)
        if not is_noise and (number or _is_minority(cluster["part_sizes"])):
            off = session.event("split_off")
            widgets.button(row, "off", "Split off", off, params | {"part": number}, is_quiet=True)
    shown, sizes = len(cluster["part_exemplars"]), cluster["part_sizes"]
    if shown < len(sizes):
        widgets.text(box, "more", more_text(sizes, shown), widgets.MUTED, "0.78rem")


def add_whole(parent: types.Object, session: Session, cluster: Cluster) -> None:
    """Adds the ways to split a cluster of one part, which may hold two things all the same.

    Args:
        parent: The panel.
        session: The event.
        cluster: The open cluster, no noise.
    """
    line = widgets.row(parent, "whole", style={"justifyContent": "space-between"})
    words = f"1 part, of {session.noun} much alike"
    widgets.text(line, "title", words, bold=True)
    params = {"cluster": cluster["cluster"], "based_on": cluster["seq"]}
    _add_splits(line, session, cluster, params)


def _add_splits(
    parent: types.Object, session: Session, cluster: Cluster, params: Mapping[str, Any]
) -> None:
    buttons = widgets.row(parent, "buttons", gap=0.5)
    split = session.event("split_cluster")
    if cluster["parts"] > 1:
        by_parts = {**params, "by": "parts"}
        is_main = cluster["mixed"] and is_worth_splitting(cluster["part_sizes"])
        widgets.button(buttons, "split", "Split into them", split, by_parts, is_main=is_main)
    again = {**params, "by": "clustering"}
    tip = "Looks at its images alone, and sorts them into the two groups that hang together least"
    two = {**again, "num_clusters": 2}
    widgets.button(buttons, "two", "Split in two", split, two, tooltip=tip, is_quiet=True)
    tip = "Looks at its images alone, and makes as many clusters as it finds"
    widgets.button(buttons, "again", "Cluster it again", split, again, tooltip=tip, is_quiet=True)
    session.expect_networks()


def more_text(sizes: Sequence[int], shown: int) -> str:
    """Words how many parts there are besides those shown.

    Args:
        sizes: Of all parts, falling.
        shown: How many of them are shown, the first; at least one, and not all.

    Returns:
        "and 7 more", or "and 7 smaller ones" if all of them are.
    """
    more = len(sizes) - shown
    if sizes[shown] == sizes[shown - 1]:
        return f"and {more:,} more"
    return "and a smaller one" if more == 1 else f"and {more:,} smaller ones"


def is_worth_splitting(sizes: Sequence[int]) -> bool:
    """Tells whether a cluster is more than a core with crumbs.

    Args:
        sizes: Of its parts, falling, two or more.

    Returns:
        Whether the second part, too, holds much of it.
    """
    return sizes[1] >= LARGE_PART * sum(sizes)


def _is_minority(sizes: Sequence[int]) -> bool:
    """Tells whether all other parts together, which stay when the first leaves, are the more."""
    return 2 * sizes[0] < sum(sizes)


def _add_part(
    parent: types.Object,
    session: Session,
    number: int,
    size: int,
    urls: Sequence[str],
    params: Mapping[str, Any],
) -> None:
    is_crop = session.noun == "patches"
    for place, url in enumerate(urls):
        words = f"part {number + 1}"
        widgets.picture(parent, f"image{place}", url, words, side=44, is_crop=is_crop)
    # The number alone, so that a row holds pictures and buttons in half a panel's width.
    widgets.text(parent, "size", f"{size:,}", widgets.MUTED, "0.78rem")
    chosen = {**params, "part": number}
    select = session.event("select_part")
    tip = "Selects it in the grid, to move it or to confirm all but it"
    widgets.button(parent, "select", "Select", select, chosen, tooltip=tip, is_quiet=True)
