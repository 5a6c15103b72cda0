"""The map beside the review: opened in the color of the clusters, its lasso feeds the panel."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenApp, button, take_picture
from tests.browser.test_review import sizes, until
from tools.app_page import open_form
from tools.review_panel import open_cluster, piece, type_name

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def groups(
    make_dataset: Callable[..., "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> "fo.Dataset":
    """Sixty images in three far-apart groups, with a map of their embeddings."""
    rng = np.random.default_rng(51)
    centers = np.eye(3, 16).repeat(20, axis=0)
    dataset = make_dataset(60, vectors=list(centers + rng.normal(0, 0.05, centers.shape)))
    operators = plugin_part("operators")
    operators.cluster_images(dataset, embeddings_field="vectors", save_view=False)
    plugin_part("operators.visualization.visualization").visualize_clusters(dataset, method="pca")
    return dataset


def open_map(page: Page) -> tuple[Locator, Locator]:
    """Maps the clusters by the form: the review panel, and the map beside it."""
    form = open_form(page, "Map clusters")
    expect(button(form, "Execute")).to_be_enabled()
    button(form, "Execute").click()
    panel = page.locator('[data-cy="panel-content-cluster_review"]')
    expect(piece(panel, "cards")).to_be_visible()
    button(page.locator("body"), "Done").click()
    return panel, page.locator(".emb-plot")


def test_the_map_is_colored_by_cluster_and_its_lasso_feeds_the_panel(
    open_app: OpenApp, groups: "fo.Dataset"
) -> None:
    page = open_app(groups)
    panel, plot = open_map(page)
    expect(plot).to_contain_text("cluster_map")
    expect(page.locator(".emb-colorby")).to_contain_text("cluster.label")
    expect(page.locator(".emb-legend-row")).to_have_count(3)
    take_picture(page, "walk_map")

    open_cluster(panel, "c00000")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("20 samples")
    plot.get_by_text("Select", exact=True).click()
    draw_around(page, page.locator(".emb-plot-scene"))
    counts = page.locator('[data-cy="entry-counts"]')
    expect(counts).not_to_contain_text("20 samples")
    inside = int(counts.inner_text().split()[0])
    piece(panel, "take_lasso").click()
    expect(piece(panel, "selection")).to_contain_text(f"{inside} image")
    take_picture(page, "walk_lasso")
    type_name(panel, "move", "inside")
    piece(panel, "move_images").click()
    until(page, lambda: sizes(groups).get("inside") == inside)
    expect(piece(panel, "cluster")).to_contain_text(f"{20 - inside} image")
    expect(counts).to_contain_text(f"{20 - inside} sample")
    take_picture(page, "walk_after_lasso")


def test_a_lasso_holds_where_a_cluster_is_opened_after_it_was_drawn(
    open_app: OpenApp, groups: "fo.Dataset"
) -> None:
    page = open_app(groups)
    panel, plot = open_map(page)
    expect(page.locator(".emb-legend-row")).to_have_count(3)
    plot.get_by_text("Select", exact=True).click()
    counts = page.locator('[data-cy="entry-counts"]')
    expect(counts).to_contain_text("60 samples")
    draw_around(page, page.locator(".emb-plot-scene"))
    expect(counts).not_to_contain_text("60 samples")
    open_cluster(panel, "c00000")
    expect(counts).to_contain_text("20 samples")
    piece(panel, "take_lasso").click()
    expect(piece(panel, "selection")).to_contain_text(re.compile(r"\b[1-9][0-9]? images? selected"))
    take_picture(page, "walk_lasso_before")


def test_the_map_opens_where_its_panel_comes_after_the_review(
    open_app: OpenApp, groups: "fo.Dataset"
) -> None:
    page = open_app(groups)
    held: list[Route] = []
    page.route("**/EmbeddingsV2Panel*.js", lambda route: held.append(route))
    events: list[str] = []
    page.on("request", lambda request: events.append(request.post_data or ""))
    form = open_form(page, "Map clusters")
    button(form, "Execute").click()
    # A busy machine: the code of the Embeddings panel arrives when the review is drawn already.
    expect(piece(page.locator('[data-cy="panel-content-cluster_review"]'), "cards")).to_be_visible()
    page.wait_for_timeout(1_000)
    held.pop().continue_()
    expect(page.locator(".emb-plot")).to_contain_text("cluster_map")
    expect(page.locator(".emb-colorby")).to_contain_text("cluster.label")

    button(page.locator("body"), "Done").click()
    until(page, lambda: asked(events) == 2)
    # Not for ever: who leaves the map is not brought back to it.
    page.wait_for_timeout(9_000)
    assert asked(events) == 2


def asked(events: list[str]) -> int:
    """How often the page has asked for the map by itself."""
    return sum("show_map" in event for event in events)


def draw_around(page: Page, scene: Locator) -> None:
    """Draws a lasso just inside the edges of a plot, as soon as its chart takes one."""
    # The code of the chart comes after the legend; once it has its points, the pointer is a cross.
    expect(scene.locator("[style*='cursor: crosshair']")).to_be_visible()
    # Not before the plot stays where it is and nothing lies over it.
    scene.hover(position={"x": 12, "y": 30})
    box = scene.bounding_box()
    assert box is not None
    left, top = box["x"] + 12, box["y"] + 30
    right, bottom = box["x"] + 0.68 * box["width"], box["y"] + box["height"] - 30
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 5)):
        page.mouse.move(x, y, steps=8)
    page.mouse.up()
