import json
from pathlib import Path

import numpy as np
import pytest

import gcn
from benchmarks import unseen
from benchmarks.sets import BenchmarkSet


def test_every_method_sorts_what_is_easy(blobs: BenchmarkSet) -> None:
    scores = unseen.score(blobs, unseen.methods(gcn.load_model()))
    assert next(iter(scores)) == unseen.OURS
    for name in (unseen.OURS, "Infomap, k 10", "Chinese whispers, k 10", "HDBSCAN, 5 images"):
        assert scores[name].mean_f > 0.99, name
    assert all(0.1 < one.mean_f <= 1.0 for one in scores.values())


def test_means_and_scores_are_kept(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unseen.main(["--data", str(folder), "--json", str(tmp_path / "scores.json")])
    kept = json.loads((tmp_path / "scores.json").read_text())
    assert {row["dataset"] for row in kept} == {"pair-train", "pair-val"}
    lines = capsys.readouterr().out.splitlines()
    for name in {row["method"] for row in kept}:
        mean = np.mean([row["mean_f"] for row in kept if row["method"] == name])
        assert any(line.startswith(name) and f" {mean:.3f}" in line for line in lines), name


def test_what_the_model_has_learned_from_is_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = gcn.load_model()
    model.card["names"] = ["pair-train"]
    model.save(tmp_path / "model.pt")
    scores = tmp_path / "scores.json"
    unseen.main(
        ["--data", str(folder), "--model", str(tmp_path / "model.pt"), "--json", str(scores)]
    )
    assert {row["dataset"] for row in json.loads(scores.read_text())} == {"pair-val"}
    assert "pair-train                 left out" in capsys.readouterr().out


def test_a_folder_without_sets_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=str(tmp_path)):
        unseen.main(["--data", str(tmp_path)])
