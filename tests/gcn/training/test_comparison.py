"""Which of two models is kept, and what the card says of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gcn import Model, cluster, evaluate
from gcn.networks.gcn_c import GCNC
from gcn.networks.gcn_v import GCNV
from gcn.networks.settings import Calibration, Settings
from gcn.training.comparison import MIN_GAIN, better_of, mean_score
from gcn.training.splits import LabeledSet

from ..conftest import MakeBlobs

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
    [(-0.2, "base"), (0.0, "base"), (MIN_GAIN - 1e-6, "base"), (MIN_GAIN + 1e-6, "trained")],
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


def test_the_mean_score_weighs_sets_and_both_f_scores_alike() -> None:
    labels = np.array([0, 0, 1, 1])
    scores = [evaluate(labels, np.array(found)) for found in ([0, 0, 0, 1], [0, 1, 2, 3])]
    expected = np.mean([(s.bcubed_f + s.pairwise_f) / 2 for s in scores])
    assert mean_score([each.as_dict() for each in scores]) == pytest.approx(expected)
    assert mean_score([]) == 0.0
