import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.assign import agreement, bcubed_of_new, held_out, main


def test_random_images_and_whole_classes_are_held_out() -> None:
    labels = np.repeat(np.arange(10), 12)
    stays, new = held_out(labels, 8, "random", seed=1)
    assert sorted([*stays, *new]) == list(range(120))
    stays, new = held_out(labels, 8, "classes", seed=1)
    assert len(new) == 8
    assert set(labels[new]).isdisjoint(labels[stays])
    assert len(stays) == 120 - 12 * len(set(labels[new]))
    again = held_out(labels, 8, "classes", seed=1)
    assert (stays.tolist(), new.tolist()) == tuple(part.tolist() for part in again)


def test_new_clusters_agree_whatever_their_numbers() -> None:
    a = np.array([0, 1, 5, 5, 6, 2])
    b = np.array([0, 1, 6, 6, 5, 5])
    assert agreement(a, b, 5) == pytest.approx(5 / 6)
    assert agreement(a, a, 5) == 1.0
    assert agreement(np.array([0]), np.array([7]), 5) == 0.0


def test_bcubed_counts_old_and_new_images_of_the_cluster_and_class() -> None:
    old, new = np.array([0, 0, 1]), np.array([0, 2])
    assert bcubed_of_new(old, new, np.array([0, 2])) == 1.0
    # The first shares a cluster with the image of class 1, the second is alone.
    assert bcubed_of_new(old, new, np.array([1, 2])) == pytest.approx((2 / 5 + 1) / 2)


def test_prints_and_saves_a_row_per_kind_and_number(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "assign.json"
    where = ["--data", str(folder), "--sets", "pair", "--json", str(out)]
    main([*where, "--new", "1", "4", "--repeats", "1"])
    rows = json.loads(out.read_text())
    assert [(row["kind"], row["number"]) for row in rows] == [
        ("random", 1),
        ("random", 4),
        ("classes", 1),
        ("classes", 4),
    ]
    assert all(row["mean"][0] == 1.0 for row in rows)  # a neighborhood of so few is all
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_asks_for_a_set(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "give --data DIR, --synthetic N or both" in capsys.readouterr().err
