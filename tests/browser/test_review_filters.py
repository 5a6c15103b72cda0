"""A review under a filter of the sidebar, which the App by itself forgets with each click."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenApp, take_picture
from tests.browser.test_review import sizes, until
from tools.review_panel import card, open_cluster, open_review, piece, select_tiles, turn_to

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def sides(
    make_dataset: Callable[..., "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> "fo.Dataset":
    """Forty images in two clusters, a fourth of each from the left."""
    rng = np.random.default_rng(51)
    centers = np.eye(2, 16).repeat(20, axis=0)
    vectors = list(centers + rng.normal(0, 0.05, centers.shape))
    dataset = make_dataset(40, vectors=vectors, side=["left", "right", "right", "right"] * 10)
    plugin_part("operators").cluster_images(dataset, embeddings_field="vectors", save_view=False)
    return dataset


def grid_shows(page: Page, words: str) -> None:
    expect(page.locator('[data-cy="entry-counts"]')).to_have_text(words)


def in_sidebar(page: Page) -> Locator:
    """The values that the sidebar offers to filter by."""
    shown = page.locator('[data-cy="categorical-filter-side"]')
    if not shown.count():
        page.locator('[data-cy="sidebar-field-arrow-enabled-side"]').click()
    return shown


def test_a_filter_of_the_sidebar_stays_while_one_corrects(
    open_app: OpenApp, sides: "fo.Dataset"
) -> None:
    page = open_app(sides)
    panel = open_review(page)
    # Over a whole dataset it offers nothing before one searches.
    in_sidebar(page).get_by_placeholder("+ filter by side").fill("left")
    found = page.locator('[data-cy="selector-results-container-sidebar-search-side"]')
    found.get_by_text("left", exact=True).click()
    grid_shows(page, "10 samples")
    piece(card(panel, "c00001"), "mark").click()
    expect(piece(panel, "marked")).to_contain_text("1 cluster")
    grid_shows(page, "10 samples")

    open_cluster(panel, "c00000")
    grid_shows(page, "20 samples")
    expect(piece(panel, "cluster")).to_contain_text("20 images")
    in_sidebar(page).get_by_text("left", exact=True).click()
    grid_shows(page, "5 of 20 samples")
    select_tiles(page, 2)
    expect(piece(panel, "selection")).to_contain_text("2 images selected")
    expect(panel).to_contain_text("part of this cluster; Confirm takes all 20 images")
    grid_shows(page, "5 of 20 samples")
    take_picture(page, "review_filtered")
    field = piece(panel, "move").locator("input")
    field.press_sequentially("Left", delay=50)
    field.press("Escape")
    expect(piece(panel, "selection")).to_contain_text("2 images selected")
    piece(panel, "move_images").click()
    until(page, lambda: sizes(sides).get("Left") == 2)
    grid_shows(page, "3 samples")

    turn_to(panel, "clusters", "cards")
    grid_shows(page, "10 samples")
