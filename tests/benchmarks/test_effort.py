from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.annotator import Step
from benchmarks.effort import LabeledSet, load_set, main, recall_at_1
from benchmarks.effort_clusterings import centrality, has_infomap
from benchmarks.effort_report import (
    BEST,
    LIMIT,
    ONE_BY_ONE,
    OURS,
    USUAL,
    Row,
    SetFacts,
    goals,
    needed,
    row_of,
    table,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets of blobs, sorted by class."""
    folder = tmp_path_factory.mktemp("effort")
    rng = np.random.default_rng(0)
    for name, sizes in (("wide", [30, 25, 20]), ("narrow", [24, 24])):
        labels = np.repeat(np.arange(len(sizes)) + 7, sizes)
        centers = rng.standard_normal((40, 16))[labels]
        features = centers + 0.2 * rng.standard_normal(centers.shape)
        path = folder / f"{name}-val.npz"
        np.savez(path, features=features.astype(np.float16), labels=labels)
    return folder


@pytest.fixture(scope="module")
def record(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the program writes for both sets."""
    path = tmp_path_factory.mktemp("out") / "effort.json"
    main(["--data", str(folder), "--json", str(path)])
    return json.loads(path.read_text())


def decisions(record: dict, method: str, choice: str = "", dataset: str = "wide") -> list[int]:
    rows = [row for row in record["rows"] if row["dataset"] == dataset]
    return [r["decisions"] for r in rows if (r["method"], r["choice"]) == (method, choice)]


def test_one_by_one_takes_as_many_decisions_as_images_and_the_limit_is_a_name_each(record: dict):
    assert decisions(record, ONE_BY_ONE) == [72, 75]
    assert decisions(record, LIMIT) == [3, 3]
    assert decisions(record, LIMIT, dataset="narrow") == [2, 2]


def test_clusters_of_clear_blobs_come_near_the_limit(record: dict):
    assert max(decisions(record, OURS)) <= 6


def test_a_chosen_setting_is_never_worse_than_the_usual_one(record: dict):
    peers = ["HDBSCAN", *(["Infomap"] if has_infomap() else [])]
    for peer in peers:
        usual, best = decisions(record, peer, USUAL), decisions(record, peer, BEST)
        assert len(usual) == len(best) == 2
        assert all(b <= u for b, u in zip(best, usual, strict=True))


def test_record_names_model_sets_and_derived_figures(record: dict):
    assert len(record["model"]) == 64
    assert {facts["name"] for facts in record["sets"]} == {"wide", "narrow"}
    row = record["rows"][0]
    assert row["clicks"] == row["decisions"] + row["ticks"]
    assert row["per_class"] == pytest.approx(row["decisions"] / row["classes"], abs=1e-4)


def test_main_prints_a_table_per_target(folder: Path, capsys: pytest.CaptureFixture[str]):
    main(["--data", str(folder), "--sets", "narrow"])
    printed = capsys.readouterr().out
    assert "until 95% are right" in printed
    assert "until 99% are right" in printed
    assert "wide" not in printed


def test_missing_set_and_empty_folder_end_with_one_sentence(folder: Path, tmp_path: Path):
    with pytest.raises(SystemExit, match=r"none-val.npz nor .* is a file"):
        main(["--data", str(folder), "--sets", "none"])
    with pytest.raises(SystemExit, match=r"no <set>-val.npz in"):
        main(["--data", str(tmp_path)])


def test_sets_are_read_in_an_order_that_says_nothing_about_classes(folder: Path):
    data = load_set(folder / "wide-val.npz", "wide")
    assert np.bincount(data.classes).tolist() == [30, 25, 20]
    assert (np.diff(data.classes) != 0).mean() > 0.5


def test_recall_at_1_counts_nearest_others_of_the_same_class():
    x = np.array([[1, 0], [0.99, 0.1], [0, 1], [0.1, 0.99], [0.7, 0.6]], np.float32)
    assert recall_at_1(LabeledSet("x", x, np.array([0, 0, 1, 1, 1]))) == pytest.approx(0.8)


def test_row_is_read_off_at_the_first_step_that_reaches_the_target():
    facts = SetFacts("x", 100, 4, 1.0)
    steps = [Step("confirm", 1, 0, 80), Step("move", 2, 9, 95), Step("move", 3, 12, 100)]
    row = row_of(facts, OURS, "", "", 0.95, steps)
    assert (row.decisions, row.clicks) == (2, 11)
    assert (row.per_class, row.per_thousand, row.fewer_times) == (0.5, 20.0, 47.5)


@pytest.mark.parametrize(
    ("target", "images", "expected"), [(0.95, 100, 95), (0.99, 101, 100), (0.95, 1, 1)]
)
def test_needed_images_are_the_least_number_not_below_the_share(
    target: float, images: int, expected: int
):
    assert needed(target, images) == expected


def row(method: str, choice: str, target: float, decisions: int) -> Row:
    return Row("x", method, choice, "", target, decisions, 0, 100, 4)


def test_goals_say_what_is_missed():
    rows = [row(OURS, "", 0.95, 9), row(OURS, "", 0.99, 12), row("Infomap", USUAL, 0.95, 9)]
    lines = goals(rows, [SetFacts("x", 100, 4, 0.96)])
    assert [line.split()[0] for line in lines] == ["met", "MISSED", "MISSED"]
    assert "2.25 decisions per class" in lines[1]
    assert "9 decisions at 95%, Infomap (usual) 9" in lines[2]


def test_a_tie_at_the_limit_is_called_that():
    rows = [row(OURS, "", 0.95, 4), row("Infomap", USUAL, 0.95, 4), row("Infomap", BEST, 0.95, 3)]
    limit = Row("x", LIMIT, "", "", 0.95, 4, 0, 100, 4)
    lines = goals([*rows, limit], [SetFacts("x", 10, 4, 0.5)])
    assert [line.split()[0] for line in lines] == ["LIMIT", "MISSED"]
    assert goals(rows, [SetFacts("x", 10, 4, 0.5)])[0].startswith("MISSED")


def test_goals_that_do_not_apply_are_left_out():
    rows = [row(OURS, "", 0.95, 9), row(OURS, "", 0.99, 12)]
    assert goals(rows, [SetFacts("x", 79, 4, 0.9)]) == []


def test_table_marks_what_was_chosen_on_the_labels():
    text = table([row(OURS, "", 0.95, 9), row("Infomap", BEST, 0.95, 8)], 0.95)
    assert "Infomap (!)" in text
    assert "ours (!)" not in text


def test_centrality_is_the_cosine_to_the_centroid():
    x = np.array([[1, 0], [0, 1], [0, 1]], np.float32)
    found = centrality(x, np.array([0, 0, 1]))
    assert found == pytest.approx([np.sqrt(0.5), np.sqrt(0.5), 1.0])
