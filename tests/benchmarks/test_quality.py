"""The whole benchmark on sets that take seconds."""

import json
from pathlib import Path

import pytest

from benchmarks import leave_one_out, quality


@pytest.fixture(scope="module")
def rows(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    out = tmp_path_factory.mktemp("quality")
    quality.main(
        ["--data", str(folder), "--json", str(out / "rows.json"), "--cache", str(out / "cache")]
    )
    return json.loads((out / "rows.json").read_text())["rows"]


def test_every_method_is_scored_on_every_part(rows: list[dict[str, object]]) -> None:
    per_part = {(row["dataset"], row["part"], row["choice"]): set[str]() for row in rows}
    for row in rows:
        per_part[row["dataset"], row["part"], row["choice"]].add(str(row["method"]))
    peers = {method for method in per_part["pair", "val", "best"]}
    assert {"Infomap", "HDBSCAN", "k-means, true k", "centroid linkage for GCN-C"} <= peers
    assert len(peers) == 11
    assert per_part["pair", "train", "tuned"] == per_part["single", "all", "best"] == peers
    assert ("pair", "val", "tuned") not in per_part
    found = {"ours", "no GCN-C", "components for the forest", "no divisions"}
    assert found <= per_part["single", "all", "default"]


def test_the_best_setting_is_never_worse_than_the_tuned_one(
    rows: list[dict[str, object]],
) -> None:
    train = [row for row in rows if row["part"] == "train"]
    best = {row["method"]: row["mean_f"] for row in train if row["choice"] == "best"}
    tuned = {row["method"]: row["mean_f"] for row in train if row["choice"] == "tuned"}
    assert all(float(str(best[name])) >= float(str(tuned[name])) - 0.03 for name in tuned)


def test_sets_that_share_images_are_left_out_together() -> None:
    names = ["lfw-train", "lfw_lowres-val", "lfw_mbf", "tinyimagenet", "tiny_lite2", "flowers5"]
    groups = [leave_one_out.group_of(name) for name in names]
    assert groups == ["lfw", "lfw", "lfw", "tiny", "tiny", "flowers5"]


def test_leave_one_out_uses_the_checkpoint_that_is_there(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import gcn

    gcn.load_model().save(tmp_path / "without_single_seed0.pt")
    cache = str(tmp_path / "cache")
    leave_one_out.main(
        ["--data", str(folder), "--out", str(tmp_path), "--sets", "single", "--cache", cache]
    )
    printed = capsys.readouterr().out
    assert "ours, group left out" in printed
    assert "single" in printed.splitlines()[-1]
    assert "against" in printed.splitlines()[-1]
    assert json.loads((tmp_path / "leave_one_out.json").read_text())["rows"]
