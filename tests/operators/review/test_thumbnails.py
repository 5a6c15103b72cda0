"""Thumbnails of real files of every kind, and what stands for those that cannot be read."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def module(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.review.thumbnails")


def pixels(url: str) -> np.ndarray:
    head, data = url.split(",", 1)
    assert head == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def halves(path: Path, mode: str = "RGB") -> Path:
    """An image whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (400, 200), "red")
    image.paste("blue", (200, 0, 400, 200))
    image.convert(mode).save(path)
    return path


def test_an_image_keeps_its_shape_and_is_small(module: ModuleType, tmp_path: Path) -> None:
    (url,) = module.thumbnails([str(halves(tmp_path / "a.png"))])
    assert pixels(url).shape == (56, 112, 3)
    assert len(url) < 6_000


def test_a_patch_shows_its_box_only(module: ModuleType, tmp_path: Path) -> None:
    path = str(halves(tmp_path / "a.png"))
    urls = module.thumbnails([(path, (0.0, 0.0, 0.5, 1.0)), (path, (0.5, 0.0, 0.5, 1.0))])
    left, right = (pixels(url).reshape(-1, 3).mean(axis=0) for url in urls)
    assert left[0] > 240
    assert right[2] > 240


def test_a_box_outside_of_the_image_is_no_error(module: ModuleType, tmp_path: Path) -> None:
    path = str(halves(tmp_path / "a.png"))
    boxes = [(1.5, 1.5, 0.1, 0.1), (0.0, 0.0, 0.0, 0.0), (-1.0, -1.0, 3.0, 3.0)]
    assert all(pixels(url).size for url in module.thumbnails([(path, box) for box in boxes]))


def test_a_file_that_was_replaced_is_shown_as_it_is_now(module: ModuleType, tmp_path: Path) -> None:
    path = halves(tmp_path / "a.png")
    (before,) = module.thumbnails([str(path)])
    Image.new("RGB", (400, 400), "green").save(path)
    (after,) = module.thumbnails([str(path)])
    assert pixels(before).shape == (56, 112, 3)
    assert pixels(after).shape == (112, 112, 3)


def test_an_image_is_turned_upright(module: ModuleType, tmp_path: Path) -> None:
    image, exif = Image.open(halves(tmp_path / "a.png")), Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    (url,) = module.thumbnails([str(tmp_path / "turned.jpg")])
    assert pixels(url).shape == (112, 56, 3)


@pytest.mark.parametrize("mode", ["L", "P", "1", "RGBA", "LA", "CMYK", "I;16", "F"])
def test_any_mode_becomes_a_picture(module: ModuleType, tmp_path: Path, mode: str) -> None:
    values = np.linspace(0, 4000, 40 * 40).reshape(40, 40)
    path = tmp_path / "a.tif"
    if mode == "I;16":
        Image.fromarray(values.astype(np.uint16)).save(path)
    elif mode == "F":
        Image.fromarray(values.astype(np.float32)).save(path)
    else:
        halves(path, mode)
    (url,) = module.thumbnails([str(path)])
    assert np.ptp(pixels(url)) > 40


def test_what_cannot_be_read_gets_a_tile(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "cut.jpg").write_bytes(halves(tmp_path / "a.jpg").read_bytes()[:700])
    sources = [str(tmp_path / name) for name in ("missing.png", "text.png", "cut.jpg")]
    assert module.thumbnails([*sources, None]) == [module.BROKEN] * 4
