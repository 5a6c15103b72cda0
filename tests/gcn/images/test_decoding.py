"""Reading image files: every kind gives the same picture, damaged ones give one sentence."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gcn.images.decoding import UnreadableImageError, read_square

SIZE = 32
Save = Callable[..., Path]


@pytest.fixture
def picture() -> Image.Image:
    """A smooth picture, 120 x 80: red grows to the right, green downwards."""
    y, x = np.mgrid[0:80, 0:120]
    pixels = np.stack([x * 2, y * 3, np.full_like(x, 60)], axis=-1)
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes an image under a name and returns its path."""

    def write(image: Image.Image, name: str, **options: object) -> Path:
        image.save(tmp_path / name, **options)  # pyright: ignore[reportArgumentType]
        return tmp_path / name

    return write


def expected(picture: Image.Image, box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    return np.asarray(picture.convert("RGB").resize((SIZE, SIZE), box=box), dtype=np.float64)


def difference(path: Path, wanted: NDArray[np.float64]) -> float:
    return float(np.abs(read_square(path, SIZE) - wanted).max())


MIDDLE = (25.0, 5.0, 95.0, 75.0)  # 87.5 % of the shorter side of the picture


def test_whole_image_gives_its_middle(picture: Image.Image, save: Save) -> None:
    assert difference(save(picture, "a.png"), expected(picture, MIDDLE)) <= 2


@pytest.mark.parametrize(
    ("name", "tolerance", "options"),
    [
        ("a.jpg", 12, {"quality": 95}),
        ("a.webp", 12, {"quality": 95}),
        ("a.bmp", 2, {}),
        ("a.tif", 2, {"compression": "tiff_lzw"}),
        ("a.ppm", 2, {}),
        ("a.tga", 2, {}),
        ("a.jp2", 12, {}),
        ("a.gif", 40, {}),
    ],
)
def test_every_format_gives_the_same_picture(
    picture: Image.Image, save: Save, name: str, tolerance: float, options: dict[str, object]
) -> None:
    assert difference(save(picture, name, **options), expected(picture, MIDDLE)) <= tolerance


@pytest.mark.parametrize(
    ("mode", "name", "tolerance"),
    [("CMYK", "a.jpg", 40), ("YCbCr", "a.jpg", 12), ("RGBA", "a.png", 2), ("P", "a.png", 60)],
)
def test_every_color_mode_gives_the_same_picture(
    picture: Image.Image, save: Save, mode: str, name: str, tolerance: float
) -> None:
    path = save(picture.convert(mode), name)
    assert difference(path, expected(picture, MIDDLE)) <= tolerance


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_deep_gray_keeps_its_brightness(save: Save, bits: int) -> None:
    ramp = np.linspace(0, 2**bits - 1, 64 * 64).reshape(64, 64).astype(np.uint16)
    path = save(Image.fromarray(ramp), "deep.png")
    wanted = expected(Image.fromarray((ramp >> (bits - 8)).astype(np.uint8)), (4, 4, 60, 60))
    assert difference(path, wanted) <= 2


def test_32_bit_and_floating_gray_are_read(save: Save) -> None:
    ramp = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    wanted = expected(Image.fromarray((ramp * 255).astype(np.uint8)), (4, 4, 60, 60))
    assert difference(save(Image.fromarray(ramp), "unit.tif"), wanted) <= 2
    assert difference(save(Image.fromarray(ramp * 9e4 - 70), "any.tif"), wanted) <= 2
    whole = (ramp * (2**30 - 64)).astype(np.int32)
    assert difference(save(Image.fromarray(whole), "whole.tif"), wanted) <= 2


def test_bilevel_image_is_smoothed(save: Save) -> None:
    fine = Image.fromarray((np.indices((256, 256)).sum(0) % 2).astype(bool))
    square = read_square(save(fine, "fine.png"), SIZE)
    assert np.abs(square.astype(float) - 127).max() < 20


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_become_neutral_gray(save: Save, mode: str) -> None:
    drawing = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    drawing.paste((0, 0, 0, 255), (0, 0, 32, 64))
    square = read_square(save(drawing.convert(mode), "drawing.png"), SIZE)
    assert np.abs(square[:, :12].astype(int)).max() <= 3
    assert np.abs(square[:, 20:].astype(int) - 127).max() <= 3


def test_animation_gives_its_first_frame(picture: Image.Image, save: Save) -> None:
    black = Image.new("RGB", picture.size)
    for name in ("a.gif", "a.webp", "a.png", "a.tif"):
        path = save(picture, name, save_all=True, append_images=[black, black])
        assert difference(path, expected(picture, MIDDLE)) <= 40


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_exif_orientation_is_undone(
    picture: Image.Image, save: Save, orientation: int, name: str
) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # orientation -> Image.Transpose as stored
    turned = picture.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert difference(save(turned, name, exif=exif), expected(picture, MIDDLE)) <= 15


def test_unreadable_exif_data_is_left_aside(picture: Image.Image, save: Save) -> None:
    path = save(picture, "a.jpg", quality=95, exif=b"Exif\x00\x00not a TIFF header")
    assert difference(path, expected(picture, MIDDLE)) <= 12


def test_box_is_scaled_as_a_whole(picture: Image.Image, save: Save) -> None:
    path = save(picture, "a.png")
    square = read_square((path, (0.5, 0.25, 0.25, 0.5)), SIZE)
    assert np.abs(square - expected(picture, (60, 20, 90, 60))).max() <= 2


def test_box_beyond_the_border_is_cut(picture: Image.Image, save: Save) -> None:
    path = save(picture, "a.png")
    inside = read_square((path, (0.5, 0.5, 0.5, 0.5)), SIZE)
    np.testing.assert_array_equal(read_square((path, (0.5, 0.5, 2.0, 0.9)), SIZE), inside)


def test_box_refers_to_the_upright_image(picture: Image.Image, save: Save) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = save(picture.transpose(Image.Transpose.ROTATE_90), "a.png", exif=exif)
    box = (0.5, 0.25, 0.25, 0.5)
    upright = read_square((save(picture, "b.png"), box), SIZE)
    assert np.abs(read_square((stored, box), SIZE).astype(int) - upright).max() <= 2


@pytest.mark.parametrize("box", [None, (0.1, 0.2, 0.4, 0.3)])
def test_fast_decoding_of_large_jpeg_changes_little(
    save: Save, box: tuple[float, float, float, float] | None
) -> None:
    from sklearn.datasets import load_sample_image

    photo = Image.fromarray(load_sample_image("flower.jpg")).resize((2560, 1708))
    fast, slow = (save(photo, "a.jpg", quality=95), save(photo, "a.png", compress_level=1))
    squares = [read_square((p, box) if box else p, 224).astype(float) for p in (fast, slow)]
    assert np.abs(squares[0] - squares[1]).mean() < 1.5


@pytest.mark.parametrize("box", [(0.2, 0.2, 0, 0.5), (1.5, 0, 0.5, 0.5), (0, 0, 0.001, 1)])
def test_box_without_a_pixel_is_an_error(
    picture: Image.Image, save: Save, box: tuple[float, float, float, float]
) -> None:
    for name in ("a.png", "a.jpg"):
        with pytest.raises(UnreadableImageError, match=r"its box .* holds no pixel of the 120 x"):
            read_square((save(picture, name), box), SIZE)


def test_box_with_nan_is_an_error(picture: Image.Image, save: Save) -> None:
    with pytest.raises(UnreadableImageError, match="holds no pixel"):
        read_square((save(picture, "a.jpg"), (float("nan"), 0, 1, 1)), SIZE)


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match=r"^'.*none\.png' does not exist\.$"):
        read_square(tmp_path / "none.png", SIZE)


def test_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(UnreadableImageError, match=r"^'.*a\.png' is an empty file\.$"):
        read_square(tmp_path / "a.png", SIZE)


def test_file_of_another_kind_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("not a picture")
    with pytest.raises(UnreadableImageError, match="is not an image of a known format"):
        read_square(tmp_path / "a.png", SIZE)


def test_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match="cannot be read: Is a directory"):
        read_square(tmp_path, SIZE)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif", "a.bmp"])
def test_truncated_file_is_an_error(picture: Image.Image, save: Save, name: str) -> None:
    path = save(picture, name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableImageError, match=r"^'.*' cannot be read: .*\.$"):
        read_square(path, SIZE)


def test_decompression_bomb_is_an_error(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    with pytest.raises(UnreadableImageError, match=r"more pixels than are read \(179 million\)"):
        read_square(tmp_path / "bomb.png", SIZE)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO"])
def test_damaged_file_is_read_or_an_error(picture: Image.Image, tmp_path: Path, kind: str) -> None:
    whole = io.BytesIO()
    picture.save(whole, kind)
    chance, path = random.Random(kind), tmp_path / "damaged"
    for _ in range(60):
        content = bytearray(whole.getvalue()[: chance.randrange(40, len(whole.getvalue()))])
        for _ in range(4):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        with suppress(UnreadableImageError):
            assert read_square(path, SIZE).shape == (SIZE, SIZE, 3)
