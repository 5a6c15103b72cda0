"""Whatever clusters are called, the panel keeps it inside of itself."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenApp, take_picture
from tools.review_panel import card, open_cluster, open_review, piece, turn_to

if TYPE_CHECKING:
    import fiftyone as fo

NAMES = ("W" * 80, "Q_" * 40)
# Texts, also where their own letters go on, and buttons that stick out of the panel or of a dialog.
STICKING_OUT = """panel => {
    const edge = panel.getBoundingClientRect().right;
    const isOut = piece => piece.getBoundingClientRect().right > edge + 1
        || (piece.scrollWidth > piece.clientWidth + 1
            && getComputedStyle(piece).overflowX === 'visible');
    return [...panel.querySelectorAll('button, .MuiTypography-root, p')]
        .filter(piece => piece.offsetWidth && isOut(piece)).map(piece => piece.textContent);
}"""


@pytest.fixture
def named(
    make_dataset: Callable[..., "fo.Dataset"], plugin_part: Callable[[str], ModuleType]
) -> "fo.Dataset":
    """Two clusters, each called by one word of eighty letters, one of them confirmed."""
    rng = np.random.default_rng(51)
    centers = np.eye(2, 16).repeat(20, axis=0)
    dataset = make_dataset(40, vectors=list(centers + rng.normal(0, 0.05, centers.shape)))
    plugin_part("operators").cluster_images(dataset, embeddings_field="vectors", save_view=False)
    written = plugin_part("operators.correcting")
    for cluster, name in zip(("c00000", "c00001"), NAMES, strict=True):
        written.rename_cluster(dataset, cluster, name)
    return dataset


def all_stays_inside(panel: Locator) -> None:
    expect(panel).to_contain_text(NAMES[1][:20])
    assert panel.evaluate(STICKING_OUT) == []


def test_names_of_one_long_word_stay_inside_a_narrow_panel(
    open_app: OpenApp, named: "fo.Dataset"
) -> None:
    page = open_app(named)
    page.set_viewport_size({"width": 1100, "height": 1000})
    panel = open_review(page)
    expect(piece(panel, "cards")).to_be_visible()
    all_stays_inside(panel)
    for cluster in ("c00000", "c00001"):
        piece(card(panel, cluster), "mark").click()
        expect(piece(panel, "marked")).to_contain_text(f"{int(cluster[1:]) + 1} cluster")
    piece(panel, "merge_marked").click()
    expect(piece(panel, "choice1")).to_be_visible()
    all_stays_inside(panel)
    take_picture(page, "long_names_asked")
    open_cluster(panel, "c00001")
    all_stays_inside(panel)
    turn_to(panel, "history", "entries")
    all_stays_inside(panel)
