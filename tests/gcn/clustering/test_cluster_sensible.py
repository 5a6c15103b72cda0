"""The shipped model on sets of every size and shape: results a person would expect."""

from __future__ import annotations

import numpy as np
import pytest

from gcn import Model, Scores, cluster, evaluate, load_model
from gcn.clustering.result import ClusterResult

from ..conftest import Blobs, MakeBlobs


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def scored(blobs: Blobs, model: Model) -> tuple[Scores, ClusterResult]:
    result = cluster(blobs.embeddings, model)
    return evaluate(blobs.labels, result.labels), result


@pytest.mark.parametrize("dim", [64, 512])
@pytest.mark.parametrize("noise", [0.3, 0.7])
@pytest.mark.parametrize(
    "sizes", [(10,) * 5, (30, 10, 5, 3, 2), (50,) * 10, (200, 100, 80, 60, 40, 20)]
)
def test_well_separated_classes_are_found(
    sizes: tuple[int, ...], noise: float, dim: int, make_blobs: MakeBlobs, model: Model
) -> None:
    scores, _ = scored(make_blobs(sizes=sizes, dim=dim, noise=noise), model)
    assert scores.mean_f >= 0.97
    assert scores.pairwise_precision >= 0.97


def test_a_hundred_small_classes_are_found(make_blobs: MakeBlobs, model: Model) -> None:
    scores, _ = scored(make_blobs(sizes=(5,) * 100, dim=64, seed=1), model)
    assert scores.mean_f >= 0.97
    assert 95 <= scores.n_clusters <= 105


def test_five_thousand_images_of_fifty_classes_are_found(
    make_blobs: MakeBlobs, model: Model
) -> None:
    scores, _ = scored(make_blobs(sizes=(100,) * 50, dim=64, seed=2), model)
    assert scores.mean_f >= 0.98
    assert 48 <= scores.n_clusters <= 55


@pytest.mark.parametrize("offset", [3e3, 1e4, 3e4])
def test_classes_are_found_whatever_is_added_to_one_number_of_all(
    offset: float, make_blobs: MakeBlobs, model: Model
) -> None:
    blobs = make_blobs(sizes=(30,) * 20, dim=64, seed=4)
    moved = np.sqrt(64) * blobs.embeddings + offset * np.eye(64, dtype=np.float32)[0]
    scores, _ = scored(Blobs(moved, blobs.labels), model)
    assert scores.bcubed_f >= 0.97


@pytest.mark.parametrize("size", [25, 100])
@pytest.mark.parametrize("dim", [64, 512])
@pytest.mark.parametrize("noise", [0.3, 0.7])
def test_two_classes_are_two_clusters(
    size: int, dim: int, noise: float, make_blobs: MakeBlobs, model: Model
) -> None:
    scores, _ = scored(make_blobs(sizes=(size, size), dim=dim, noise=noise, seed=3), model)
    assert scores.pairwise_precision == 1.0
    assert scores.mean_f >= 0.97


def test_a_class_stays_free_of_images_of_no_class(make_blobs: MakeBlobs, model: Model) -> None:
    blobs = make_blobs(sizes=(100, *(1,) * 20), dim=128, noise=0.5, seed=3)
    scores, result = scored(blobs, model)
    of_the_class = blobs.labels == 0
    assert len(set(result.labels[of_the_class])) == 1
    assert set(result.labels[of_the_class]).isdisjoint(result.labels[~of_the_class])
    assert scores.mean_f >= 0.94


@pytest.mark.parametrize("num_images", [10, 200])
def test_frames_of_one_slow_clip_stay_mostly_together(num_images: int, model: Model) -> None:
    # One class, of which each image resembles its neighbors in time most.
    turn = np.linspace(0.0, 0.5, num_images)[:, None]
    one, other = np.random.default_rng(0).normal(size=(2, 64))
    frames = np.cos(turn) * one + np.sin(turn) * other
    labels = cluster(frames, model).labels
    assert np.bincount(labels).max() >= 0.5 * num_images


@pytest.mark.parametrize("num_images", [150, 500])
def test_one_class_without_any_structure_comes_with_a_warning(
    num_images: int, make_blobs: MakeBlobs, model: Model
) -> None:
    # Relations say nothing here: the same set, moved to the origin, would be pure noise.
    _, result = scored(make_blobs(sizes=(num_images,), dim=64, noise=0.7), model)
    assert result.warnings


@pytest.mark.parametrize(("num_images", "dim"), [(50, 512), (500, 512), (500, 2048), (1000, 256)])
def test_random_directions_are_small_clusters_with_a_warning(
    num_images: int, dim: int, model: Model
) -> None:
    embeddings = np.random.default_rng(num_images).normal(size=(num_images, dim))
    result = cluster(embeddings, model)
    sizes = np.bincount(result.labels)
    assert sizes[0] <= 0.02 * num_images + 6
    assert len(sizes) >= 0.25 * num_images
    assert result.warnings or num_images < 100


@pytest.mark.parametrize("of_a_class", [False, True])
def test_a_thousand_copies_of_one_image_do_not_drown_the_others(
    of_a_class: bool, make_blobs: MakeBlobs, model: Model
) -> None:
    blobs = make_blobs(sizes=(40,) * 20, dim=128, noise=0.5, seed=5)
    stranger = np.random.default_rng(9).normal(size=128).astype(np.float32)
    copied = blobs.embeddings[0] if of_a_class else stranger
    embeddings = np.concatenate([np.tile(copied, (1000, 1)), blobs.embeddings])
    labels = cluster(embeddings, model).labels
    assert len(set(labels[:1000])) == 1
    scores = evaluate(blobs.labels, labels[1000:])
    assert scores.bcubed_f >= 0.97
    assert scores.pairwise_precision >= 0.97
