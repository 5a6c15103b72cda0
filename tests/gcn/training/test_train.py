"""Training on one's own labels, in small."""

import json
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch

from gcn import Model, cluster, evaluate, train
from gcn.networks.gcn_c import GCNC
from gcn.networks.gcn_v import GCNV
from gcn.networks.settings import Calibration, Settings
from gcn.training.comparison import MIN_GAIN, mean_score
from gcn.training.config import TrainConfig
from gcn.training.splits import LabeledSet, split_by_class
from gcn.training.train import labeled_set, train_on

from ..conftest import Blobs, MakeBlobs

SMALL = TrainConfig(k=15, variants=4, max_rows=250, epochs_v=12, epochs_c=6)
LONGER = replace(SMALL, k=20, variants=12, max_rows=300, epochs_v=16, epochs_c=12)


@pytest.fixture(scope="module")
def blobs(make_blobs: MakeBlobs) -> Blobs:
    sizes = tuple(np.random.default_rng(0).integers(6, 30, 24).tolist())
    return make_blobs(sizes=sizes, dim=24, noise=0.9)


def validation_part(blobs: Blobs, seed: int) -> LabeledSet:
    """The classes that training by the same seed keeps for validation."""
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    split = split_by_class(labeled, SMALL.validation_share, True, np.random.default_rng(seed))
    assert split.validation is not None
    return split.validation


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
    (training,), (validation,) = model.card["training"], model.card["validation"]
    assert (training["n_classes"], validation["n_classes"]) == (19, 5)
    assert training["n_images"] + validation["n_images"] == described["images"]
    assert 0.5 < validation["bcubed_f"] <= 1.0
    assert 0.0 <= model.card["affinity_calibration_error"] <= 0.5
    assert 0.0 <= model.card["strength_calibration_error"] <= 0.5
    assert model.card["config"]["epochs_v"] == 12
    assert "base_validation" not in model.card


@pytest.mark.slow
def test_validation_scores_are_those_of_clustering_the_validation_classes(
    model: Model, blobs: Blobs
) -> None:
    held_out = validation_part(blobs, seed=1)
    scores = evaluate(held_out.labels, cluster(held_out.x, model).labels)
    assert model.card["validation"] == [scores.as_dict()]


@pytest.mark.slow
def test_the_history_holds_the_losses_of_both_networks_in_order(model: Model) -> None:
    history = model.card["history"]
    names = [each["network"] for each in history]
    assert names == sorted(names, key=["GCN-V", "GCN-C"].index)
    for name in ("GCN-V", "GCN-C"):
        own = [each for each in history if each["network"] == name]
        shares = [each["done"] for each in own]
        assert shares == sorted(set(shares))
        assert 0.0 < shares[0] <= shares[-1] <= 1.0
        assert all(each["training_loss"] > 0.0 for each in own)
        losses = [each["validation_loss"] for each in own]
        assert min(losses) < losses[0]


@pytest.mark.slow
def test_a_card_is_plain_values(model: Model) -> None:
    assert json.loads(json.dumps(model.card)) == model.card


@pytest.mark.slow
def test_thresholds_are_in_range(model: Model) -> None:
    settings = model.settings
    assert settings.k == 15
    assert 0.0 < settings.density_quantile <= 1.0
    assert 0.0 < settings.min_relation < settings.min_affinity < 1.0
    assert 0.0 < settings.min_strength < 1.0


@pytest.mark.slow
def test_sets_taken_as_they_are_are_learned_from_but_not_judged(
    model: Model, blobs: Blobs, make_blobs: MakeBlobs
) -> None:
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    more = make_blobs(sizes=(30,) * 8, dim=12, noise=1.2, seed=3)
    also = labeled_set(more.embeddings, more.labels)
    other = train_on([labeled], seed=1, config=SMALL, as_they_are=[also])
    assert other.sha256 != model.sha256
    assert other.card["sets"] == model.card["sets"]
    for part in ("training", "validation"):
        before, after = model.card[part], other.card[part]
        assert [each["n_images"] for each in after] == [each["n_images"] for each in before]
    # The folded-in set has no say in what counts as similar or dense.
    assert other.settings.min_similarity == model.settings.min_similarity
    assert other.settings.density_quantile == model.settings.density_quantile


@pytest.mark.slow
def test_a_kept_gcn_v_is_not_trained_and_gcn_c_is_as_if_it_had_been(
    model: Model, blobs: Blobs
) -> None:
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    again = train_on([labeled], seed=1, config=SMALL, gcn_v=model.gcn_v)
    assert again.sha256 == model.sha256
    assert {each["network"] for each in again.card["history"]} == {"GCN-C"}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(model: Model, blobs: Blobs) -> None:
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    assert train_on([labeled], seed=1, config=SMALL).sha256 == model.sha256
    assert train_on([labeled], seed=2, config=SMALL).sha256 != model.sha256


@pytest.fixture(scope="module")
def untrained() -> Model:
    """Joins nothing."""
    torch.manual_seed(0)
    apart = Settings(k=15, strength=Calibration(1.0, -50.0))
    return Model(GCNV().eval(), GCNC().eval(), apart, {"note": "untrained"})


@pytest.mark.slow
def test_a_base_that_training_improves_on_gives_way(untrained: Model, blobs: Blobs) -> None:
    before = untrained.sha256
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    tuned = train_on([labeled], untrained, seed=1, config=SMALL)
    assert untrained.sha256 == before
    assert tuned.sha256 != before
    assert tuned.card["kept"] == "trained"
    gain = mean_score(tuned.card["validation"]) - mean_score(tuned.card["base_validation"])
    assert gain >= MIN_GAIN
    held_out = validation_part(blobs, seed=1)
    found = [evaluate(held_out.labels, cluster(held_out.x, m).labels) for m in (untrained, tuned)]
    # Clusters may be numbered otherwise, and sums over them be rounded otherwise.
    assert tuned.card["base_validation"] == [pytest.approx(found[0].as_dict(), rel=1e-9)]
    assert tuned.card["validation"] == [pytest.approx(found[1].as_dict(), rel=1e-9)]
    assert found[1].mean_f >= found[0].mean_f + MIN_GAIN


@pytest.mark.slow
def test_a_base_that_cannot_be_improved_on_comes_back(model: Model, make_blobs: MakeBlobs) -> None:
    clear = make_blobs(sizes=(14,) * 20, dim=24, noise=0.6, seed=11)
    before = model.sha256
    tuned = train_on([labeled_set(*clear)], model, config=SMALL)
    assert tuned.sha256 == model.sha256 == before
    assert tuned.settings == model.settings
    assert tuned.card["kept"] == "base"
    assert tuned.card["sets"] == [{"images": 280, "classes": 20, "dimensions": 24}]
    assert mean_score(tuned.card["base_validation"]) > 1.0 - MIN_GAIN
    assert model.card["sets"] != tuned.card["sets"]


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.2, 1.3])
def test_with_a_base_validation_is_never_worse_than_before(
    noise: float, model: Model, make_blobs: MakeBlobs
) -> None:
    new = make_blobs(sizes=(14,) * 20, dim=24, noise=noise, seed=11)
    tuned = train_on([labeled_set(*new)], model, config=SMALL)
    held_out = validation_part(new, seed=0)
    before, after = (
        evaluate(held_out.labels, cluster(held_out.x, each).labels).mean_f
        for each in (model, tuned)
    )
    assert after >= before
    assert (tuned.sha256 == model.sha256) == (tuned.card["kept"] == "base")


@pytest.mark.slow
def test_the_same_base_and_seed_give_the_same_model(untrained: Model, blobs: Blobs) -> None:
    labeled = labeled_set(blobs.embeddings, blobs.labels)
    brief = replace(SMALL, epochs_v=3, epochs_c=2)
    one, other = (train_on([labeled], untrained, config=brief) for _ in range(2))
    assert one.sha256 == other.sha256
    assert one.card == other.card


@pytest.mark.slow
def test_sets_of_different_dimensions_train_one_model(blobs: Blobs, make_blobs: MakeBlobs) -> None:
    few = make_blobs(sizes=(12,) * 6, dim=40, noise=0.5, seed=4)
    model = train_on([labeled_set(*blobs), labeled_set(*few)], config=SMALL)
    assert [each["dimensions"] for each in model.card["sets"]] == [24, 40]
    assert len(model.card["training"]) == 2
    assert len(model.card["validation"]) == 1  # six classes are too few to spare any
    assert evaluate(few.labels, cluster(few.embeddings, model).labels).bcubed_f >= 0.8


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
@pytest.mark.parametrize("seed", range(2))
def test_a_tenth_of_wrong_labels_still_gives_sensible_clusters(
    seed: int, make_blobs: MakeBlobs
) -> None:
    blobs = make_blobs(sizes=(15,) * 20, dim=24, noise=0.5, seed=seed)
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(300) < 0.1, rng.integers(0, 20, 300), blobs.labels)
    model = train_on([labeled_set(blobs.embeddings, labels)], config=LONGER)
    new = make_blobs(sizes=(15,) * 16, dim=24, noise=0.5, seed=8)
    scores = evaluate(new.labels, cluster(new.embeddings, model).labels)
    assert scores.bcubed_f >= 0.8
    assert scores.pairwise_precision >= 0.7
    assert scores.largest_cluster <= 45


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
        (np.arange(10) // 2 - 2, r"'labels' must not go below -1 \(got -2\)"),
        (
            np.arange(10, dtype=np.uint64) // 2 + 2**63,
            r"'labels' must fit into 64 bits with a sign \(got 9223372036854775812\)",
        ),
    ],
)
def test_unusable_labels_raise(labels: npt.ArrayLike, match: str) -> None:
    embeddings = np.random.default_rng(0).normal(size=(10, 4))
    with pytest.raises(ValueError, match=match):
        train(embeddings, labels)


def test_unusable_embeddings_raise() -> None:
    with pytest.raises(ValueError, match="'embeddings' must have shape"):
        train(np.ones(3), [0, 0, 1])


def test_embeddings_that_are_all_the_same_raise_one_sentence() -> None:
    # Rows of one number all point in the same direction.
    rows = np.arange(1.0, 61.0)[:, None]
    with pytest.raises(ValueError, match="embeddings of the training classes are all the same"):
        train_on([labeled_set(rows, np.arange(60) % 6)], config=SMALL)
