"""A review by keyboard: names completed from many, the next cluster, and one that looks mixed."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenApp, take_picture
from tests.browser.test_review import sizes, until
from tools.review_panel import open_cluster, open_review, piece, press_with_alt, select_tiles

if TYPE_CHECKING:
    import fiftyone as fo

NAMES = 60


@pytest.fixture
def named(
    make_dataset: Callable[..., "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> "fo.Dataset":
    """Two clusters without a name, and sixty named ones of one image each."""
    rng = np.random.default_rng(51)
    rows = np.eye(3, 16).repeat([40, 20, NAMES], axis=0)[:120]
    dataset = make_dataset(120, vectors=list(rows + rng.normal(0, 0.02, rows.shape)))
    plugin_part("operators").cluster_images(dataset, embeddings_field="vectors", save_view=False)
    written = plugin_part("operators.correcting")
    key = dataset.match({"cluster.cluster_id": "c00000"}).values("cluster.cluster_id")[0]
    ids = dataset.match({"cluster.cluster_id": key}).values("id")
    made = written.split_cluster(dataset, key, by="groups", groups=[[one] for one in ids])
    for number, cluster in enumerate(sorted({key, *made["created"]})):
        written.rename_cluster(dataset, cluster, f"kind {number:02d}")
    return dataset


def typed(page: Page) -> str:
    """What the focused field holds."""
    return page.evaluate("document.activeElement.value")


def takes_the_first(page: Page, options: Locator) -> bool:
    """Takes what is offered, and waits for the list to close.

    On a busy machine the list may be drawn anew between the keys, and stays open then.
    """
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    return options.count() == 0


def test_names_are_completed_and_the_next_cluster_opened_without_a_mouse(
    open_app: OpenApp, named: "fo.Dataset"
) -> None:
    page = open_app(named)
    panel = open_review(page)
    expect(piece(panel, "cards").get_by_role("img").first).to_be_visible()
    press_with_alt(page, "n")
    expect(piece(panel, "naming")).to_be_visible()
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("40 samples")
    piece(panel, "naming").locator("input").focus()
    page.keyboard.type("kind 5", delay=120)
    options = page.get_by_role("option")
    expect(options).to_have_count(10)
    expect(options.last).to_have_text("kind 59")
    assert typed(page) == "kind 5"
    take_picture(page, "walk_completion")
    page.keyboard.press("Enter")
    assert typed(page) == "kind 5"
    press_with_alt(page, "c")
    until(page, lambda: "kind 5" in sizes(named))
    expect(piece(panel, "cluster")).to_contain_text("confirmed")
    take_picture(page, "walk_confirmed")
    press_with_alt(page, "n")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("20 samples")
    piece(panel, "naming").locator("input").focus()
    page.keyboard.type("kind 59", delay=60)
    expect(options).to_have_count(1)
    until(page, lambda: takes_the_first(page, options))
    press_with_alt(page, "c")
    expect(piece(panel, "message")).to_contain_text("Another cluster is called “kind 59”")
    press_with_alt(page, "b")
    expect(piece(panel, "cards")).to_be_visible()
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("120 samples")


def open_in_low_window(
    open_app: OpenApp, dataset: "fo.Dataset", height: int
) -> tuple[Page, Locator]:
    """Opens the review, with its pictures there, and makes the window low."""
    page = open_app(dataset)
    panel = open_review(page)
    expect(piece(panel, "cards").get_by_role("img").first).to_be_visible()
    page.set_viewport_size({"width": 1600, "height": height})
    return page, panel


def test_what_can_be_done_with_marks_and_selection_stays_in_sight(
    open_app: OpenApp, named: "fo.Dataset"
) -> None:
    page, panel = open_in_low_window(open_app, named, 500)
    card = panel.locator('[data-cy^="card_"]').last
    piece(card, "mark").click()
    expect(card).to_be_in_viewport()
    expect(piece(panel, "merge_marked")).to_be_in_viewport(ratio=1)
    take_picture(page, "walk_marked_below")
    page.set_viewport_size({"width": 1600, "height": 340})
    open_cluster(panel, "c00001")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("40 samples")
    select_tiles(page, 1)
    expect(piece(panel, "cluster")).to_be_in_viewport()
    expect(piece(panel, "move_images")).to_be_in_viewport(ratio=1)
    take_picture(page, "walk_selected_above")


def test_a_question_stands_right_on_the_bar_of_marked_clusters(
    open_app: OpenApp, named: "fo.Dataset"
) -> None:
    page, panel = open_in_low_window(open_app, named, 500)
    # Both have a name, so that it is asked which one stays.
    for cluster in panel.locator('[data-cy^="card_"]').filter(has_text="kind").all()[:2]:
        piece(cluster, "mark").click()
        expect(piece(panel, "marked")).to_be_visible()
    expect(piece(panel, "marked")).to_contain_text("2 clusters marked")
    piece(panel, "merge_marked").click()
    expect(piece(panel, "choice0")).to_be_in_viewport(ratio=1)
    question, bar = piece(panel, "told").bounding_box(), piece(panel, "marked").bounding_box()
    assert question is not None
    assert bar is not None
    assert abs(question["y"] + question["height"] - bar["y"]) <= 2
    take_picture(page, "walk_question_on_bar")


def test_another_page_begins_at_its_top_however_far_the_last_one_was_scrolled(
    open_app: OpenApp, named: "fo.Dataset"
) -> None:
    page, panel = open_in_low_window(open_app, named, 400)
    panel.locator('[data-cy^="card_"]').last.scroll_into_view_if_needed()
    expect(piece(panel, "reached")).not_to_be_in_viewport()
    press_with_alt(page, "n")
    expect(piece(panel, "naming")).to_be_visible()
    expect(piece(panel, "reached")).to_be_in_viewport(ratio=1)
    take_picture(page, "walk_top_of_cluster")

    page.mouse.move(*center_of(piece(panel, "cluster")))
    page.mouse.wheel(0, 2000)
    expect(piece(panel, "reached")).not_to_be_in_viewport()
    press_with_alt(page, "n")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("20 samples")
    expect(piece(panel, "reached")).to_be_in_viewport(ratio=1)
    # What was only drawn anew stays where it was.
    page.mouse.wheel(0, 2000)
    expect(piece(panel, "reached")).not_to_be_in_viewport()
    piece(panel, "tick").last.click()
    expect(piece(panel, "confirm")).to_contain_text("with 1 ticked")
    expect(piece(panel, "reached")).not_to_be_in_viewport()
    # Once the cluster is confirmed, the way to the next one is at the top.
    press_with_alt(page, "c")
    until(page, lambda: named.count_values("cluster.confirmed").get(True, 0) > 20)
    expect(piece(panel, "reached")).to_be_in_viewport(ratio=1)


def center_of(locator: Locator) -> tuple[float, float]:
    """Where to point at a piece."""
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 50)
