"""Drives the App to what each picture shows."""

import re
from collections.abc import Iterator

from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, expect

from tools.app_page import wait_for_images
from tools.review_panel import (
    ATTEMPTS,
    open_cluster,
    open_review,
    piece,
    select_tiles,
    turn_to,
    type_name,
)

from .choices import choose_cluster, choose_mixed, longest_run, majority
from .digits import Digits
from .screenshots import settled

WIDTH, HEIGHT = 1520, 930
"""Of the page: as small as it can be, so that its letters stay readable when it is shown narrower,
with two columns of clusters in the panel that show all five images."""
TALL = 1_400
"""Height of the page for pictures of the panel alone, which are cut below the last line."""
STRIP = 380
"""Height of the picture of the App's head."""
MARGIN = 8
# Clusters on the first page of the list, and images of the grid that are on the screen.
LISTED = 12
TILES_IN_SIGHT = 36
MOST_SELECTED = 8
# Milliseconds in which what goes only for a moment comes back.
SETTLED = 1_500

Shot = tuple[str, Image.Image]


def take_pictures(page: Page, address: str, digits: Digits) -> Iterator[Shot]:
    """Clusters a dataset and goes through the review, from the first look to the labels.

    Args:
        page: An empty page of `WIDTH` and `HEIGHT`.
        address: Where the App is.
        digits: The dataset, not clustered yet.

    Yields:
        Names of the pictures, and the pictures.
    """
    yield "begin", _begin(page, address, digits)
    digits.cluster()
    panel = _open(page, address, digits)
    yield "list", _whole(page)
    yield "mixed", _mixed(page, panel, digits)
    turn_to(panel, "pairs", "pair")
    yield "pair", _panel_alone(page, panel, "answers")
    yield "cluster", _cluster(page, panel, digits)
    _confirm_all(digits)
    panel = _open(page, address, digits)
    yield "small", _small(page, panel, digits)
    turn_to(panel, "history", "entries")
    yield "history", _panel_alone(page, panel, "entries")
    yield "map", _map(page, panel)


def _begin(page: Page, address: str, digits: Digits) -> Image.Image:
    """The dataset as one finds it, and what the button says that clusters it."""
    page.goto(f"{address}/datasets/{digits.dataset.slug}")
    wait_for_images(page)
    page.locator('[data-item-id="@autolabel/gcn/cluster_images"]').hover()
    expect(page.get_by_text("Cluster images", exact=True)).to_be_visible()
    return settled(page, FloatRect(x=0, y=0, width=WIDTH, height=STRIP))


def _open(page: Page, address: str, digits: Digits) -> Locator:
    """Opens the App with the grid and the panel side by side, and no sidebar."""
    page.goto(f"{address}/datasets/{digits.dataset.slug}")
    wait_for_images(page)
    sidebar = page.locator('[data-cy="sidebar-column"]')
    if sidebar.count():
        page.locator('[data-cy="action-toggle-sidebar"]').click()
    expect(sidebar).to_have_count(0)
    return open_review(page)


def _whole(page: Page) -> Image.Image:
    """Grid and panel, without the head of the App above."""
    top = _top(page)
    return _at_rest(page, FloatRect(x=0, y=top, width=WIDTH, height=HEIGHT - top))


def _panel_alone(page: Page, panel: Locator, last: str) -> Image.Image:
    """The panel down to one of its pieces."""
    page.set_viewport_size({"width": WIDTH, "height": TALL})
    end = piece(panel, last).last
    expect(end).to_be_in_viewport(ratio=1)
    box, below = panel.bounding_box(), end.bounding_box()
    assert box is not None
    assert below is not None
    top, bottom = _top(page), below["y"] + below["height"] + MARGIN
    clip = FloatRect(x=box["x"], y=top, width=box["width"], height=bottom - top)
    picture = _at_rest(page, clip)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    return picture


def _top(page: Page) -> float:
    """Where the tabs of grid and panel begin, and what the App writes beside them."""
    tabs = page.locator('[data-cy="panel-container"]').first.bounding_box()
    assert tabs is not None
    return tabs["y"] - MARGIN


def _at_rest(page: Page, clip: FloatRect) -> Image.Image:
    page.mouse.move(0, 0)  # nothing lights up below it
    return settled(page, clip)


def _mixed(page: Page, panel: Locator, digits: Digits) -> Image.Image:
    """A cluster that looks mixed, down to the line that confirms it all the same."""
    open_cluster(panel, choose_mixed(digits.clusters()[:LISTED]))
    return _panel_alone(page, panel, "hints")


def _cluster(page: Page, panel: Locator, digits: Digits) -> Image.Image:
    """A cluster with a name and ticks; it is confirmed as that when the picture is taken."""
    rows = digits.clusters()
    shown = {row["cluster"]: digits.shown_by(digits.members(row["cluster"])) for row in rows}
    rows = rows[:LISTED]
    near = {row["cluster"]: digits.near(row["cluster"]) for row in rows}
    subject = choose_cluster(rows, near, shown)
    open_cluster(panel, subject.cluster)
    size = len(shown[subject.cluster])
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text(f"{size} sample")
    type_name(panel, "naming", subject.name)
    for number, place in enumerate(subject.ticked, 1):
        piece(piece(panel, f"near{place}"), "tick").click()
        expect(piece(panel, "confirm")).to_contain_text(f"with {number} ticked")
    piece(panel, "head").scroll_into_view_if_needed()
    picture = _whole(page)
    piece(panel, "confirm").click()
    expect(piece(panel, "unconfirm")).to_be_visible()
    return picture


def _confirm_all(digits: Digits) -> None:
    """Confirms all clusters that are not small, so that the pages after this have much to show."""
    for row in digits.clusters():
        if row["state"] == "new" and not row["small"]:
            shown = digits.shown_by(digits.members(row["cluster"]))
            digits.confirm(row["cluster"], majority(shown))


def _small(page: Page, panel: Locator, digits: Digits) -> Image.Image:
    """The small clusters, with some images of one digit selected and named."""
    turn_to(panel, "small", "small")
    items = digits.small()
    counts = page.locator('[data-cy="entry-counts"]')
    expect(counts).to_contain_text(re.compile(rf"\b{len(items)} sample"))
    wait_for_images(page)
    shown = digits.shown_by(items[:TILES_IN_SIGHT])
    first, number = longest_run(shown)
    number = min(number, MOST_SELECTED)
    select_tiles(page, number, first)
    expect(piece(panel, "selection")).to_contain_text(f"{number} image")
    type_name(panel, "move", shown[first])
    return _whole(page)


def _map(page: Page, panel: Locator) -> Image.Image:
    """The layout with the map, which the button of the panel makes."""
    turn_to(panel, "clusters", "cards")
    piece(panel, "workspace").click()
    form = page.locator('[data-cy="operators-prompt-modal"]')
    execute = form.get_by_role("button", name="Execute", exact=True)
    expect(execute).to_be_enabled()
    execute.click()
    # A new layout builds the dialog anew, for which it is gone for a moment.
    expect(page.locator(".emb-legend-row").first).to_be_visible()
    _dismiss(page.get_by_role("button", name="Done", exact=True))
    return _whole(page)


def _dismiss(button: Locator) -> None:
    """Presses the button of a dialog until it is gone: a click may be lost, as in `turn_to`."""
    expect(button).to_be_visible()
    for patience in ATTEMPTS:
        button.click()
        try:
            expect(button).to_be_hidden(timeout=patience)
            button.page.wait_for_timeout(SETTLED)
            expect(button).to_be_hidden(timeout=SETTLED)
        except AssertionError:
            continue
        return
    raise AssertionError("the dialog was dismissed three times and never went")
