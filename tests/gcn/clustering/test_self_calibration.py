"""Clusters are merged more readily where that makes images surer of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.crowds import Crowd, gaussian_classes
from gcn import Model, cluster, evaluate, load_model

from ..conftest import MakeBlobs

Float32 = NDArray[np.float32]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.mark.parametrize("crowd", [Crowd(200, 8, 64, 0.6), Crowd(300, 5, 64, 0.5)], ids=str)
def test_crowds_whose_neighbors_are_mixed_come_out_whole(crowd: Crowd, model: Model) -> None:
    data = gaussian_classes(crowd)
    result = cluster(data.embeddings, model)
    assert result.log_odds_shift > 0.0
    assert evaluate(data.labels, result.labels).mean_f > 0.9
    assert result.warnings == ()


@pytest.mark.parametrize(("rows", "dimensions"), [(300, 32), (1000, 32), (1000, 8)])
def test_noise_is_not_taken_for_crowds(rows: int, dimensions: int, model: Model) -> None:
    x = np.random.default_rng(0).normal(size=(rows, dimensions)).astype(np.float32)
    result = cluster(x, model)
    assert result.log_odds_shift == 0.0
    assert np.bincount(result.labels).max() < rows / 10


def test_faces_of_different_persons_stay_apart(make_blobs: MakeBlobs, model: Model) -> None:
    """Most have one image, so that there are nearly as many clusters as images."""
    blobs = make_blobs(sizes=(1,) * 400 + (4,) * 40, dim=64, noise=0.4)
    result = cluster(blobs.embeddings, model)
    assert result.log_odds_shift == 0.0
    assert evaluate(blobs.labels, result.labels).pairwise_precision > 0.9


def test_clear_clusters_are_left_alone(make_blobs: MakeBlobs, model: Model) -> None:
    blobs = make_blobs(sizes=(60,) * 8, dim=32, noise=0.5)
    assert cluster(blobs.embeddings, model).log_odds_shift == 0.0


def test_what_must_stay_apart_does_at_any_readiness(model: Model) -> None:
    data = gaussian_classes(Crowd(200, 8, 64, 0.6))
    rows = np.flatnonzero(data.labels == 0)[:4]
    cannot = np.array([[rows[0], other] for other in rows[1:]])
    result = cluster(data.embeddings, model, cannot_link=cannot)
    assert result.log_odds_shift > 0.0
    assert (result.labels[cannot[:, 0]] != result.labels[cannot[:, 1]]).all()
    assert evaluate(data.labels, result.labels).mean_f > 0.8


def test_progress_never_falls(model: Model) -> None:
    seen: list[float] = []
    x = gaussian_classes(Crowd(150, 4, 48, 0.5)).embeddings
    cluster(x, model, progress=lambda done, _: seen.append(done))
    assert seen == sorted(seen)
