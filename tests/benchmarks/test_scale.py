import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import scale
from benchmarks.scale_size import matmul_flops
from benchmarks.synthetic import synthetic_file, synthetic_set


def row(images: int, search: float, rest: float) -> dict[str, object]:
    seconds = {name: rest / (len(scale.STAGES) - 1) for name in scale.STAGES} | {
        "Nearest neighbors": search
    }
    return {
        "images": images,
        "search": "lists",
        "dimensions": 256,
        "k": 80,
        "seconds": seconds,
        "total": search + rest,
        "all_nodes": False,
        "device": None,
        "device_gb": 0.0,
        "peak_gb": images / 1e5,
        "pairwise_precision": 0.8,
        "expected_gb": images / 9e4,
        "flops": 1e11,
        "bytes_per_second": 1e10,
    }


def test_growth_is_the_exponent_between_smallest_and_largest() -> None:
    (said,) = scale.growth([row(1000, 1.0, 3.0), row(5000, 9.0, 9.0), row(10_000, 100.0, 30.0)])
    assert said.startswith("growth from 1,000 to 10,000: N to the kNN 2.00, the rest 1.00")
    assert said.endswith("memory 1.00")
    assert scale.growth([row(1000, 1.0, 3.0)]) == []


def test_a_projection_goes_on_as_measured_and_says_that_it_is_one() -> None:
    rows = [row(52_000, 1.0, 1.0), row(520_000, 10.0, 10.0)]
    (said,) = scale.projection(rows)
    assert said == (
        "projected, not measured: 5,200,000 images would take 52 GB, and more than 3 minutes:"
        " search grows faster than the rest"
    )
    assert scale.projection(rows[:1]) == []


def test_peaks_stand_below_the_seconds_of_their_stage() -> None:
    measured = row(100_000, 12.8, 5.0) | {"recall": 0.97, "bcubed_f": 0.9}
    measured["peak_gb_by_stage"] = {name: 0.25 for name in scale.STAGES} | {"GCN-V": 3.5}
    columns = scale.heading(), scale.memory_line(measured)
    end = columns[0].index("GCN-V") + len("GCN-V")
    assert columns[1][:end].endswith("3.50")
    assert columns[1].count("0.25") == len(scale.STAGES) - 1


def test_limits_compare_with_products_of_all_pairs() -> None:
    said = scale.limits([row(100_000, 12.8, 4.0)])
    assert "all pairs alone would take 51.2 s (0.25 of it)" in said[1]


def test_selection_is_compared_with_the_run_without_it() -> None:
    others = len(scale.STAGES) - 1
    own = row(100_000, 10.0, others * 1.0) | {
        "counts": {"low_density_images": 60_000},
        "bcubed_f": 0.91,
    }
    every = row(100_000, 10.0, others * 3.0) | {"all_nodes": True, "bcubed_f": 0.92}
    (said,) = scale.selection([row(50_000, 1.0, 1.0), own, every])
    assert "40 % skip GCN-V, which takes 1.0 s instead of 3.0 s" in said
    assert said.endswith("BCubed F 0.910 instead of 0.920")
    assert scale.selection([own]) == []


def test_clusters_of_a_device_are_compared_with_those_of_exact_search(tmp_path: Path) -> None:
    found = {"usual": [0, 0, 1, 1, 2, 2], "exact": [1, 1, 0, 0, 2, 2], "cuda": [0, 0, 1, 1, 2, 3]}
    paths = {name: str(tmp_path / f"{name}.npy") for name in found}
    for name, labels in found.items():
        np.save(paths[name], labels)
    usual, exact, device = (row(6, 4.0, 6.0) | {"found": path} for path in paths.values())
    exact |= {"search": "exact", "total": 15.0}
    device |= {"search": "exact", "device": "cuda", "device_gb": 1.5, "total": 5.0}
    (said,) = scale.devices([usual, exact, device])
    assert said.startswith("cuda at 6 images: 1.5 GB of its memory; 3.0 times as fast as the CPU")
    assert "with exact search; clusters of the two agree with a pairwise F of 0.8" in said
    assert said.endswith("66.67 % of images have exactly the same cluster")
    assert scale.devices([usual, exact]) == []
    assert scale.line(device | {"recall": 1.0, "bcubed_f": 1.0})[10:14] == "cuda"


def test_features_on_disk_are_the_set_in_half_precision(tmp_path: Path) -> None:
    features, labels = synthetic_file(tmp_path, 300, seed=2)
    data = synthetic_set(300, seed=2)
    np.testing.assert_array_equal(np.load(labels), data.labels)
    np.testing.assert_allclose(np.load(features), data.embeddings, atol=1e-3)
    before = features.stat().st_mtime_ns
    assert synthetic_file(tmp_path, 300, seed=2)[0].stat().st_mtime_ns == before


def test_products_are_timed() -> None:
    assert matmul_flops(64) > 1e8


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], str]:
    """The rows that the command saves for 600 images, with and without the low-density selection.

    And what it prints.
    """
    folder, printed = tmp_path_factory.mktemp("scale"), io.StringIO()
    options = ["--sizes", "600", "--all-nodes", "--data", str(folder)]
    with redirect_stdout(printed):
        scale.main([*options, "--json", str(folder / "scale.json")])
    return json.loads((folder / "scale.json").read_text()), printed.getvalue()


@pytest.mark.slow
def test_scale_prints_and_saves_a_row_per_size(run: tuple[list[dict[str, Any]], str]) -> None:
    measured, _ = run[0]
    assert (measured["images"], measured["search"], measured["recall"]) == (600, "exact", 1.0)
    assert list(measured["seconds"]) == list(scale.STAGES)
    assert sum(measured["seconds"].values()) <= measured["total"]
    assert 0 <= measured["peak_gb"] < 2
    assert all(
        0 <= measured["peak_gb_by_stage"][name] <= measured["peak_gb"] for name in scale.STAGES
    )
    _, seconds, memory, *_ = run[1].splitlines()
    assert seconds.startswith("      600 exact ")
    assert memory.split()[:2] == ["peak", "GB"]
    assert len(memory.split()) == 2 + len(scale.STAGES)


@pytest.mark.slow
def test_scale_runs_without_the_low_density_selection(
    run: tuple[list[dict[str, Any]], str],
) -> None:
    assert [row["all_nodes"] for row in run[0]] == [False, True]
    assert len({row["found"] for row in run[0]}) == 2  # neither overwrites what the other found
    assert "      600 exact* " in run[1]
    assert "low-density selection at 600 images" in run[1]
