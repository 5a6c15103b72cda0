"""Small pictures of images and patches, as data URLs that need no further request.

They are kept in memory, so that a page is only slow the first time.
"""

import base64
import io
import os
import struct
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from PIL import Image, ImageOps

from ..data.fields import Box
from ..data.fields import Image as Source

# Longest side in pixels; shown smaller, so that it is sharp on dense screens too.
SIDE = 112
QUALITY = 72
# Pictures kept, some 3 kB each.
KEPT = 8192
READERS = 4
# What Pillow raises on missing, damaged or foreign files.
UNREADABLE = (
    OSError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
# A gray tile with a broken frame, for what cannot be read.
BROKEN = "data:image/svg+xml;base64," + base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" width="112" height="112" viewBox="0 0 112 112">'
    b'<rect width="112" height="112" fill="#555"/><path d="M30 34h52v44H30zM30 70l16-16 12 12 8-8 '
    b'16 16M26 26l60 60" fill="none" stroke="#bbb" stroke-width="4"/></svg>'
).decode("ascii")


def thumbnails(sources: Sequence[Source | None]) -> list[str]:
    """Makes the pictures of some images.

    Args:
        sources: For each: the path of the file, with the relative box (x, y, w, h) for a patch;
            None for an image that is gone.

    Returns:
        One data URL for each, in the same order; a gray tile for what cannot be read.
    """
    with ThreadPoolExecutor(READERS, thread_name_prefix="autolabel-thumbnails") as pool:
        return list(pool.map(_thumbnail, sources))


def _thumbnail(source: Source | None) -> str:
    if source is None:
        return BROKEN
    path, box = source if isinstance(source, tuple) else (source, None)
    try:
        return _encoded(path, box, os.stat(path).st_mtime_ns)
    except UNREADABLE:
        return BROKEN


@lru_cache(maxsize=KEPT)
def _encoded(path: str, box: Box | None, changed: int) -> str:
    """Makes a picture; `changed` is when the file was, so that a new one is read anew."""
    with Image.open(path) as image:
        share = 1.0 if box is None else max(0.01, min(1.0, *box[2:]))
        wanted = int(SIDE / share)
        image.draft("RGB", (wanted, wanted))  # lets the JPEG decoder skip detail
        upright = ImageOps.exif_transpose(image)
        part = upright if box is None else upright.crop(_pixels(upright.size, box))
        small = _rgb(part)
        small.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _pixels(size: tuple[int, int], box: Box) -> tuple[int, int, int, int]:
    """Turns a relative box into one that holds at least a pixel of the image."""
    (width, height), (x, y, w, h) = size, box
    left, upper = min(max(0, int(x * width)), width - 1), min(max(0, int(y * height)), height - 1)
    right, lower = round((x + w) * width), round((y + h) * height)
    return left, upper, min(max(right, left + 1), width), min(max(lower, upper + 1), height)


def _rgb(image: Image.Image) -> Image.Image:
    """Converts any mode for the screen; deep gray values are stretched over what is in use."""
    if image.mode == "F" or image.mode.startswith("I"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        low, high = float(values.min()), float(values.max())
        values = (values - low) * (255 / max(high - low, 1e-12))
        return Image.fromarray(values.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, (127, 127, 127, 255))
        opaque.alpha_composite(image.convert("RGBA"))
        return opaque.convert("RGB")
    return image.convert("RGB")
