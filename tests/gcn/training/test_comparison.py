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
from gcn.training.comparison import (
    MIN_GAIN,
    Judges,
    better_of,
    margin,
    mean_score,
    with_class_scatter,
)
from gcn.training.splits import LabeledSet

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


NOTHING = Settings(k=15, strength=Calibration(1.0, -50.0))
"""Joins nothing."""
EVERYTHING = replace(SENSIBLE, dense_affinity=Calibration(0.0, 12.0), min_affinity=0.1)
"""Joins all neighbors."""


def model(settings: Settings, seed: int = 0) -> Model:
    torch.manual_seed(seed)
    return Model(GCNV(8).eval(), GCNC(8).eval(), settings, {"note": "mine"})


@pytest.fixture(scope="module")
def scatter() -> ClassScatter:
    """Of a sphere, which says nothing of any direction."""
    return ClassScatter(np.eye(24, dtype=np.float32) / np.float32(100), 20)


def scores_of(model: Model, labeled: LabeledSet) -> dict[str, float | int]:
    return evaluate(labeled.labels, cluster(labeled.x, model).labels).as_dict()


def test_without_a_scatter_what_was_trained_is_all_there_is(held_out: LabeledSet) -> None:
    trained = model(SENSIBLE)
    learned = with_class_scatter(trained, model(NOTHING), None, Judges([held_out]))
    assert learned.sha256 == trained.sha256
    scores = scores_of(trained, held_out)
    assert learned.card == {"note": "mine", "networks": "trained", "validation": [scores]}
    assert trained.card == {"note": "mine"}  # as it was


def test_a_scatter_without_validation_classes_is_taken_on_trust(scatter: ClassScatter) -> None:
    for base in (None, model(SENSIBLE)):
        learned = with_class_scatter(model(NOTHING), base, scatter, Judges([]))
        assert learned.class_scatter is scatter
        assert learned.settings == NOTHING
        assert learned.card["validation"] == []


@pytest.fixture(scope="module")
def hidden() -> tuple[LabeledSet, ClassScatter]:
    """Classes that only the scatter inside others shows, and that scatter."""
    x, labels = set_with_modes()
    found = class_scatter(x, np.where(labels < 20, labels, -1))
    assert found is not None
    others = labels >= 20
    return LabeledSet(x[others], labels[others]), found


def test_from_scratch_the_scatter_is_kept_where_it_helps(
    hidden: tuple[LabeledSet, ClassScatter],
) -> None:
    labeled, found = hidden
    shipped = load_model()
    learned = with_class_scatter(shipped, None, found, Judges([labeled]))
    assert learned.class_scatter is found
    assert learned.card["validation"] == [scores_of(learned, labeled)]
    assert mean_score(learned.card["validation"]) > 0.95
    joined = LabeledSet(labeled.x, np.zeros(len(labeled.x), np.int64))  # where it can only harm
    harmed = with_class_scatter(shipped, None, found, Judges([joined]))
    assert harmed.class_scatter is None
    assert harmed.card["validation"] == [scores_of(shipped, joined)]


def test_networks_of_the_base_are_kept_unless_others_beat_them_with_the_same_scatter(
    held_out: LabeledSet, scatter: ClassScatter
) -> None:
    sensible, useless, judges = model(SENSIBLE), model(NOTHING, seed=1), Judges([held_out])
    learned = with_class_scatter(useless, sensible, scatter, judges)
    assert learned.gcn_v is sensible.gcn_v
    assert learned.card["networks"] == "base"
    assert learned.card["note"] == "mine"
    assert learned.card["validation"] == [scores_of(learned, held_out)]
    same = with_class_scatter(replace(sensible, gcn_v=useless.gcn_v), sensible, scatter, judges)
    assert same.card["networks"] == "base"
    learned = with_class_scatter(sensible, useless, scatter, judges)
    assert learned.gcn_v is sensible.gcn_v
    assert learned.card["networks"] == "trained"
    assert learned.class_scatter is scatter


def test_a_crowd_has_as_much_of_a_say_as_validation_classes_alone(
    held_out: LabeledSet, scatter: ClassScatter
) -> None:
    sensible, joining = model(SENSIBLE), model(EVERYTHING, seed=1)
    pairs_of_classes = LabeledSet(held_out.x, held_out.labels // 2)
    alone = with_class_scatter(joining, sensible, scatter, Judges([pairs_of_classes]))
    assert alone.card["networks"] == "trained"
    crowded = with_class_scatter(
        joining, sensible, scatter, Judges([pairs_of_classes], [held_out, held_out])
    )
    assert crowded.card["networks"] == "base"
    assert len(crowded.card["validation"]) == 1


@pytest.mark.parametrize("networks", ["trained", "base"])
@pytest.mark.parametrize(("wins", "kept"), [(True, "trained"), (False, "base")])
def test_what_was_learned_is_kept_where_it_beats_the_base(
    networks: str, wins: bool, kept: str, held_out: LabeledSet
) -> None:
    sensible, useless = model(SENSIBLE), model(NOTHING, seed=1)
    learned, base = (sensible, useless) if wins else (useless, sensible)
    card = {"note": "mine", "networks": networks, "validation": []}
    result = better_of(replace(learned, card=card), base, Judges([held_out]))
    winner = learned if wins else base
    assert result.sha256 == winner.sha256
    assert result.settings is winner.settings
    before = [scores_of(base, held_out)]
    assert result.card == {**card, "base_validation": before, "kept": kept}
    assert "kept" not in card


def test_no_better_than_the_base_is_the_base(held_out: LabeledSet, scatter: ClassScatter) -> None:
    base = model(SENSIBLE)
    for networks in ("trained", "base"):
        learned = replace(base, class_scatter=scatter, card={"networks": networks})
        assert better_of(learned, base, Judges([held_out])).class_scatter is None


def test_without_validation_classes_what_was_learned_is_taken_on_trust() -> None:
    learned = model(NOTHING)
    assert better_of(learned, model(SENSIBLE), Judges([])) is learned


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
