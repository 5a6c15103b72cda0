"""The operators as a person meets them: forms, progress, results and views in the App."""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenApp, button, choose, entry, take_picture
from tools.app_page import open_form, wait_for_images
from tools.review_panel import open_review

if TYPE_CHECKING:
    import fiftyone as fo

IMAGES = 60
VIEW = "cluster: one tile per cluster"
# A notice is there for seconds only: its words are taken in the moment in which it is found.
NOTICE = """words => [...document.querySelectorAll('[role="alert"]')]
    .map(notice => notice.innerText).find(text => text.includes(words))"""


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory, image_folder: Path) -> list[Path]:
    """Real images of three kinds, 20 each: parts of a flower, of a temple, and digits."""
    from sklearn.datasets import load_sample_images

    folder, chance = tmp_path_factory.mktemp("kinds"), random.Random(3)
    for name, photo in zip(("temple", "flower"), load_sample_images().images, strict=True):
        for number in range(20):
            x, y = chance.randrange(100, 300), chance.randrange(60, 140)
            part = Image.fromarray(photo[y : y + 240, x : x + 240])
            part.save(folder / f"{name}-{number:02d}.png")
    digits = sorted(image_folder.glob("*/*.png"), key=lambda path: path.name)
    return [*sorted(folder.iterdir()), *digits[:20]]


@pytest.fixture
def images(make_dataset: Callable[..., "fo.Dataset"], kinds: list[Path]) -> "fo.Dataset":
    return make_dataset(kinds)


@pytest.fixture
def clustered(images: "fo.Dataset", plugin_part: Callable[[str], ModuleType]) -> "fo.Dataset":
    plugin_part("operators").cluster_images(images)
    return images


def test_cluster_images_shows_progress_result_and_clusters(
    open_app: OpenApp, images: "fo.Dataset"
) -> None:
    page = open_app(images)
    form = open_form(page, "Cluster images")
    expect(button(form, "Execute")).to_be_enabled()
    take_picture(page, "form_of_cluster_images")
    button(form, "Execute").click()
    expect(page.get_by_text(re.compile(r"Computing embeddings|Starting")).first).to_be_visible()
    take_picture(page, "progress_of_cluster_images")
    notice = page.wait_for_function(NOTICE, arg="Found").json_value()
    found = page.locator("strong").get_by_text(re.compile(rf"clusters in {IMAGES} images"))
    expect(found).to_be_visible()
    expect(page.get_by_text("Largest clusters")).to_be_visible()
    take_picture(page, "result_of_cluster_images")
    button(page.locator("body"), "Done").click()

    images.reload()
    sizes = images.count_values("cluster.label")
    assert sum(sizes.values()) == IMAGES
    assert len(sizes) >= 2
    assert None not in sizes
    assert f"Found {len(sizes)} clusters" in notice
    grid = page.locator('[data-cy="fo-grid"]')
    expect(grid.get_by_text("c00000").first).to_be_visible()
    expect(grid.get_by_text("c00001").first).to_be_visible()
    page.locator('[data-cy="sidebar-field-arrow-enabled-cluster"]').click()
    expect(page.get_by_placeholder("+ filter by label")).to_be_visible()
    # As the result tells the user to go on.
    page.get_by_text("Unsaved view", exact=True).click()
    page.get_by_text(VIEW, exact=True).click()
    counts = page.locator('[data-cy="entry-counts"]')
    expect(counts).to_contain_text(re.compile(rf"\b{len(sizes)} group"))


def test_labels_that_some_images_have_name_clusters_to_be_reviewed(
    open_app: OpenApp, images: "fo.Dataset"
) -> None:
    import fiftyone as fo

    kinds = ["flower"] * 20 + ["temple"] * 20 + ["digit"] * 20
    told = [kind if number % 20 < 3 else None for number, kind in enumerate(kinds)]
    images.set_values("kind", [kind and fo.Classification(label=kind) for kind in told])
    page = open_app(images)
    form = open_form(page, "Cluster images")
    choose(form, "Known labels", "kind")
    expect(button(form, "Execute")).to_be_enabled()
    take_picture(page, "form_with_known_labels")
    button(form, "Execute").click()
    known = page.get_by_text(re.compile("9 images confirmed, 3 new names"))
    expect(known).to_be_visible(timeout=60_000)
    take_picture(page, "result_with_known_labels")
    button(page.locator("body"), "Done").click()

    images.reload()
    names, confirmed = images.values("cluster.label"), images.values("cluster.confirmed")
    right = [name == kind for name, kind in zip(names, kinds, strict=True)]
    assert sum(right) >= 50
    assert confirmed == [kind is not None for kind in told]
    panel = open_review(page)
    for kind in ("flower", "temple", "digit"):
        expect(panel.get_by_role("button", name=kind, exact=True)).to_be_visible()
    expect(panel.get_by_text(re.compile("9 of 60 images confirmed"))).to_be_visible()
    take_picture(page, "review_with_known_labels")


def test_a_wrong_value_is_explained_in_the_form(open_app: OpenApp, images: "fo.Dataset") -> None:
    page = open_app(images)
    form = open_form(page, "Cluster images")
    expect(form.get_by_text("Neighbors (k)", exact=True)).to_be_hidden()
    form.get_by_text("Advanced settings", exact=True).click()
    entry(form, "Neighbors (k)").fill("0")
    expect(form.get_by_text("'Neighbors (k)' must be a whole number").first).to_be_visible()
    expect(button(form, "Execute")).to_be_disabled()
    form.get_by_text("Advanced settings", exact=True).click()
    expect(form.get_by_text("Seed", exact=True)).to_be_hidden()
    expect(form.get_by_text("'Neighbors (k)' must be a whole number").first).to_be_visible()
    take_picture(page, "wrong_number_of_neighbors")
    entry(form, "Neighbors (k)").fill("5")
    entry(form, "Run key").fill("my run")
    expect(form.get_by_text("'Run key' must start with a letter").first).to_be_visible()
    expect(button(form, "Execute")).to_be_disabled()
    entry(form, "Run key").fill("my_run")
    expect(button(form, "Execute")).to_be_enabled()


def test_a_scheduled_run_is_done_by_the_worker(
    open_app: OpenApp, images: "fo.Dataset", worker: None
) -> None:
    page = open_app(images)
    form = open_form(page, "Cluster images")
    expect(button(form, "Execute")).to_be_enabled()
    form.get_by_role("group", name="split button").locator("button").last.click()
    page.get_by_role("menuitem", name=re.compile("Schedule")).click()
    schedule = button(form, "Schedule")
    expect(schedule).to_be_enabled()
    schedule.click()
    expect(page.get_by_role("alert").first).to_contain_text("scheduled")
    wait_until(page, lambda: images.has_saved_view(VIEW), images)
    assert sum(images.count_values("cluster.label").values()) == IMAGES
    page.reload()
    wait_for_images(page)
    expect(page.locator('[data-cy="sidebar-field-arrow-enabled-cluster"]')).to_be_visible()


def wait_until(page: Page, is_true: Callable[[], bool], dataset: "fo.Dataset") -> None:
    """Lets the App and the worker work until something holds in the database."""
    deadline = time.monotonic() + 120
    while not is_true():
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
        dataset.reload()


def test_the_saved_view_shows_one_tile_per_cluster(
    open_app: OpenApp, clustered: "fo.Dataset"
) -> None:
    from fiftyone.core.utils import to_slug

    clusters = clustered.count_values("cluster.label")
    page = open_app(clustered, to_slug(VIEW))
    counts = page.locator('[data-cy="entry-counts"]')
    expect(counts).to_contain_text(re.compile(rf"\b{len(clusters)} group"))
    take_picture(page, "one_tile_per_cluster")
    page.locator('[data-cy="looker"]').first.click(position={"x": 60, "y": 60})
    expect(page.locator('[data-cy="modal"]')).to_be_visible()
    expect(page.get_by_text("Pixelating...")).to_be_hidden()
    expect(page.get_by_role("button", name="Go to page 2", exact=True)).to_be_visible()
    take_picture(page, "inside_a_cluster")


def test_labels_are_written_by_one_click_after_their_field_is_typed(
    open_app: OpenApp, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    plugin_part("operators").confirm_clusters(clustered, ["c00000"], name="Tom")
    number = clustered.count_values("cluster.label")["Tom"]
    page = open_app(clustered)
    form = open_form(page, "Apply labels")
    expect(button(form, "Execute")).to_be_disabled()
    entry(form, "Label field").press_sequentially("kind")
    expect(form.get_by_text(f"{number} labels will be written to 'kind'")).to_be_visible()
    button(form, "Execute").click()
    expect(button(form, "Close")).to_be_visible()
    clustered.reload()
    assert clustered.count_values("kind.label")["Tom"] == number


def test_delete_run_names_what_goes_and_removes_it(
    open_app: OpenApp, clustered: "fo.Dataset"
) -> None:
    page = open_app(clustered)
    form = open_form(page, "Delete clustering run")
    form.get_by_role("combobox").first.click()
    page.get_by_role("option", name="cluster").click()
    expect(form.get_by_text(re.compile("This deletes .* cannot be undone"))).to_be_visible()
    take_picture(page, "delete_run_asks")
    expect(button(form, "Delete")).to_be_enabled()
    button(form, "Delete").click()
    expect(page.get_by_text("Deleted the run 'cluster'")).to_be_visible()
    clustered.reload()
    assert clustered.list_runs() == []
    assert not clustered.has_sample_field("cluster")
    assert clustered.list_saved_views() == []
