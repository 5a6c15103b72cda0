"""The review as a person meets it: from a dataset without clusters to labels in the database."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenApp, take_picture
from tools.app_page import wait_for_images
from tools.review_panel import (
    card,
    open_cluster,
    open_review,
    piece,
    press_with_alt,
    select_tile,
    select_tiles,
    turn_to,
    type_name,
)

if TYPE_CHECKING:
    import fiftyone as fo

DIGITS, EACH = 4, 8
PATH = "cluster.label"


@pytest.fixture(scope="session")
def vectors() -> np.ndarray:
    """Embeddings of four far-apart groups of eight."""
    rng = np.random.default_rng(51)
    centers = np.eye(DIGITS, 16).repeat(EACH, axis=0)
    return centers + rng.normal(0, 0.02, centers.shape)


@pytest.fixture
def images(
    make_dataset: Callable[..., "fo.Dataset"], image_folder: Path, vectors: np.ndarray
) -> "fo.Dataset":
    """Eight images of each of the digits 0 to 3, with embeddings that keep them apart."""
    folders = [sorted((image_folder / str(digit)).glob("*.png")) for digit in range(DIGITS)]
    paths = [path for folder in folders for path in folder[:EACH]]
    return make_dataset(paths, vectors=list(vectors))


@pytest.fixture
def clustered(images: "fo.Dataset", plugin_part: Callable[[str], ModuleType]) -> "fo.Dataset":
    """The images with a run of four clusters, of which two pairs may be the same."""
    plugin_part("operators").cluster_images(images, embeddings_field="vectors", save_view=False)
    columns = images.load_run_results("cluster", cache=False).serialize()
    columns.pop("cls", None)
    columns |= {"pairs": [[0, 1], [2, 3]], "strength": [0.8, 0.6]}
    results = images.init_run_results("cluster", **columns)
    images.save_run_results("cluster", results, cache=False)
    return images


def grid_shows(page: Page, number: int) -> None:
    """Waits until the grid counts so many images."""
    noun = "sample" if number == 1 else "samples"
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text(f"{number} {noun}")


def sizes(dataset: "fo.Dataset") -> dict[str, int]:
    dataset.reload()
    return dict(dataset.count_values(PATH))


def until(page: Page, is_true: Callable[[], bool]) -> None:
    """Lets the App work until something holds in the database."""
    for _ in range(750):  # the networks may have to be loaded, and compiled, beside other tests
        if is_true():
            return
        page.wait_for_timeout(200)
    pytest.fail("it did not happen within 150 seconds")


def test_clusters_become_labels(open_app: OpenApp, images: "fo.Dataset") -> None:
    page = open_app(images)
    panel = open_review(page)
    expect(panel).to_contain_text("This dataset has no clusters yet")
    take_picture(page, "review_without_clusters")
    piece(panel, "cluster_images").click()
    form = page.locator('[data-cy="operators-prompt-modal"]')
    form.get_by_role("combobox").first.click()
    page.get_by_role("option", name="vectors").click()
    execute = form.get_by_role("button", name="Execute", exact=True)
    expect(execute).to_be_enabled()
    execute.click()
    page.get_by_role("button", name="Review the clusters").click()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(piece(panel, "cards").get_by_role("img").first).to_be_visible()
    assert all_pictures_are_painted(panel)
    take_picture(page, "review_list")
    assert sizes(images) == {f"c0000{number}": EACH for number in range(DIGITS)}

    merge_and_undo(page, panel, images)
    split_and_move(page, panel, images)
    put_aside(panel, images)
    name_and_confirm(page, panel, images)
    apply_labels(page, panel, images)

    page.reload()
    wait_for_images(page)
    panel = open_review(page)
    expect(piece(panel, "head")).to_contain_text("images confirmed")
    turn_to(panel, "history", "entries")
    expect(piece(panel, "entries")).to_contain_text("as 'One'")
    take_picture(page, "review_history")


def all_pictures_are_painted(panel: Locator) -> bool:
    script = "images => images.every(image => image.complete && image.naturalWidth > 0)"
    return bool(panel.locator("img").evaluate_all(script))


def merge_and_undo(page: Page, panel: Locator, dataset: "fo.Dataset") -> None:
    for cluster in ("c00000", "c00001"):
        piece(card(panel, cluster), "mark").click()
        expect(piece(panel, "marked")).to_be_visible()
    expect(piece(panel, "marked")).to_contain_text("2 clusters marked")
    take_picture(page, "review_marked")
    piece(panel, "merge_marked").click()
    expect(card(panel, "c00001")).to_be_hidden()
    assert sizes(dataset)["c00000"] == 2 * EACH
    grid = page.locator('[data-cy="fo-grid"]')
    expect(grid.get_by_text("c00001")).to_have_count(0)
    cluster_again_and_undo(page, panel, dataset)
    piece(panel, "undo").click()
    expect(card(panel, "c00001")).to_be_visible()
    assert sizes(dataset) == {f"c0000{number}": EACH for number in range(DIGITS)}
    expect(grid.get_by_text("c00001").first).to_be_visible()


def cluster_again_and_undo(page: Page, panel: Locator, dataset: "fo.Dataset") -> None:
    """One click, although the browser sends two events: the first tells what the second does."""
    open_cluster(panel, "c00000")
    piece(panel, "again").click()
    until(page, lambda: set(sizes(dataset).values()) == {EACH})
    grid_shows(page, EACH)
    # The button of the page before would still be about the clusters before.
    expect(piece(panel, "cluster")).to_contain_text(f"{EACH} images")
    piece(panel, "undo").click()
    expect(piece(panel, "cluster")).to_contain_text(f"{2 * EACH} images")
    grid_shows(page, 2 * EACH)
    turn_to(panel, "clusters", "cards")


def split_and_move(page: Page, panel: Locator, dataset: "fo.Dataset") -> None:
    open_cluster(panel, "c00000")
    grid_shows(page, EACH)
    take_picture(page, "review_cluster")
    select_tiles(page, 2)
    expect(piece(panel, "selection")).to_contain_text("2 images selected")
    take_picture(page, "review_selection")
    piece(panel, "split_by_images").click()
    until(page, lambda: len(sizes(dataset)) == DIGITS + 1)
    grid_shows(page, sizes(dataset)["c00000"])
    piece(panel, "undo").click()
    grid_shows(page, EACH)
    select_tiles(page, 2)
    type_name(panel, "move", "c00001")
    piece(panel, "move_images").click()
    grid_shows(page, EACH - 2)
    assert sizes(dataset)["c00001"] == EACH + 2


def put_aside(panel: Locator, dataset: "fo.Dataset") -> None:
    open_cluster(panel, "c00003")
    piece(panel, "noise").click()
    expect(card(panel, "c00003")).to_be_hidden()
    expect(card(panel, "c00001")).to_be_visible()
    assert sizes(dataset)["noise"] == EACH
    piece(panel, "filter_noise").click()
    expect(card(panel, "noise")).to_contain_text(f"{EACH} images")
    piece(panel, "filter_all").click()


def name_and_confirm(page: Page, panel: Locator, dataset: "fo.Dataset") -> None:
    open_cluster(panel, "c00001")
    type_name(panel, "naming", "One")
    piece(panel, "confirm").click()
    until(page, lambda: sizes(dataset).get("One") == EACH + 2)
    expect(piece(panel, "unconfirm")).to_be_visible()
    turn_to(panel, "clusters", "cards")
    open_cluster(panel, "c00002")
    type_name(panel, "naming", "One")
    piece(panel, "rename").click()
    expect(piece(panel, "message")).to_contain_text("Another cluster is called “One”")
    take_picture(page, "review_asks")
    piece(panel, "choice0").click()
    expect(piece(panel, "cluster")).to_contain_text(f"{2 * EACH + 2} images")
    assert sizes(dataset)["One"] == 2 * EACH + 2


def apply_labels(page: Page, panel: Locator, dataset: "fo.Dataset") -> None:
    piece(panel, "apply").click()
    form = page.locator('[data-cy="operators-prompt-modal"]')
    expect(form).to_contain_text("Name the field that the labels go to")
    expect(form.locator(".Mui-error")).to_have_count(0)
    take_picture(page, "review_apply_labels_fresh")
    field = form.get_by_text("Label field", exact=True).locator("xpath=following::input[1]")
    field.fill("kind")
    execute = form.get_by_role("button", name=re.compile("Execute|Apply"))
    expect(execute.first).to_be_enabled()
    expect(form).to_contain_text(f"{EACH + 2} labels will be written to 'kind'")
    take_picture(page, "review_apply_labels")
    execute.first.click()
    form.get_by_role("button", name="Close", exact=True).click()
    dataset.reload()
    assert dataset.count_values("kind.label").get("One") == EACH + 2


def in_sidebar(page: Page) -> Locator:
    """The clusters that the sidebar lists, with their counts where the grid shows a view."""
    shown = page.locator('[data-cy="categorical-filter-cluster.label"]')
    if not shown.count():
        page.locator('[data-cy="sidebar-field-arrow-enabled-cluster"]').click()
    return shown


def sidebar_finds(page: Page, words: str, labels: list[str]) -> None:
    """Searches the sidebar for clusters and waits until it lists just these.

    Without a view, FiftyOne keeps what it once found until the page is loaded again, so that each
    search of a test needs words of its own.
    """
    in_sidebar(page).get_by_placeholder("+ filter by label").fill(words)
    results = page.locator('[data-cy="selector-results-container-sidebar-search-cluster.label"]')
    expect(results).to_have_text(re.compile(r"\s*".join(labels)))
    page.keyboard.press("Escape")
    expect(results).to_be_hidden()


def test_grid_and_sidebar_follow_a_merge_and_its_undo(
    open_app: OpenApp, clustered: "fo.Dataset"
) -> None:
    page = open_app(clustered)
    panel = open_review(page)
    everything = [f"c0000{number}" for number in range(DIGITS)]
    expect(card(panel, "c00000")).to_be_visible()
    for cluster in ("c00000", "c00001"):
        piece(card(panel, cluster), "mark").click()
        expect(piece(panel, "marked")).to_be_visible()
    expect(piece(panel, "marked")).to_contain_text("2 clusters marked")
    piece(panel, "merge_marked").click()
    expect(card(panel, "c00001")).to_be_hidden()
    sidebar_finds(page, "c0", ["c00000", "c00002", "c00003"])
    take_picture(page, "review_sidebar")
    piece(panel, "undo").click()
    expect(card(panel, "c00001")).to_be_visible()
    sidebar_finds(page, "c00", everything)

    open_cluster(panel, "c00000")
    grid_shows(page, EACH)
    expect(in_sidebar(page)).to_have_text(re.compile(rf"c00000\s*{EACH}$"))
    piece(piece(panel, "near0"), "same").click()
    grid_shows(page, 2 * EACH)
    expect(in_sidebar(page)).to_have_text(re.compile(rf"c00000\s*{2 * EACH}$"))
    piece(panel, "undo").click()
    grid_shows(page, EACH)
    expect(in_sidebar(page)).to_have_text(re.compile(rf"c00000\s*{EACH}$"))


def test_questions_are_answered_with_buttons_and_keys(
    open_app: OpenApp, clustered: "fo.Dataset"
) -> None:
    page = open_app(clustered)
    panel = open_review(page)
    turn_to(panel, "pairs", "pair")
    expect(piece(panel, "pair")).to_contain_text("c00000")
    grid_shows(page, 2 * EACH)
    grid = page.locator('[data-cy="fo-grid"]')
    expect(grid.get_by_text("c00001").first).to_be_visible()
    wait_for_images(page)
    take_picture(page, "review_pair")
    press_with_alt(page, "k")
    expect(piece(panel, "pair")).to_contain_text("c00002")
    expect(grid.get_by_text("c00003").first).to_be_visible()
    press_with_alt(page, "d")
    expect(piece(panel, "question")).to_contain_text("skipped before")
    piece(panel, "same").click()
    expect(panel).to_contain_text("No two clusters are left")
    grid_shows(page, DIGITS * EACH)
    assert sizes(clustered)["c00000"] == 2 * EACH


def test_the_grid_goes_back_to_the_saved_view_that_it_showed(
    open_app: OpenApp, clustered: "fo.Dataset"
) -> None:
    clustered.save_view("some", clustered.limit(EACH + 3))
    page = open_app(clustered, view="some")
    panel = open_review(page)
    grid_shows(page, EACH + 3)
    turn_to(panel, "pairs", "pair")
    grid_shows(page, 2 * EACH)
    turn_to(panel, "clusters", "cards")
    grid_shows(page, EACH + 3)
    expect(page).to_have_url(re.compile(r"view=some$"))


@pytest.fixture
def halves(
    make_dataset: Callable[..., "fo.Dataset"],
    image_folder: Path,
    plugin_part: Callable[[str], ModuleType],
) -> "fo.Dataset":
    """Ten images whose left and right halves are patches: two clusters of ten."""
    import fiftyone as fo

    rng = np.random.default_rng(3)
    paths = sorted((image_folder / "0").glob("*.png"))[:10]
    boxes = ([0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 0.5, 1.0])
    centers = np.eye(2, 16)

    def objects() -> "fo.Detections":
        made = [
            fo.Detection(label="half", bounding_box=box, vectors=center + rng.normal(0, 0.02, 16))
            for box, center in zip(boxes, centers, strict=True)
        ]
        return fo.Detections(detections=made)

    dataset = make_dataset(paths, objects=[objects() for _ in paths])
    dataset.add_sample_field("objects.detections.vectors", fo.VectorField)
    plugin_part("operators").cluster_images(
        dataset, patches_field="objects", embeddings_field="vectors", save_view=False
    )
    return dataset


@pytest.fixture
def grouped(
    make_dataset: Callable[..., "fo.Dataset"],
    images: "fo.Dataset",
    vectors: np.ndarray,
) -> "fo.Dataset":
    """The same images as 16 groups of two slices, with a field that says which."""
    import fiftyone as fo

    dataset = make_dataset([])
    dataset.add_group_field("group", default="left")
    groups = [fo.Group() for _ in range(DIGITS * EACH // 2)]
    for row, path in enumerate(images.values("filepath")):
        element = groups[row // 2].element(("left", "right")[row % 2])
        dataset.add_sample(fo.Sample(filepath=path, vectors=vectors[row], group=element))
    return dataset


def test_both_slices_of_a_group_are_reviewed_side_by_side(
    open_app: OpenApp, grouped: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    both = grouped.select_group_slices(["left", "right"])
    plugin_part("operators").cluster_images(both, embeddings_field="vectors", save_view=False)
    page = open_app(grouped)
    panel = open_review(page)
    expect(card(panel, "c00000")).to_contain_text("8 images")
    open_cluster(panel, "c00000")
    grid_shows(page, EACH)
    wait_for_images(page)
    select_tiles(page, 2)
    expect(piece(panel, "selection")).to_contain_text("2 images selected")
    piece(panel, "new").click()
    grid_shows(page, EACH - 2)
    take_picture(page, "review_groups")
    assert sorted(sizes(both).values()) == [2, 6, 8, 8, 8]


def test_patches_are_shown_as_crops_and_moved(
    open_app: OpenApp, halves: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    page = open_app(halves)
    panel = open_review(page)
    expect(card(panel, "c00000")).to_contain_text("10 patches")
    picture = piece(card(panel, "c00000"), "strip").get_by_role("img").first
    assert picture.evaluate("image => image.naturalWidth / image.naturalHeight") == 0.5
    open_cluster(panel, "c00000")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("10 patches")
    wait_for_images(page)
    select_tiles(page, 2)
    expect(piece(panel, "selection")).to_contain_text("2 patches selected")
    move_weakest(plugin_part, halves)
    piece(panel, "new").click()
    expect(piece(panel, "message")).to_contain_text("1 patch is not in this cluster any more")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("9 patches")
    wait_for_images(page)
    select_tiles(page, 2)
    expect(piece(panel, "selection")).to_contain_text("2 patches selected")
    piece(panel, "new").click()
    expect(piece(panel, "cluster")).to_contain_text("7 patches")
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text("7 patches")
    take_picture(page, "review_patches")
    halves.reload()
    moved = halves.count_values("objects.detections.cluster")
    assert sorted(moved.values()) == [1, 2, 7, 10]


def move_weakest(plugin_part: Callable[[str], ModuleType], dataset: "fo.Dataset") -> None:
    """Moves the first of the grid to a cluster of its own, as in another window."""
    reads = plugin_part("operators.corrections.reads")
    weakest = reads.item_ids(dataset, "c00000")["items"][:1]
    plugin_part("operators").move_to_cluster(dataset, weakest, name="Tom")


def test_a_selected_image_that_another_window_moved_stays_where_it_was_moved(
    open_app: OpenApp, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    page = open_app(clustered)
    panel = open_review(page)
    open_cluster(panel, "c00000")
    number = clustered.match({"cluster.cluster_id": "c00000"}).count()
    grid_shows(page, number)
    wait_for_images(page)
    select_tiles(page, 1)
    move_weakest(plugin_part, clustered)
    select_tile(page, 1)
    expect(piece(panel, "selection")).to_contain_text("2 images selected")
    piece(panel, "images_to_noise").click()
    expect(piece(panel, "message")).to_contain_text("1 image is not in this cluster any more")
    grid_shows(page, number - 1)
    expect(piece(panel, "selection")).to_have_count(0)
    clustered.reload()
    labels = clustered.count_values("cluster.label")
    assert (labels["Tom"], labels.get("noise")) == (1, None)


def test_a_run_deleted_in_another_window_is_told(
    open_app: OpenApp, clustered: "fo.Dataset", plugin_part: Callable[[str], ModuleType]
) -> None:
    page = open_app(clustered)
    panel = open_review(page)
    expect(card(panel, "c00000")).to_be_visible()
    piece(panel, "filter_confirmed").click()
    expect(panel).to_contain_text("Nothing is confirmed yet")
    take_picture(page, "review_nothing_confirmed")
    plugin_part("operators").delete_run(clustered, "cluster")
    piece(panel, "show_all").click()
    expect(panel).to_contain_text("was deleted or renamed meanwhile")
    take_picture(page, "review_run_deleted")
    piece(panel, "start_over").click()
    expect(panel).to_contain_text("This dataset has no clusters yet")
