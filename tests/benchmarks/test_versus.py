import json
from pathlib import Path

import pytest

from benchmarks import versus


def test_versus_prints_and_saves_each_method_with_its_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "versus.json"
    versus.main(["--images", "400", "--json", str(out)])
    rows = json.loads(out.read_text())
    assert [row["method"] for row in rows] == ["ours", *versus.METHODS]
    assert all(row["seconds"] > 0 and row["images"] == 400 for row in rows)
    assert all(row["bcubed_f"] > 0.2 for row in rows)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(rows) + 2
    assert lines[-1].startswith("limit: products of all pairs take ")
    assert lines[1].split()[2] == "1.0"


def test_the_limit_is_the_time_of_all_pairs() -> None:
    said = versus.limit((10_000, 256), 51.2e9)
    assert said.startswith("limit: products of all pairs take 1.0 s at 51 GFLOP/s")


def test_what_does_not_fit_in_memory_is_left_out() -> None:
    assert versus.missing_memory("average linkage", 10**7).startswith("its distances take 800")
    assert versus.missing_memory("HDBSCAN", 10**7) == ""
