"""Images that come while a run is reviewed, from the notice to their clusters."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenApp, button, take_picture
from tests.browser.test_review import sizes, until
from tools.review_panel import open_review, piece, turn_to

if TYPE_CHECKING:
    import fiftyone as fo

DIGITS, EACH, CAME = 4, 8, 3


@pytest.fixture
def paths(image_folder: Path) -> list[list[Path]]:
    """Images of the digits 0 to 3, three more of each than are clustered."""
    folders = [sorted((image_folder / str(digit)).glob("*.png")) for digit in range(DIGITS)]
    return [folder[: EACH + CAME] for folder in folders]


@pytest.fixture
def clustered(
    make_dataset: Callable[..., "fo.Dataset"],
    plugin_part: Callable[[str], ModuleType],
    paths: list[list[Path]],
) -> "fo.Dataset":
    """Eight images of each digit in a cluster."""
    vectors = [vector for digit in range(DIGITS) for vector in around(digit, EACH)]
    images = make_dataset([path for folder in paths for path in folder[:EACH]], vectors=vectors)
    plugin_part("operators").cluster_images(images, embeddings_field="vectors", save_view=False)
    return images


def around(digit: int, number: int) -> list[np.ndarray]:
    """Embeddings near each other, and far from those of other digits."""
    rng = np.random.default_rng(51 + digit)
    return list(np.eye(DIGITS, 16)[digit] + rng.normal(0, 0.02, (number, 16)))


def add_more(dataset: "fo.Dataset", paths: list[list[Path]]) -> None:
    """Adds three images more of each digit, as a program beside the App would."""
    import fiftyone as fo

    dataset.add_samples(
        fo.Sample(filepath=str(path), vectors=vector)
        for digit, folder in enumerate(paths)
        for path, vector in zip(folder[EACH:], around(digit, CAME), strict=True)
    )


def take_narrow_picture(page: Page, name: str) -> None:
    """Saves a picture of a window in which the panel is narrow."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 1000, "height": size["height"]})
    page.wait_for_timeout(1000)
    take_picture(page, name)
    page.set_viewport_size(size)


def test_new_images_are_placed_from_the_list(
    open_app: OpenApp, clustered: "fo.Dataset", paths: list[list[Path]]
) -> None:
    page = open_app(clustered)
    panel = open_review(page)
    expect(piece(panel, "cards")).to_be_visible()
    expect(piece(panel, "unplaced")).to_have_count(0)

    add_more(clustered, paths)
    turn_to(panel, "history", "nothing")
    turn_to(panel, "clusters", "unplaced")
    expect(piece(panel, "unplaced")).to_contain_text("12 images have no cluster yet")
    take_picture(page, "review_unplaced")
    take_narrow_picture(page, "review_unplaced_narrow")
    piece(panel, "place").click()
    form = page.locator('[data-cy="operators-prompt-modal"]')
    expect(form).to_contain_text("Images without a cluster are placed in the clusters of the run")
    expect(button(form, "Execute")).to_be_enabled()
    button(form, "Execute").click()
    until(page, lambda: sizes(clustered) == {f"c0000{n}": EACH + CAME for n in range(DIGITS)})
    button(page.locator("body"), "Done").click()
    expect(piece(panel, "unplaced")).to_have_count(0)
    expect(piece(panel, "head")).to_contain_text("of 44 images confirmed")
