"""Which model to use, and how far the answer can be trusted."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from gcn.training import comparison, splits


@pytest.fixture
def report(plugin_part: Callable[[str], ModuleType]) -> ModuleType:
    return plugin_part("operators.training.training_report")


def row(role: str, model: str, mean_f: float) -> dict[str, Any]:
    return {"role": role, "model": model, "mean_f": mean_f, "n_classes": 7}


SEEN = "On 7 classes it has not seen, your model reaches"
CASES = [
    ([("trained", 0.86), ("shipped", 0.81)], "trained", "mine",
     f"{SEEN} 0.86, the shipped one 0.81: use 'mine'."),
    ([("trained", 0.80), ("shipped", 0.81)], "base", "shipped",
     f"{SEEN} 0.80, the shipped one 0.81: use the shipped one; 'mine' is a copy of the shipped "
     "one."),
    ([("trained", 0.80), ("shipped", 0.81)], "trained", "shipped",
     f"{SEEN} 0.80, the shipped one 0.81: use the shipped one."),
    ([("trained", 0.815), ("shipped", 0.81)], "trained", "shipped",
     f"{SEEN} 0.81, the shipped one 0.81: use the shipped one."),
    ([("trained", 0.90), ("base", 0.85), ("shipped", 0.81)], "trained", "mine",
     f"{SEEN} 0.90, 'older' 0.85, the shipped one 0.81: use 'mine'."),
    ([("trained", 0.80), ("base", 0.85), ("shipped", 0.81)], "base", "older",
     f"{SEEN} 0.80, 'older' 0.85, the shipped one 0.81: use 'older'; 'mine' is a copy of 'older'."),
    ([("trained", 0.70), ("base", 0.75), ("shipped", 0.81)], "base", "shipped",
     f"{SEEN} 0.70, 'older' 0.75, the shipped one 0.81: use the shipped one; 'mine' is a copy of "
     "'older'."),
]  # fmt: skip
NAMES = {"trained": "mine", "base": "older", "shipped": "shipped"}


@pytest.mark.parametrize(("scores", "kept", "recommended", "sentence"), CASES)
def test_the_advice_is_one_plain_sentence(
    report: ModuleType,
    scores: list[tuple[str, float]],
    kept: str,
    recommended: str,
    sentence: str,
) -> None:
    rows = [row(role, NAMES[role], mean_f) for role, mean_f in scores]
    assert report.advice(rows, kept) == {"recommended": recommended, "advice": sentence}


def test_doubts_are_named_each_in_a_sentence(report: ModuleType) -> None:
    counts = {"classes": 12, "validation_classes": 2, "single": 1}
    few, rough, single = report.warnings_about(counts)
    assert few.startswith("There are only 12 classes: below 30")
    assert rough.startswith("Only 2 classes could be kept for validation")
    assert single.startswith("1 class has one image only")
    assert report.warnings_about({"classes": 30, "validation_classes": 6, "single": 0}) == []
    (several,) = report.warnings_about({"classes": 40, "validation_classes": 8, "single": 3})
    assert several.startswith("3 classes have one image only")


def test_limits_are_those_of_the_library(
    report: ModuleType, plugin_part: Callable[[str], ModuleType]
) -> None:
    assert report.MIN_GAIN == comparison.MIN_GAIN
    assert plugin_part("operators.training.classes").MIN_CLASSES == splits.MIN_CLASSES


def test_classes_of_one_are_counted(report: ModuleType) -> None:
    counts = report.training_counts(["a", "a", "b", None, "c"], row("trained", "mine", 0.5))
    assert counts == {"labeled": 4, "classes": 3, "single": 2, "validation_classes": 7}


def test_losses_and_scores_are_drawn_as_they_are(plugin_part: Callable[[str], ModuleType]) -> None:
    form = plugin_part("operators.app.training_form")
    losses = [
        {
            "network": network,
            "done": done,
            "training_loss": done,
            "validation_loss": None,
            "validation_score": done / 2,
        }
        for network in ("GCN-V", "GCN-C")
        for done in (0.5, 1.0)
    ]
    figure = form.losses_plot(losses)
    assert [trace["x"] for trace in figure["data"]] == [[50, 100]] * 4
    assert figure["data"][0]["y"] == [0.5, 1.0]
    assert figure["data"][1]["y"] == [None, None]
    precision = form.precision_plot(losses)
    assert [trace["x"] for trace in precision["data"]] == [[50, 100]] * 2
    assert precision["data"][0]["y"] == [0.25, 0.5]
    assert form.live_plots(losses) == [figure, precision]
    assert form.live_plots([]) == []
    names = dict.fromkeys(form._SCORES.values(), 0.25)
    bars = form.scores_plot([{**row("trained", "mine", 0.5), **names}])
    assert bars["data"][0]["y"] == [0.25] * len(names)
    json.dumps([figure, precision, bars], allow_nan=False)
