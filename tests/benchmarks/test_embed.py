import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.embed import BUDGET, DATABASE, FILES, Row, compare, find_images, report
from benchmarks.embed_ways import Halved, batch_per_core, layer_by_layer, neighbors_kept
from gcn.images.backbone import load_backbone

ROOT = Path(__file__).resolve().parents[2]


def test_neighbors_kept_counts_the_common_ones() -> None:
    angles = np.array([0.0, 0.1, 0.3, 2.0])
    exact = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    moved = np.array([0.0, 0.1, 1.8, 2.0])  # the third comes to lie beside the fourth
    other = np.stack([np.cos(moved), np.sin(moved)], 1).astype(np.float32)
    assert neighbors_kept(exact, exact, 2) == 1
    # Nearest: 0-1, 1-0, 2-1, 3-2; afterwards 0-1, 1-0, 2-3, 3-2.
    assert neighbors_kept(exact, other, 1) == pytest.approx(3 / 4)


def test_both_ways_to_run_the_network_give_the_same() -> None:
    rng = np.random.default_rng(2)
    pixels = torch.from_numpy(rng.integers(0, 256, (7, 224, 224, 3), dtype=np.uint8))
    network = load_backbone(torch.device("cpu"))
    first, second = batch_per_core(network, pixels, 2), layer_by_layer(network, pixels, 4)
    np.testing.assert_allclose(first, second, atol=1e-5)
    halved = layer_by_layer(Halved(), pixels, 4)
    assert 0.98 < (first * halved).sum(1).min() < 0.99999


def test_ways_take_turns_on_the_same_images() -> None:
    calls: list[str] = []
    seen: dict[str, list[int]] = {"limit": [], "other": []}

    def way(name: str, block: slice) -> None:
        calls.append(name)
        seen[name] += range(800)[block]

    ways = {name: partial(way, name) for name in seen}
    limit, other = compare(ways, images=800, rounds=2)
    assert calls == ["limit", "other"] + ["limit", "other", "other", "limit"] * 2
    for numbers in seen.values():
        assert numbers[16:] == [*range(800)] * 2
    assert limit.ratios == [1] * 4
    wanted = [a / b for a, b in zip(other.rates, limit.rates, strict=True)]
    assert other.ratios == pytest.approx(wanted)


def test_images_of_all_folders_are_found_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.JPG", "a.png", "b/notes.txt"):
        (tmp_path / name).touch()
    assert find_images(tmp_path) == [str(tmp_path / "a.png"), str(tmp_path / "b" / "2.JPG")]


def test_report_states_each_ratio_and_its_budget() -> None:
    rows = [Row("bare network", [100.0], [1.0]), Row(FILES, [95.0], [0.95])]
    figures = {"speed": 2.0, "kept_1": 0.96}
    text = report(
        {
            "images": 1_592,
            "bare": "a batch per core, 4 images",
            "reading_ms": 0.8,
            "rows": [vars(row) for row in rows],
            "bfloat16": figures,
        }
    )
    line = next(line for line in text.splitlines() if line.startswith(FILES))
    assert line.split()[-3:] == ["95", "95.0%", f"{BUDGET:.0%}"]
    assert "keeps 96.0% of the 1 nearest" in text


@pytest.mark.slow
def test_command_measures_real_files_in_a_real_database(image_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.embed", "--images", str(image_folder)]
    options = ["--limit", "12", "--rounds", "1", "--json", str(tmp_path / "out" / "embed.json")]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=280
    )
    # So few images may well miss the budget, which it must then say.
    assert done.returncode == 0 or "Below 90% of the bare network" in done.stderr, done.stderr
    result = json.loads((tmp_path / "out" / "embed.json").read_text())
    assert result["images"] == 12
    assert [row["what"] for row in result["rows"]][1:3] == [FILES, DATABASE]
    assert all(row["rates"][0] > 0 for row in result["rows"])
