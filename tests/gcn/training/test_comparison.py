"""Which of two models is kept, and what the card says of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gcn import Model, cluster, evaluate, load_model
from gcn.graph.class_scatter import ClassScatter, class_scatter
from gcn.networks.gcn_c import GCNC
from gcn.networks.gcn_v import GCNV
from gcn.networks.settings import Calibration, Settings
from gcn.training.comparison import MIN_GAIN, better_of, margin, mean_score, with_class_scatter
from gcn.training.splits import LabeledSet
from gcn.training.validation import clustering_scores

from ..conftest import MakeBlobs, set_with_modes

# An affinity that follows cosine alone: enough for classes that lie far apart.
SENSIBLE = Settings(
    k=15,
    density_quantile=0.0,
    dense_affinity=Calibration(12.0, -12.0),
    strength=Calibration(1.0, -50.0),
)


@pytest.fixture(scope="module")
def held_out(make_blobs: MakeBlobs) -> LabeledSet:
    blobs = make_blobs(sizes=(20, 16, 12, 12), dim=24, noise=0.3)
    return LabeledSet(blobs.embeddings, blobs.labels)


def model(settings: Settings, score: float, seed: int = 0) -> Model:
    torch.manual_seed(seed)
    card = {"note": "mine", "validation": [{"mean_f": score}]}
    return Model(GCNV(8).eval(), GCNC(8).eval(), settings, card)


@pytest.fixture(scope="module")
def base_score(held_out: LabeledSet) -> float:
    card = better_of(model(SENSIBLE, 1.0), model(SENSIBLE, 0.0), [held_out]).card
    return mean_score(card["base_validation"])


def test_the_base_is_scored_by_its_own_networks_and_settings(held_out: LabeledSet) -> None:
    base = model(SENSIBLE, 0.0)
    (scores,) = better_of(model(Settings(), 1.0, seed=1), base, [held_out]).card["base_validation"]
    labels = cluster(held_out.x, base).labels
    assert scores == evaluate(held_out.labels, labels).as_dict()
    assert scores["bcubed_f"] > 0.5


@pytest.mark.parametrize(
    ("gain", "kept"),
    [(-0.2, "base"), (0.0, "base"), (0.05 - 1e-6, "base"), (0.05 + 1e-6, "trained")],
)
def test_the_trained_model_must_win_by_a_margin(
    gain: float, kept: str, held_out: LabeledSet, base_score: float
) -> None:
    trained, base = model(SENSIBLE, base_score + gain, seed=1), model(SENSIBLE, 0.0)
    result = better_of(trained, base, [held_out])
    winner = {"trained": trained, "base": base}[kept]
    assert result.sha256 == winner.sha256
    assert result.gcn_v is winner.gcn_v
    assert result.settings is winner.settings
    assert result.card["kept"] == kept


def test_the_card_is_that_of_the_training_with_both_scores(
    held_out: LabeledSet, base_score: float
) -> None:
    for score in (0.0, 1.0):
        trained, base = model(SENSIBLE, score), model(SENSIBLE, 0.0)
        card = better_of(trained, replace(base, card={"note": "its own"}), [held_out]).card
        assert card["note"] == "mine"
        assert mean_score(card["validation"]) == score
        assert mean_score(card["base_validation"]) == base_score
        assert set(trained.card) == {"note", "validation"}  # neither card was changed


@pytest.fixture(scope="module")
def hidden() -> tuple[LabeledSet, ClassScatter]:
    """Classes that only the scatter inside others shows, and that scatter."""
    x, labels = set_with_modes()
    scatter = class_scatter(x, np.where(labels < 20, labels, -1))
    assert scatter is not None
    others = labels >= 20
    return LabeledSet(x[others], labels[others]), scatter


NOTHING = Settings(k=15, strength=Calibration(1.0, -50.0))
"""Joins nothing."""


def test_without_a_scatter_what_was_trained_is_all_there_is(held_out: LabeledSet) -> None:
    trained = model(SENSIBLE, 0.5)
    learned = with_class_scatter(trained, model(SENSIBLE, 0.0), None, [held_out])
    assert learned.sha256 == trained.sha256
    assert learned.card == {**trained.card, "networks": "trained"}


def test_a_scatter_without_validation_classes_is_taken_on_trust(
    hidden: tuple[LabeledSet, ClassScatter],
) -> None:
    learned = with_class_scatter(model(SENSIBLE, 0.0), model(SENSIBLE, 0.0), hidden[1], [])
    assert learned.class_scatter is hidden[1]


def test_from_scratch_the_scatter_is_kept_where_it_helps(
    hidden: tuple[LabeledSet, ClassScatter],
) -> None:
    labeled, scatter = hidden
    shipped = load_model()
    before = clustering_scores(shipped, [labeled])
    trained = replace(shipped, card={"validation": before})
    learned = with_class_scatter(trained, None, scatter, [labeled])
    assert learned.class_scatter is scatter
    assert mean_score(learned.card["validation"]) > mean_score(before) + 0.5
    assert learned.card["validation"] == clustering_scores(learned, [labeled])
    perfect = replace(shipped, card={"validation": [{"mean_f": 1.0}]})
    assert with_class_scatter(perfect, None, scatter, [labeled]).class_scatter is None


def test_networks_of_the_base_are_kept_unless_others_beat_them_with_the_same_scatter(
    hidden: tuple[LabeledSet, ClassScatter],
) -> None:
    labeled, scatter = hidden
    shipped, useless = load_model(), model(NOTHING, 0.0, seed=1)
    learned = with_class_scatter(useless, shipped, scatter, [labeled])
    assert learned.gcn_v is shipped.gcn_v
    assert learned.card["networks"] == "base"
    assert learned.card["note"] == "mine"
    assert learned.card["validation"] == clustering_scores(learned, [labeled])
    trained = replace(shipped, card={"validation": [{"mean_f": 0.0}]})
    learned = with_class_scatter(trained, useless, scatter, [labeled])
    assert learned.gcn_v is shipped.gcn_v
    assert learned.card["networks"] == "trained"
    assert learned.class_scatter is scatter


def test_a_scatter_beside_the_networks_of_the_base_need_not_win_by_a_margin(
    held_out: LabeledSet, base_score: float
) -> None:
    base, gain = model(SENSIBLE, 0.0), MIN_GAIN / 10
    scatter = ClassScatter(np.eye(24, dtype=np.float32), 20)
    for score, kept in ((base_score + gain, "trained"), (base_score, "base")):
        card = {"validation": [{"mean_f": score}], "networks": "base"}
        result = better_of(replace(base, card=card, class_scatter=scatter), base, [held_out])
        assert result.card["kept"] == kept
        assert result.class_scatter is (scatter if kept == "trained" else None)


@pytest.mark.parametrize(
    ("num_classes", "expected"), [(1, 0.1), (16, 0.025), (100, 0.01), (5000, MIN_GAIN)]
)
def test_the_margin_is_wide_where_few_classes_judge(num_classes: int, expected: float) -> None:
    labels = np.append(np.arange(num_classes), -1)
    halves = labels[: num_classes // 2], labels[num_classes // 2 :]
    sets = [LabeledSet(np.ones((len(part), 2), np.float32), part) for part in halves]
    assert margin(sets) == pytest.approx(expected)


def test_the_mean_score_weighs_sets_and_both_f_scores_alike() -> None:
    labels = np.array([0, 0, 1, 1])
    scores = [evaluate(labels, np.array(found)) for found in ([0, 0, 0, 1], [0, 1, 2, 3])]
    expected = np.mean([(s.bcubed_f + s.pairwise_f) / 2 for s in scores])
    assert mean_score([each.as_dict() for each in scores]) == pytest.approx(expected)
    assert mean_score([]) == 0.0
