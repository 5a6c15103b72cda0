from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from benchmarks.app_browser import Browser, RefusedError
from benchmarks.app_dataset import PHOTOS, PIXELS, ids_of_cluster, make_dataset, make_photos

if TYPE_CHECKING:
    import fiftyone as fo


@pytest.fixture(scope="module")
def large(plugin: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """300 images in 40 clusters, made as the benchmark makes 100,000."""
    photos = make_photos(tmp_path_factory.mktemp("photos"), 300)
    dataset, _ = make_dataset(300, 40, 8, photos)
    yield dataset
    dataset.delete()


@pytest.fixture
def browser(large: fo.Dataset) -> Iterator[Browser]:
    with Browser(large) as browser:
        yield browser


def test_photos_are_readable_under_every_name(tmp_path: Path):
    photos = make_photos(tmp_path, PHOTOS + 1)
    assert len(set(photos)) == PHOTOS + 1
    with Image.open(photos[-1]) as photo:
        assert photo.size == PIXELS


def test_a_browser_keeps_what_the_app_would_keep(browser: Browser):
    browser.panel("on_load")
    exchange = browser.panel("open_cluster", cluster="c00000")
    assert browser.state["review"]["cluster"] == "c00000"
    assert browser.view
    assert exchange.milliseconds > 0
    assert 200 < exchange.sent < 2_000
    assert exchange.received > 100_000  # photographs, not gray tiles
    browser.panel("open_clusters")
    assert browser.view == []


def test_a_correction_by_click_is_in_the_database_and_ends_the_selection(
    large: fo.Dataset, browser: Browser
):
    items = ids_of_cluster(large, "c00000")[:2]
    browser.panel("open_cluster", cluster="c00000")
    browser.select(items)
    browser.type("selection.move.target", "elsewhere")
    browser.panel("move_images")
    assert browser.selected == []
    large.reload()
    assert large.count_values("cluster.label")["elsewhere"] == 2
    browser.panel("undo")
    large.reload()
    assert "elsewhere" not in large.count_values("cluster.label")


def test_the_selection_is_sent_with_every_event(browser: Browser):
    none = browser.panel("refresh").sent
    browser.selected = ["0" * 24] * 100
    assert browser.panel("refresh").sent > none + 100 * 2 * 24


def test_what_the_server_refuses_is_an_error(browser: Browser):
    with pytest.raises(RefusedError, match="The panel refused 'open_cluster'"):
        browser.panel("open_cluster", cluster="c99999")
    with pytest.raises(RefusedError, match="No cluster is named and confirmed yet"):
        browser.operator("apply_labels", label_field="label")
