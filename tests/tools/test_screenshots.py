"""Pictures of the documentation are small files that look like what was on the screen."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.pictures import screenshots


@pytest.fixture
def page() -> Image.Image:
    """A dark page with a gray ramp on most of it and a small blue dot."""
    pixels = np.tile(np.linspace(20, 255, 400).astype(np.uint8), (300, 1))[:, :, None].repeat(3, 2)
    pixels[10:16, 10:16] = (41, 182, 246)
    return Image.fromarray(pixels)


def test_few_colors_keep_a_small_dot_and_the_grays(page: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    size = screenshots.save_small(page, path)
    with Image.open(path) as saved:
        assert saved.mode == "P"
        shown = np.asarray(saved.convert("RGB")).astype(int)
    assert size == path.stat().st_size
    assert np.abs(shown - np.asarray(page)).max() <= 12


def test_colors_are_given_up_until_the_file_is_small(
    page: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generous = screenshots.save_small(page, tmp_path / "page.png")
    monkeypatch.setattr(screenshots, "MOST_BYTES", generous - 1)
    assert screenshots.save_small(page, tmp_path / "page.png") < generous
