"""Sets drawn from the fonts of matplotlib, and from drawings and photographs made here."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.kinds import drawings, embeddings, glyphs, objects, photographs, pictures
from benchmarks.kinds.__main__ import PICTURES, SETS, Maker, main, nearest_shares
from benchmarks.sets import load_set

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h{}v5z"/></svg>'
FONTS = ("DejaVuSans.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSansMono-Oblique.ttf")
NAMES = ("arrow", "bell-filled", "clock-2", "door", "eye")
PACKS = ("feather-icons-1/package/dist/icons", "tabler-icons-1/package/icons/outline")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `packages.fetch` brings, in small."""
    root = tmp_path_factory.mktemp("fetched")
    (root / "fonts").mkdir()
    for font in FONTS:
        (root / "fonts" / font).symlink_to(Path(mpl.get_data_path()) / "fonts" / "ttf" / font)
    (root / "weights").mkdir()
    for pack in PACKS:
        (root / "npm" / pack).mkdir(parents=True)
        for width, name in enumerate(NAMES, 2):
            (root / "npm" / pack / f"{name}.svg").write_text(SQUARE.format(width))
    return root


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of plain color, two classes of four."""
    root = tmp_path_factory.mktemp("photographs")
    for label, color in enumerate(((200, 40, 40), (40, 40, 200))):
        (root / str(label)).mkdir()
        for number in range(4):
            tint = tuple(value + 2 * number for value in color)
            Image.new("RGB", (90, 70), tint).save(root / str(label) / f"{number}.jpg")
    return root


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six red discs and six blue bars, one empty drawing, one broken, before black photographs."""
    root = tmp_path_factory.mktemp("clips") / "usr/share"
    kinds = {"tuxpaint/stamps/food": (220, 20, 20), "openclipart/png/tools/old": (20, 20, 220)}
    for place, color in kinds.items():
        (root / place).mkdir(parents=True)
        for number in range(6):
            thing = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
            box = (5, 5, 75, 50 + number) if color[0] > 100 else (5, 10, 75, 30 + number)
            ImageDraw.Draw(thing).ellipse(box, fill=(*color, 255))
            thing.save(root / place / f"{number}.png")
    empty = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    empty.putpixel((3, 3), (255, 255, 255, 255))
    empty.save(root / "tuxpaint/stamps/food/empty.png")
    (root / "openclipart/png/tools/old/broken.png").write_bytes(b"no image")
    (root / "backgrounds/of/nature").mkdir(parents=True)
    Image.new("RGB", (300, 200)).save(root / "backgrounds/of/nature/night.jpg")
    return root.parents[1]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def check(drawn: pictures.Pictures) -> None:
    num_images = len(drawn.labels)
    assert drawn.pixels.shape == (num_images, pictures.SIDE, pictures.SIDE, 3)
    assert drawn.pixels.dtype == np.uint8
    np.testing.assert_array_equal(np.unique(drawn.labels), np.arange(drawn.labels.max() + 1))


@pytest.fixture(scope="module")
def letters(fetched: Path) -> pictures.Pictures:
    return glyphs.letters(rng(), fetched / "fonts")


def test_letters_of_one_class_are_one_character_in_several_fonts(
    fetched: Path, letters: pictures.Pictures
) -> None:
    check(letters)
    assert 60 < letters.labels.max() < 300  # the alphabets that these fonts have
    one = letters.pixels[letters.labels == 0]
    assert len(one) >= 2
    again = glyphs.letters(rng(), fetched / "fonts")
    np.testing.assert_array_equal(again.pixels, letters.pixels)
    assert len(np.unique(one.reshape(len(one), -1), axis=0)) == len(one)


def test_marks_are_in_color_and_letters_are_not(fetched: Path, letters: pictures.Pictures) -> None:
    marks = glyphs.marks(rng(), fetched / "fonts")
    check(marks)
    assert len(marks.labels) <= pictures.MOST
    assert np.ptp(letters.pixels.astype(int), axis=3).max() == 0
    assert np.ptp(marks.pixels.astype(int), axis=3).mean() > 10


def test_icons_of_one_name_are_one_class(fetched: Path) -> None:
    drawn = drawings.icons(rng(), fetched / "npm")
    check(drawn)
    np.testing.assert_array_equal(np.bincount(drawn.labels), [2] * 5)


def test_icons_of_one_package_are_one_style(fetched: Path) -> None:
    drawn = drawings.icon_styles(rng(), fetched / "npm")
    check(drawn)
    np.testing.assert_array_equal(np.bincount(drawn.labels), [5, 5])


def test_cuttings_of_one_photograph_are_one_class(shots: Path) -> None:
    drawn = photographs.cuttings(rng(), shots)
    check(drawn)
    assert drawn.labels.max() == 7


def test_photographs_of_one_folder_are_one_class(shots: Path) -> None:
    drawn = photographs.products(rng(), shots)
    np.testing.assert_array_equal(drawn.labels, [0, 0, 0, 0, 1, 1, 1, 1])
    assert drawn.pixels[0, 0, 0, 0] > 150 > drawn.pixels[-1, 0, 0, 0]


def test_a_folder_without_photographs_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=str(tmp_path)):
        photographs.products(rng(), tmp_path)


def test_every_embedding_tells_plain_colors_apart(shots: Path) -> None:
    drawn = photographs.products(rng(), shots)
    in_color = (
        embeddings.network(0, Path()),
        embeddings.middle_layers,
        embeddings.colors,
        embeddings.layout,
    )
    for embed in in_color:
        rows = embeddings.few_dimensions(embed(drawn.pixels))
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
        similarity = rows @ rows.T
        assert similarity[:4, :4].min() > similarity[:4, 4:].max(), embed


def test_embeddings_of_shape_tell_letters_apart(letters: pictures.Pictures) -> None:
    few = pictures.Pictures(letters.pixels[:200], letters.labels[:200])
    for embed in (embeddings.gradients, embeddings.small_network(few)):
        rows = embeddings.few_dimensions(embed(few.pixels))
        assert nearest_shares(rows, few.labels)[0] > 0.12  # chance: 0.02


def test_principal_directions_keep_what_lies_in_few(shots: Path) -> None:
    low = rng().standard_normal((40, 8)).astype(np.float32)
    rows = low @ np.linalg.qr(rng().standard_normal((1300, 8)))[0].T.astype(np.float32)
    kept = embeddings.few_dimensions(rows)
    assert kept.shape == (40, embeddings.PRINCIPAL)
    unit = low / np.linalg.norm(low, axis=1, keepdims=True)
    np.testing.assert_allclose(kept @ kept.T, unit @ unit.T, atol=1e-3)


def test_nearest_shares_leave_classes_of_one_out_of_the_first() -> None:
    rows = np.eye(12, dtype=np.float32)[[0, 0, *range(1, 12)]]
    labels = np.array([0, 0, *range(1, 12)])
    recall, share = nearest_shares(rows, labels)
    assert recall == 1.0
    assert share == pytest.approx(2 / 130)


def test_every_set_has_pictures_and_an_embedding(fetched: Path, shots: Path) -> None:
    assert {name.rsplit("_", 1)[0] for name in SETS} == set(PICTURES)
    maker = Maker(fetched, shots)
    with pytest.raises(KeyError):
        maker.embedded("nothing_lite0")


def test_a_set_is_written_as_the_benchmarks_read_it(
    fetched: Path, shots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = "digits_gradients"
    command = ["--photographs", str(shots), "--packages", str(fetched), "--out", str(tmp_path)]
    main([*command, "--sets", wanted])
    data = load_set(tmp_path / f"{wanted}.npz", wanted)
    assert data.embeddings.shape == (1797, 576)
    assert data.labels.max() == 9
    assert nearest_shares(data.embeddings, data.labels)[0] > 0.9
    main([*command, "--sets", wanted])
    assert "is there" in capsys.readouterr().out.splitlines()[-1]


def is_red(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether the brightest channel of the thing is red."""
    brightest = pixels.astype(int).max((1, 2))
    return brightest[:, 0] > brightest[:, 2]


def test_scenes_show_one_thing_each_at_many_places(clips: Path) -> None:
    drawn = objects.scenes(rng(), clips)
    check(drawn)
    assert drawn.labels.max() == 11  # what is empty or broken shows nothing
    assert drawn.pixels.max((1, 2, 3)).min() > 30
    for label in range(12):
        pixels = drawn.pixels[drawn.labels == label]
        assert len(set(is_red(pixels))) == 1
        assert len(np.unique(pixels.reshape(len(pixels), -1), axis=0)) == len(pixels)


def test_things_of_one_folder_are_one_kind(clips: Path) -> None:
    drawn = objects.object_kinds(rng(), clips)
    check(drawn)
    assert drawn.labels.max() == 1
    red = is_red(drawn.pixels)
    np.testing.assert_array_equal(red, drawn.labels == drawn.labels[red][0])
    assert 6 <= np.bincount(drawn.labels).min() <= np.bincount(drawn.labels).max() <= 12
