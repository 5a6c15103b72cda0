"""Training on one's own labels, in small."""

import numpy as np
import numpy.typing as npt
import pytest

from gcn import Model, cluster, evaluate, load_model, train
from gcn.train import TrainConfig, labeled_set, train_on

from .conftest import Blobs, MakeBlobs

SMALL = TrainConfig(k=15, variants=4, max_rows=250, epochs_v=12, epochs_c=6)


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    sizes = tuple(np.random.default_rng(0).integers(6, 30, 24).tolist())
    return make_blobs(sizes=sizes, dim=24, noise=0.9)


@pytest.fixture(scope="module")
def model(blobs: Blobs) -> Model:
    return train_on([labeled_set(blobs.embeddings, blobs.labels)], seed=1, config=SMALL)


@pytest.mark.slow
def test_a_trained_model_clusters_new_classes(model: Model, make_blobs: MakeBlobs) -> None:
    sizes = tuple(np.random.default_rng(9).integers(6, 30, 24).tolist())
    new = make_blobs(sizes=sizes, dim=24, noise=0.7, seed=5)
    labels = cluster(new.embeddings, model).labels
    assert evaluate(new.labels, labels).bcubed_f >= 0.8


@pytest.mark.slow
def test_the_card_says_what_was_trained_on_and_how_it_scored(model: Model) -> None:
    (described,) = model.card["sets"]
    assert described["classes"] == 24
    assert described["dimensions"] == 24
    (validation,) = model.card["validation"]
    assert 0.5 < validation["bcubed_f"] <= 1.0
    assert 0.0 <= model.card["affinity_calibration_error"] <= 0.5


@pytest.mark.slow
def test_thresholds_are_in_range(model: Model) -> None:
    settings = model.settings
    assert settings.k == 15
    assert 0.0 < settings.density_quantile <= 1.0
    assert 0.0 < settings.min_relation < settings.min_affinity < 1.0
    assert 0.0 < settings.min_strength < 1.0


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(model: Model, blobs: Blobs) -> None:
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    assert train_on([labeled], seed=1, config=SMALL).sha256 == model.sha256
    assert train_on([labeled], seed=2, config=SMALL).sha256 != model.sha256


@pytest.mark.slow
def test_training_goes_on_from_a_base_and_leaves_it_alone(blobs: Blobs) -> None:
    base = load_model()
    before = base.sha256
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    tuned = train_on([labeled], base, config=SMALL)
    assert base.sha256 == before
    assert tuned.sha256 != before


@pytest.mark.slow
@pytest.mark.parametrize("num_classes", [4, 9, 12])
def test_few_classes_and_unknown_images_still_train(
    num_classes: int, make_blobs: MakeBlobs
) -> None:
    blobs = make_blobs(sizes=(8,) * num_classes, dim=16)
    labels = np.where(np.arange(len(blobs.labels)) % 5 == 0, -1, blobs.labels)
    model = train_on([labeled_set(blobs.embeddings, labels)], config=SMALL)
    assert cluster(blobs.embeddings, model).labels.shape == blobs.labels.shape


@pytest.mark.slow
def test_wrong_labels_do_not_break_training(make_blobs: MakeBlobs) -> None:
    blobs = make_blobs(sizes=(15,) * 16, dim=24, noise=0.5)
    rng = np.random.default_rng(0)
    wrong = rng.random(240) < 0.1
    labels = np.where(wrong, rng.integers(0, 16, 240), blobs.labels)
    model = train_on([labeled_set(blobs.embeddings, labels)], config=SMALL)
    new = make_blobs(sizes=(15,) * 16, dim=24, noise=0.5, seed=8)
    assert evaluate(new.labels, cluster(new.embeddings, model).labels).bcubed_f >= 0.8


@pytest.mark.slow
def test_progress_rises_to_one_and_may_cancel(blobs: Blobs) -> None:
    seen: list[tuple[float, str]] = []
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    train_on([labeled], config=SMALL, progress=lambda done, what: seen.append((done, what)))
    shares = [done for done, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(what for _, what in seen)

    def cancel(done: float, what: str) -> None:
        if done > 0.3:
            raise InterruptedError(what)

    with pytest.raises(InterruptedError):
        train_on([labeled], config=SMALL, progress=cancel)


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (np.zeros(10), r"'labels' must hold one whole number .* \(got dtype float64"),
        (np.zeros(9, int), r"\(got dtype int64, shape \(9,\) for 10 embeddings\)"),
        (np.zeros((10, 1), int), r"shape \(10, 1\) for 10 embeddings\)"),
        (["a"] * 10, r"\(got dtype <U1"),
        (np.zeros(10, int), r"at least 4 classes of two or more images \(got 1\)"),
        (np.arange(10), r"at least 4 classes of two or more images \(got 0\)"),
        (np.full(10, -1), r"at least 4 classes of two or more images \(got 0\)"),
    ],
)
def test_unusable_labels_raise(labels: npt.ArrayLike, match: str) -> None:
    embeddings = np.random.default_rng(0).normal(size=(10, 4))
    with pytest.raises(ValueError, match=match):
        train(embeddings, labels)


def test_unusable_embeddings_raise() -> None:
    with pytest.raises(ValueError, match="'embeddings' must have shape"):
        train(np.ones(3), [0, 0, 1])
