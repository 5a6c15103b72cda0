"""A review of handwritten digits with the strengths of GCN-C: fast, twice clicked, and lasting."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import OpenApp, entry, take_picture
from tests.browser.test_review import until
from tools.app_page import new_context, wait_for_images
from tools.app_server import AppServer
from tools.review_panel import (
    card,
    open_cluster,
    open_review,
    piece,
    press_with_alt,
    select_tiles,
    turn_to,
    type_name,
)

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture
def digits(
    make_dataset: Callable[..., "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> "fo.Dataset":
    """120 handwritten digits, clustered by their pixels: as GCN-V and GCN-C see them."""
    from sklearn.datasets import load_digits

    pixels = load_digits().data[:120]
    dataset = make_dataset(120, vectors=list(pixels))
    plugin_part("operators").cluster_images(dataset, embeddings_field="vectors", save_view=False)
    return dataset


@pytest.fixture
def server(mongod: None, tmp_path: Path) -> Iterator[AppServer]:
    """A server that may be ended and started again."""
    server = AppServer(tmp_path / "server.log")
    server.start()
    yield server
    server.end()


def look(page: Page, server: AppServer, dataset: "fo.Dataset") -> Locator:
    """Opens the dataset and the panel."""
    page.goto(f"{server.address}/datasets/{dataset.slug}")
    wait_for_images(page)
    return open_review(page)


def everything(dataset: "fo.Dataset") -> list[tuple[object, ...]]:
    dataset.reload()
    names = ("label", "cluster_id", "confirmed")
    return list(zip(*dataset.values(["id", *(f"cluster.{n}" for n in names)]), strict=True))


def test_nothing_is_lost_when_page_and_server_start_again(
    browser: Browser,
    server: AppServer,
    digits: "fo.Dataset",
    plugin_part: Callable[[str], ModuleType],
    tmp_path: Path,
) -> None:
    reads = plugin_part("operators.corrections.reads")
    page = new_context(browser).new_page()
    panel = look(page, server, digits)
    answer_as_gcn_c_suggests(page, panel, digits, reads)
    confirm_together(page, panel, digits)
    name_small_ones(page, panel, digits)
    export(page, panel, tmp_path / "corrections.jsonl")
    before, history = everything(digits), reads.read_history(digits)

    server.end()
    server.start()
    panel = look(page, server, digits)
    expect(piece(panel, "head")).to_contain_text(reads.review_progress(digits)["text"])
    turn_to(panel, "history", "entries")
    for correction in history["entries"]:
        expect(piece(panel, "entries")).to_contain_text(correction["text"])
    assert everything(digits) == before
    piece(panel, f"to_{history['entries'][-1]['number']}").click()
    until(page, lambda: {row[3] for row in everything(digits)} == {False})
    page.context.close()


def answer_as_gcn_c_suggests(
    page: Page, panel: Locator, dataset: "fo.Dataset", reads: ModuleType
) -> None:
    pair = reads.suggest_pairs(dataset)["pairs"][0]
    stored = dataset.load_run_results("cluster", cache=False)
    ends = sorted(int(pair[end]["cluster"][1:]) for end in ("first", "second"))
    pairs = [sorted(one) for one in stored.pairs]
    assert pair["strength"] == pytest.approx(stored.strength[pairs.index(ends)], abs=1e-4)
    turn_to(panel, "pairs", "question")
    likely = f"{100 * pair['strength']:.0f} % likely, says the model"
    expect(piece(panel, "question")).to_contain_text(likely)
    take_picture(page, "walk_same_or_different")
    press_with_alt(page, "s")
    until(page, lambda: reads.review_progress(dataset)["decisions_made"] == 1)


def confirm_together(page: Page, panel: Locator, dataset: "fo.Dataset") -> None:
    turn_to(panel, "clusters", "cards")
    first = panel.locator('[data-cy^="card_"]').first
    expect(first).to_be_visible()
    piece(first, "open").click()
    expect(piece(panel, "naming")).to_be_visible()
    size = re.findall(r"(\d+)\simage", piece(panel, "cluster").inner_text())[0]
    expect(page.locator('[data-cy="entry-counts"]')).to_contain_text(f"{size} sample")
    wait_for_images(page)
    take_picture(page, "walk_cluster")
    piece(piece(panel, "near0"), "tick").click()
    expect(piece(panel, "confirm")).to_contain_text("Confirm with 1 ticked")
    select_tiles(page, 1)
    expect(piece(panel, "confirm_rest")).to_contain_text("all but these")
    type_name(panel, "naming", "zero or so")
    take_picture(page, "walk_confirm_together")
    piece(panel, "confirm_rest").click()
    until(page, lambda: "zero or so" in {row[1] for row in everything(dataset)})
    expect(piece(panel, "unconfirm")).to_be_visible()
    confirmed = [row for row in everything(dataset) if row[3]]
    assert {row[1] for row in confirmed} == {"zero or so"}


def name_small_ones(page: Page, panel: Locator, dataset: "fo.Dataset") -> None:
    turn_to(panel, "small", "small")
    counts = page.locator('[data-cy="entry-counts"]')
    title = piece(panel, "small")
    expect(title).to_contain_text("in the grid")
    images = int(re.findall(r"(\d+) images? in the grid", title.inner_text())[0])
    expect(counts).to_contain_text(re.compile(rf"\b{images} sample"))
    wait_for_images(page)
    select_tiles(page, 1)
    expect(piece(panel, "selection")).to_contain_text("1 image selected")
    type_name(panel, "move", "another")
    take_picture(page, "walk_small_ones")
    piece(panel, "move_images").click()
    until(page, lambda: "another" in {row[1] for row in everything(dataset)})
    if images > 1:
        expect(counts).to_contain_text(re.compile(rf"\b{images - 1} sample"))
    else:
        expect(panel).to_contain_text("No small cluster is left")


def export(page: Page, panel: Locator, path: Path) -> None:
    turn_to(panel, "history", "entries")
    expect(piece(panel, "entries")).to_contain_text("another")
    take_picture(page, "walk_history")
    piece(panel, "export").click()
    form = page.locator('[data-cy="operators-prompt-modal"]')
    entry(form, "File").fill(str(path))
    execute = form.get_by_role("button", name="Execute", exact=True)
    expect(execute).to_be_enabled()
    execute.click()
    form.get_by_role("button", name="Close", exact=True).click()
    assert len(path.read_text().splitlines()) == 4


def test_two_browsers_lose_nothing_and_a_double_click_is_one_correction(
    browser: Browser,
    app: str,
    open_app: OpenApp,
    digits: "fo.Dataset",
    plugin_part: Callable[[str], ModuleType],
) -> None:
    reads = plugin_part("operators.corrections.reads")
    listed = reads.list_clusters(digits)["clusters"]
    # One that looks mixed has no Confirm in the list.
    aside, sure, third = [row["cluster"] for row in listed if not row["mixed"]][:3]
    page = open_app(digits)
    panel = open_review(page)
    expect(card(panel, aside)).to_be_visible()
    other = new_context(browser).new_page()
    other.goto(f"{app}/datasets/{digits.slug}")
    wait_for_images(other)
    second = open_review(other)
    expect(card(second, aside)).to_be_visible()

    piece(card(panel, sure), "confirm").dblclick()
    until(page, lambda: reads.review_progress(digits)["clusters_confirmed"] == 1)
    open_cluster(panel, aside)
    piece(panel, "noise").click()
    until(page, lambda: reads.review_progress(digits)["noise"] > 0)
    # The other browser still shows both as they were.
    piece(card(second, aside), "confirm").click()
    expect(piece(second, "message")).to_contain_text(re.compile(f"{aside}|in the meantime"))
    take_picture(other, "walk_second_browser")
    piece(card(second, third), "confirm").click()
    until(other, lambda: kinds_of(reads, digits) == ["confirm", "noise", "confirm"])
    other.context.close()


def kinds_of(reads: ModuleType, dataset: "fo.Dataset") -> list[str]:
    """Kinds of the corrections that hold, the newest first."""
    return [correction["kind"] for correction in reads.read_history(dataset)["entries"]]
