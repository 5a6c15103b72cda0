from pathlib import Path

import numpy as np
import pytest

from benchmarks.sets import BenchmarkSet
from benchmarks.small_sets import draw_small, main, table


def test_a_small_set_has_as_many_classes_and_about_as_many_images_of_each() -> None:
    labels = np.repeat(np.arange(30), 50)
    data = BenchmarkSet("plain", np.arange(3000, dtype=np.float32).reshape(-1, 2) + 1, labels)
    rng = np.random.default_rng(0)
    sizes = []
    for _ in range(20):
        small = draw_small(data, 12, 10, rng)
        assert small is not None
        classes, counts = np.unique(small.labels, return_counts=True)
        assert len(classes) == 12
        sizes += counts.tolist()
        np.testing.assert_array_equal(
            labels[(small.embeddings[:, 0] / 2).astype(int)], small.labels
        )
    assert 8 <= np.median(sizes) <= 11
    assert min(sizes) < 5
    assert max(sizes) > 20


def test_nothing_is_drawn_where_there_are_too_few_classes_or_images() -> None:
    labels = np.repeat([0, 1, 2, 3, -1], [50, 50, 50, 4, 50])
    data = BenchmarkSet("few", np.ones((len(labels), 2), np.float32), labels)
    rng = np.random.default_rng(0)
    assert draw_small(data, 4, 10, rng) is None
    assert draw_small(data, 3, 2, rng) is None
    small = draw_small(data, 3, 25, rng)
    assert small is not None
    assert set(small.labels.tolist()) == {0, 1, 2}


def test_the_table_has_the_mean_of_each_shape_and_of_all_sets() -> None:
    found = {
        "ours": {(4, 10): [0.5, 0.7], (40, 3): [0.3]},
        "other": {(4, 10): [0.1, 0.1], (40, 3): [1.0]},
    }
    lines = [line.split() for line in table(found).splitlines()]
    assert lines[1] == ["ours", "0.600", "0.300", "0.500"]
    assert lines[2] == ["other", "0.100", "1.000", "0.400"]
    assert lines[3] == ["sets", "2", "1", "3"]


def test_all_sets_of_a_folder_are_drawn_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(14), 12)
    features = rng.normal(size=(14, 32))[labels] + 0.3 * rng.normal(size=(168, 32))
    np.savez(tmp_path / "views.npz", features=features, labels=labels)
    main(["--data", str(tmp_path), "--seeds", "1", "--no-peers"])
    heading, ours, many, sets = capsys.readouterr().out.splitlines()
    assert heading.split() == "4 of 10 4 of 25 12 of 6 12 of 25 all".split()
    assert all(float(score) > 0.8 for score in ours.split()[1:])
    assert many.startswith("ours, 80 neighbors")
    assert sets.split() == ["sets", "1", "1", "1", "1", "4"]


def test_a_folder_with_too_few_classes_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", features=np.eye(20), labels=np.arange(20) // 10)
    with pytest.raises(SystemExit, match="enough classes"):
        main(["--data", str(tmp_path)])
