"""Reads image files of any kind into the small RGB squares that the backbone takes."""

import math
import struct
import zlib
from os import PathLike, fspath, path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Path = str | PathLike[str]
Box = tuple[float, float, float, float]
ImageSource = Path | tuple[Path, Box]

# The share of the shorter side that the network saw in training.
CENTER = 0.875
# Behind transparent pixels: the network's zero, on which black and white drawings both show.
BACKGROUND = (127, 127, 127, 255)
# What Pillow's decoders raise on damaged files of some format.
DAMAGED = (
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
)


class UnreadableImageError(Exception):
    """An image that cannot be read; its text is one sentence for the user."""


def read_square(source: ImageSource, size: int) -> NDArray[np.uint8]:
    """Reads an image, or a box of it, as a square.

    Of a whole image the middle is taken (87.5 % of the shorter side); a box is taken whole, each
    side scaled on its own. Animations give their first frame.

    Args:
        source: Path, or path and relative box `(x, y, width, height)` on the upright image; what
            lies outside of the image is left out.
        size: Side of the square in pixels.

    Returns:
        RGB pixels, shape (size, size, 3).

    Raises:
        UnreadableImageError: The file is missing, damaged, too large or no image, or the box holds
            no pixel.
    """
    file, box = source if isinstance(source, tuple) else (source, None)
    try:
        with Image.open(file) as image:
            _draft(image, size, box)
            _turn_upright(image)
            image.load()
            continuous = _to_continuous(image)
            square = continuous.resize(
                (size, size),
                Image.Resampling.BICUBIC,
                box=_crop(image.width, image.height, box),
                reducing_gap=3.0,
            )
            return np.asarray(_to_rgb(square))
    except OSError as error:
        raise UnreadableImageError(f"'{fspath(file)}' {_reason(file, error)}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImageError(f"'{fspath(file)}' {_too_large()}.") from error
    except DAMAGED as error:
        problem = str(error).rstrip(".")
        raise UnreadableImageError(f"'{fspath(file)}' cannot be read: {problem}.") from error


def _reason(file: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    if isinstance(error, UnidentifiedImageError):
        return "is not an image of a known format" if path.getsize(file) else "is an empty file"
    return f"cannot be read: {error.strerror or error}"


def _too_large() -> str:
    # A small file can claim more pixels than memory holds: Pillow refuses twice what it warns of.
    most = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6
    return f"has more pixels than are read ({most:.0f} million); make a smaller copy of it"


def _draft(image: Image.Image, size: int, box: Box | None) -> None:
    """Lets the JPEG decoder skip detail that the square would lose anyhow."""
    share = CENTER if box is None else min(1.0, *box[2:])
    factor = size / max(1.0, share * min(image.size))
    image.draft(None, (math.ceil(image.width * factor), math.ceil(image.height * factor)))  # pyright: ignore[reportArgumentType]


def _turn_upright(image: Image.Image) -> None:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except (SyntaxError, struct.error, LookupError, TypeError, ValueError):
        # A viewer, too, shows an image with unreadable EXIF data as it is stored.
        return


def _crop(width: int, height: int, box: Box | None) -> tuple[float, float, float, float]:
    """Returns the box to scale in pixels: left, upper, right, lower."""
    if box is None:
        side = max(1.0, CENTER * min(width, height))
        left, upper = (width - side) / 2, (height - side) / 2
        return left, upper, left + side, upper + side
    x, y, box_width, box_height = box
    left, right = (min(max(edge, 0.0), 1.0) * width for edge in (x, x + box_width))
    upper, lower = (min(max(edge, 0.0), 1.0) * height for edge in (y, y + box_height))
    if not (right - left >= 1 and lower - upper >= 1):
        raise ValueError(f"its box {box} holds no pixel of the {width} x {height} image")
    return left, upper, right, lower


def _to_continuous(image: Image.Image) -> Image.Image:
    """Turns palettes, bits, and more than 8 bits a channel into modes that can be scaled."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(_to_bytes(np.asarray(image)))
    return image.convert("RGBA") if image.has_transparency_data else image


def _to_bytes(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scales deep gray values to 8 bits.

    Whole numbers lose their lowest bits, counted from the highest bit in use, so that 10- and
    12-bit sensors keep their brightness; others are stretched unless they lie in [0, 1].
    """
    with np.errstate(invalid="ignore"):
        values = np.nan_to_num(pixels.astype(np.float64), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    if low < 0 or (pixels.dtype.kind == "f" and high > 1):
        return np.round((values - low) * (255 / max(high - low, 1e-12))).astype(np.uint8)
    if pixels.dtype.kind == "f":
        return np.round(values * 255).astype(np.uint8)
    bits = max(8, int(high).bit_length())
    return (values / 2 ** (bits - 8)).astype(np.uint8)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "RGBa", "La"):
        opaque = Image.new("RGBA", image.size, BACKGROUND)
        opaque.alpha_composite(image.convert("RGBA"))
        return opaque.convert("RGB")
    return image.convert("RGB")
