"""Operators that are run beside the open panel: what their forms begin with, and what it shows."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenApp, button, entry, take_picture
from tools.app_page import open_form
from tools.review_panel import open_review, piece, turn_to

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def noisy(
    make_dataset: Callable[..., "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> "fo.Dataset":
    """120 images in clusters of one, since their embeddings say nothing."""
    vectors = np.random.default_rng(0).normal(size=(120, 64)).astype(np.float32)
    dataset = make_dataset(120, vectors=list(vectors))
    plugin_part("operators").cluster_images(dataset, embeddings_field="vectors", save_view=False)
    return dataset


def test_clustering_again_from_a_page_of_small_ones_takes_all_and_the_panel_follows(
    open_app: OpenApp, noisy: "fo.Dataset"
) -> None:
    page = open_app(noisy)
    panel = open_review(page)
    expect(piece(panel, "doubtful")).to_contain_text("hardly separate the images")
    turn_to(panel, "small", "pager")
    counts = page.locator('[data-cy="entry-counts"]')
    expect(counts).to_contain_text("100 samples")

    form = open_form(page, "Cluster images")
    expect(form.get_by_role("radio").first).to_be_checked()
    entry(form, "Embeddings field").fill("vectors")
    form.get_by_text("Overwrite", exact=True).click()
    expect(form.get_by_text("Keep corrections", exact=True)).to_be_visible()
    form.get_by_text("Current view", exact=True).click()
    lost = form.get_by_text("20 others that are not confirmed will lose the cluster")
    expect(lost).to_be_visible()
    form.get_by_text("Dataset", exact=True).click()
    expect(lost).to_be_hidden()
    button(form, "Execute").click()
    expect(page.get_by_text("120 clusters in 120 images", exact=True)).to_be_visible()
    take_picture(page, "result_with_a_warning")
    button(page.locator("body"), "Done").click()

    expect(piece(panel, "cards")).to_be_visible()
    expect(counts).to_contain_text("120 samples")
    piece(panel, "pager").get_by_role("button", name="Next").click()
    expect(panel).to_contain_text("13 to 24 of 120 clusters")
    expect(panel).not_to_contain_text("anew since this page was drawn")

    form = open_form(page, "Delete clustering run")
    entry(form, "Run").fill("cluster")
    page.get_by_role("option").first.click()
    button(form, "Delete").click()
    expect(panel).to_contain_text("has no clusters yet")
