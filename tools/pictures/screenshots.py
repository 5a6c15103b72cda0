"""Pictures of the App for the documentation: taken when nothing moves any more, and small."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page

# A page of documentation should load at once.
MOST_BYTES = 90_000
COLORS = (128, 96, 64, 48, 32)
# Milliseconds between two looks that must be the same, and how often at most.
PAUSE, LOOKS = 1_000, 120
# Notices come and go; those of the panel itself are part of its pages.
TRANSIENT = '[role="alert"]:not([data-cy^="panel-content"] *), .MuiCircularProgress-root'
ALL_LOADED = """() => {
    const tiles = document.querySelectorAll('[data-cy="fo-grid"] [data-cy="looker"]');
    const isIn = box => box.top < innerHeight && box.bottom > 0 && box.width > 0;
    const isPainted = tile => tile.querySelector('canvas[canvas-loaded="true"]');
    return [...tiles].every(t => !isIn(t.getBoundingClientRect()) || isPainted(t))
        && [...document.images].every(image => image.complete && image.naturalWidth > 0);
}"""


def settled(page: Page, clip: FloatRect) -> Image.Image:
    """Takes a picture once all images are there, no notice is left, and nothing changes.

    Args:
        page: A page of the App.
        clip: The part of it to take.

    Returns:
        The picture.

    Raises:
        RuntimeError: The page went on changing.
    """
    before = b""
    for _ in range(LOOKS):
        page.wait_for_timeout(PAUSE)
        is_calm = not page.locator(TRANSIENT).count() and page.evaluate(ALL_LOADED)
        now = page.screenshot(clip=clip) if is_calm else b""
        if now and now == before:
            return Image.open(BytesIO(now)).convert("RGB")
        before = now
    raise RuntimeError("The page of the App did not come to rest")


def save_small(picture: Image.Image, path: Path) -> int:
    """Saves a picture with few colors, which is plenty for a dark page with black and white digits.

    Args:
        picture: In RGB.
        path: A PNG file; it gets the most of `COLORS` with which it keeps to `MOST_BYTES`, or the
            fewest.

    Returns:
        The bytes of the file.
    """
    size = 0
    for number in COLORS:
        # Median cut, the default, spends all colors on the grays and turns small blue dots gray.
        few = picture.quantize(
            number, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
        )
        few.save(path, optimize=True)
        size = path.stat().st_size
        if size <= MOST_BYTES:
            break
    return size
